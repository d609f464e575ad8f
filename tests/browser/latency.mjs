// How long the server takes for the most used pages: `cargo xtask bench pages` runs this.
// Prints one line of JSON per page: its path, the median and the 99th percentile in milliseconds.
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { signIn } from "./lib/account.mjs";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { demo } from "./lib/demo.mjs";

const REQUESTS = 300;
const WARM_UP = 20;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds from the request to the last byte of the answer. */
function time(url, cookie) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    get(url, { agent, headers: { cookie } }, (response) => {
      response.on("error", reject);
      response.on("end", () => {
        const took = Number(process.hrtime.bigint() - start) / 1e6;
        if (response.statusCode === 200) resolve(took);
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
      response.resume();
    }).on("error", reject);
  });
}

const cookie = await withBrowser(async (browser) => {
      const context = await openContext(browser);
  await signIn(context, demo.accounts[0]);
  const cookies = await context.cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
});
assert.ok(cookie, "signed in");

for (const path of process.argv.slice(2)) {
  const url = demo.url + path;
  for (let i = 0; i < WARM_UP; i += 1) await time(url, cookie);
  const times = [];
  for (let i = 0; i < REQUESTS; i += 1) times.push(await time(url, cookie));
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.ceil(share * times.length) - 1];
  console.log(JSON.stringify({ path, p50: at(0.5), p99: at(0.99) }));
}
agent.destroy();
