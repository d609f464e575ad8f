// The checks themselves: a page without fault passes, and each kind of fault is found.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { inspect, listen } from "./lib/check.mjs";

const STRICT = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
};

const page = (body) =>
  `<!doctype html><html lang="ja"><head><title>試験</title></head><body>${body}</body></html>`;

const PAGES = {
  "/good": [STRICT, page("<main><h1>台帳</h1><p>本文です。</p></main>")],
  "/bad": [
    { ...STRICT, "content-security-policy": "default-src 'self' 'unsafe-inline'" },
    page(
      `<nav aria-label="主">案内</nav><main><h1>台帳</h1><h1>台帳</h1><p>permit.carry-out</p><input>
       <div style="width: 900px">広い</div><script>console.error("困った")</script></main>`,
    ),
  ],
};

test("a page without fault passes and each fault is found", () =>
  withBrowser(async (browser) => {
      const context = await openContext(browser);
    const server = createServer((request, response) => {
      const [headers, body] = PAGES[request.url] ?? [STRICT, page("")];
      response.writeHead(200, headers).end(body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${server.address().port}`;
    try {
      const tab = await context.newPage();
      const complaints = listen(tab, base);
      await tab.goto(`${base}/good`);
      assert.deepEqual(await inspect(tab, complaints), []);
      await tab.goto(`${base}/bad`);
      const found = (await inspect(tab, complaints)).join("\n");
      for (const fault of [
        /lets "'self' 'unsafe-inline'" in/,
        /console: 困った/,
        /2 main headings/,
        /shows identifiers: permit.carry-out/,
        /axe label/,
        /375 px: scrolls sideways/,
        /print: the navigation/,
        /print: \d+ px wide/,
      ]) {
        assert.match(found, fault);
      }
    } finally {
      server.close();
    }
  }));
