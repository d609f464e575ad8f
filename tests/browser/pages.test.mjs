// Every page that each person of the demo town can reach by following links.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signIn } from "./lib/account.mjs";
import { withBrowser } from "./lib/browser.mjs";
import { checkPage, listen } from "./lib/check.mjs";
import { demo } from "./lib/demo.mjs";

/** Numbers, hashes and clause paths differ from row to row; the page behind them is the same. */
function route(path) {
  return path
    .split("/")
    .map((part) => decodeURIComponent(part))
    .map((part) => (/\d|[^\x00-\x7f]/.test(part) ? "*" : part))
    .join("/");
}

/** How many rows of one kind are opened: the second may look different from the first. */
const SAMPLES = 2;

/** Follows links from the home page; checks some pages of each route, opens no address twice. */
async function crawl(page, complaints) {
  const base = new URL(demo.url);
  const waiting = ["/"];
  const seen = new Set(waiting);
  const checked = new Map();
  while (waiting.length > 0) {
    const path = waiting.shift();
    const kind = route(new URL(path, base).pathname);
    if ((checked.get(kind) ?? 0) >= SAMPLES) continue;
    checked.set(kind, (checked.get(kind) ?? 0) + 1);
    const response = await page.goto(new URL(path, base).href).catch((error) => error);
    if (response instanceof Error) {
      // A link to a file starts a download instead of a page.
      assert.match(response.message, /Download is starting|ERR_ABORTED/, path);
      continue;
    }
    assert.equal(response.status(), 200, `${path} is linked`);
    if (!(response.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    await checkPage(page, kind, complaints);
    const links = await page.$$eval("a[href]", (anchors) => anchors.map((anchor) => anchor.href));
    for (const link of links) {
      const url = new URL(link);
      assert.equal(url.origin, base.origin, `${path} links to the outside`);
      const next = url.pathname + url.search;
      if (!seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return checked;
}

test("the sign-in page", () =>
  withBrowser(async (context) => {
    const page = await context.newPage();
    const complaints = listen(page, demo.url);
    await page.goto(`${demo.url}/`);
    await checkPage(page, "sign in", complaints);
  }));

for (const account of demo.accounts) {
  test(`every page that ${account.account} ${account.name} can reach`, () =>
    withBrowser(async (context) => {
      const page = await signIn(context, account);
      const checked = await crawl(page, listen(page, demo.url));
      assert.ok(checked.size > 5, `only ${checked.size} routes were found`);
      console.log([...checked.keys()].sort().join("\n"));
    }));
}
