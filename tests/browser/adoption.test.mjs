// Real policies, each adopted by a body of its own, and every permit that each of them knows run
// from application to its end: through pages, without JavaScript.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Body } from "./lib/body.mjs";
import { withBrowser } from "./lib/browser.mjs";
import { demo } from "./lib/demo.mjs";
import { init, serving } from "./lib/server.mjs";

/** Later than any period that a form proposes. */
const DAYS_LATER = 400;

const policies = demo.seeds ? readdirSync(demo.seeds).sort().map((file) => [file.slice(0, 3), join(demo.seeds, file)]) : [];
policies.push(["sample", demo.policy]);

for (const [name, policy] of policies) {
  test(`the body of ${name} adopts its policy and runs its permits`, () =>
    withBrowser(async (browser) => {
      const data = init(name, policy);
      const body = new Body(browser, name);
      const ran = await serving(data, async ({ url, code }) => {
        await body.open(url);
        await body.setUp(code);
        await body.adopt();
        await body.issueAccounts();
        await body.keepRegisters();
        return await body.runPermits();
      });
      assert.deepEqual(ran.failed, []);
      assert.ok(ran.offered > 5, `only ${ran.offered} procedures are offered`);
      const expired = await serving(data, ({ url }) => body.expire(url), DAYS_LATER);
      console.log(`${name}: ${ran.offered} procedures run from application to their end, ${expired} of them to expiry`);
      assert.ok(expired > 0, "no permit had a period");
    }));
}
