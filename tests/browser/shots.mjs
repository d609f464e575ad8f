// Pictures of the demo's pages into the folder given: `cargo xtask shots` runs this.
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { signIn } from "./lib/account.mjs";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { demo } from "./lib/demo.mjs";

const BYTES_MAX = 200_000;
const folder = process.argv[2];
const shots = JSON.parse(await readFile(new URL("shots.json", import.meta.url), "utf8"));

for (const account of demo.accounts) {
  const wanted = shots.filter((shot) => shot.account === account.account);
  if (wanted.length === 0) continue;
  await withBrowser(async (browser) => {
      const context = await openContext(browser);
    const page = await signIn(context, account);
    for (const shot of wanted) {
      await page.setViewportSize(shot.phone ? { width: 375, height: 812 } : { width: 1280, height: 800 });
      await page.goto(demo.url + shot.path);
      if (shot.follow) await page.getByRole("link", { name: shot.follow }).first().click();
      const file = join(folder, `${shot.file}.png`);
      await page.screenshot({ path: file });
      const { size } = statSync(file);
      console.log(`${shot.file}.png ${Math.round(size / 1000)} kB`);
      if (size > BYTES_MAX) throw new Error(`${shot.file}.png is larger than ${BYTES_MAX / 1000} kB: show less of the page`);
    }
  });
}

const unknown = shots.filter((shot) => !demo.accounts.some(({ account }) => account === shot.account));
if (unknown.length > 0) throw new Error(`no demo account for ${unknown.map(({ file }) => file).join(", ")}`);
