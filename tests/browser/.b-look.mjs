import { chromium } from "playwright-core";
import axe from "axe-core";
import { createHmac } from "node:crypto";
/** The code of one 30-second step. */
function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
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

const base = "http://127.0.0.1:8792";
const [,, secret, account, ...paths] = process.argv;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"], headless: true });
const context = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 }, bypassCSP: true });
const page = await context.newPage();
await page.goto(base + "/sign-in");
await page.getByLabel("職員番号", { exact: true }).fill(account);
await page.getByLabel("パスワード", { exact: true }).fill("mio-no-shiosai-7");
await page.getByRole("button", { name: "サインイン" }).click();
await page.getByLabel("6桁の確認コード").fill(codeAt(secret, Math.floor(Date.now()/30000)));
await page.getByRole("button", { name: "確認する" }).click();
let n = 0;
for (const path of paths) {
  await page.setViewportSize({ width: 1280, height: 900 });
  const t = Date.now();
  const r = await page.goto(base + path);
  const ms = Date.now() - t;
  const html = (await r.text()).length;
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22a","wcag22aa"] }));
  const file = path.replace(/[^a-z0-9]+/gi, "_") + (n++);
  await page.screenshot({ path: `/tmp/demo_b/shots/${file}.png`, fullPage: !!process.env.FULL });
  await page.setViewportSize({ width: 375, height: 812 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.screenshot({ path: `/tmp/demo_b/shots/${file}_phone.png` });
  console.log(r.status(), ms + "ms", html, path, wide > 375 ? "WIDE " + wide : "", result.violations.map(v => v.id + "×" + v.nodes.length + " " + v.nodes[0].html.slice(0, 160) + " | " + v.nodes[0].failureSummary.slice(0,200)).join("\n    "));
}
await browser.close();
