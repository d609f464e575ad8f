// One-time codes of RFC 6238: SHA-1, 30 seconds, 6 digits.
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "./demo.mjs";

const STEP_MS = 30_000;

/** The code of one 30-second step. */
export function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/**
 * A code that this account has not used yet. The server takes each code once, and also the next
 * step's, so two sign-ins in a row need no wait and a third waits for the clock.
 */
export async function freshCode({ account, totp }) {
  const folder = join(scratch, "codes");
  mkdirSync(folder, { recursive: true });
  const mark = join(folder, encodeURIComponent(account));
  let used = 0;
  try {
    used = Number(readFileSync(mark, "utf8"));
  } catch {
    // The first sign-in of this account.
  }
  const now = () => Math.floor(Date.now() / STEP_MS);
  const step = Math.max(now(), used + 1);
  while (step > now() + 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  writeFileSync(mark, String(step));
  return codeAt(totp, step);
}

function fromBase32(text) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const letter of text.replace(/=+$/, "")) {
    held = (held << 5) | alphabet.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
  }
  return Buffer.from(bytes);
}
