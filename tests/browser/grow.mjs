// Makes the demo town a large city through its own pages: `cargo xtask bench pages` runs this.
import assert from "node:assert/strict";
import { complaint, signIn } from "./lib/account.mjs";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { demo } from "./lib/demo.mjs";

const [STAFF, ASSETS] = process.argv.slice(2).map(Number);
const UNITS = 200;
/** Rows of one file: what an office would take in at once. */
const ROWS = 10_000;
const ADMINISTRATOR = demo.accounts.find(({ account }) => account === "1021");

const unit = (number) => `大市/部${number % 20}/課${number % UNITS}`;

async function take(page, address, headings, lines) {
  await page.goto(demo.url + address);
  const list = Buffer.from([headings, ...lines, ""].join("\r\n"));
  await page.locator('input[type="file"]').setInputFiles({ name: "一覧.csv", mimeType: "text/csv", buffer: list });
  const units = page.getByLabel("登録されていない所属を新しく登録する");
  if (await units.count()) await units.check();
  await page.getByRole("button", { name: "内容を確かめる" }).click();
  await page.getByRole("button", { name: /取り込む$/ }).click();
  assert.equal(await complaint(page), "", `${address} took ${lines.length} rows`);
}

await withBrowser(async (browser) => {
  const context = await openContext(browser);
  context.setDefaultTimeout(600_000);
  const page = await signIn(context, ADMINISTRATOR);
  const staff = Array.from({ length: STAFF }, (_, n) => `S${n},市職員 ${n}号,${unit(n)},${n < UNITS ? "課長" : "主事"}`);
  await take(page, "/admin/people/import", "職員番号,氏名,所属,職名", staff);
  for (let first = 0; first < ASSETS; first += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, ASSETS - first) }, (_, i) => {
      const n = first + i;
      return `市の資料 ${n},Ⅲ,${unit(n)},電子,無し,LGWAN接続系,庁内サーバ/棚${n % 97},5年`;
    });
    await take(page, "/registers/asset/import", "名称,分類,所管,形態,個人情報,領域,保管場所,保存期間", rows);
    console.log(`${first + rows.length} assets`);
  }
});
