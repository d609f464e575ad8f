// A real Chromium with an empty profile that talks to nobody but the server under test.
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
export async function withBrowser(task) {
  const browser = await chromium.launch({
    executablePath: process.env.SEKISHO_CHROMIUM ?? "/usr/bin/chromium",
    args: SWITCHES,
    headless: true,
  });
  try {
    return await task(browser);
  } finally {
    await browser.close();
  }
}

/** What one person has open: cookies of their own, a window in Japan. */
export async function openContext(browser, options = {}) {
  const context = await browser.newContext({
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(20_000);
  return context;
}
