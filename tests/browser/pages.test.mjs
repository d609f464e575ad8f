// Every page that each person of the demo town can reach by following links.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signIn } from "./lib/account.mjs";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { checkPage, inspect, listen } from "./lib/check.mjs";
import { demo } from "./lib/demo.mjs";

/** Numbers, hashes and clause paths differ from row to row; the page behind them is the same. */
function route(path) {
  return path
    .split("/")
    .map((part) => decodeURIComponent(part))
    .map((part) => (/\d|[^\x00-\x7f]/.test(part) ? "*" : part))
    .join("/");
}

/** How many pages of one route one person opens: the second row may look different from the first. */
const OPENED = 2;
/** How many of them, over all persons, are looked at closely. */
const INSPECTED = 2;
const inspected = new Map();

const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1).get(key);

/** Follows links from the home page. Returns the routes seen and everything that is wrong with them. */
async function crawl(page, complaints) {
  const base = new URL(demo.url);
  const waiting = [["/", "the start"]];
  const seen = new Set(["/"]);
  const opened = new Map();
  const found = [];
  while (waiting.length > 0) {
    const [path, from] = waiting.shift();
    const kind = route(new URL(path, base).pathname);
    if (count(opened, kind) > OPENED) continue;
    const response = await page.goto(new URL(path, base).href).catch((error) => error);
    if (response instanceof Error) {
      // A link to a file starts a download instead of a page.
      assert.match(response.message, /Download is starting|ERR_ABORTED/, path);
      continue;
    }
    if (response.status() !== 200) {
      found.push(`${path}: ${response.status()}, linked from ${from}`);
      complaints.length = 0;
      continue;
    }
    if (!(response.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    const wrong = count(inspected, kind) > INSPECTED ? complaints.splice(0) : await inspect(page, complaints);
    found.push(...wrong.map((what) => `${path}: ${what}`));
    const links = await page.$$eval("a[href]", (anchors) => anchors.map((anchor) => anchor.href));
    for (const link of links) {
      const url = new URL(link);
      if (url.origin !== base.origin) found.push(`${path} links to the outside: ${link}`);
      const next = url.pathname + url.search;
      if (url.origin === base.origin && !seen.has(next)) {
        seen.add(next);
        waiting.push([next, path]);
      }
    }
  }
  return { routes: [...opened.keys()].sort(), found };
}

test("the sign-in page", () =>
  withBrowser(async (browser) => {
      const context = await openContext(browser);
    const page = await context.newPage();
    const complaints = listen(page, demo.url);
    await page.goto(`${demo.url}/`);
    await checkPage(page, "sign in", complaints);
  }));

for (const account of demo.accounts) {
  test(`every page that ${account.account} ${account.name} can reach`, () =>
    withBrowser(async (browser) => {
      const context = await openContext(browser);
      const page = await signIn(context, account);
      const { routes, found } = await crawl(page, listen(page, demo.url));
      assert.deepEqual(found, []);
      assert.ok(routes.length > 5, `only ${routes.length} routes were found`);
      console.log(routes.join("  "));
    }));
}
