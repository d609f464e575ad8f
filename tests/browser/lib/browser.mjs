// A real Chromium with an empty profile that talks to nobody but the server under test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

// The sandbox needs rights that a build machine's root does not have; the other switches keep the
// browser itself from looking for the Internet.
const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens the browser for one task and closes it afterwards, whatever happens. */
export async function withBrowser(task, options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "sekisho-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.SEKISHO_CHROMIUM ?? "/usr/bin/chromium",
    args: SWITCHES,
    headless: true,
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(15_000);
  try {
    return await task(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
