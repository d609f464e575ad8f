// One permit of the demo town, with everybody who has a say in it and some who have none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { complaint, signIn } from "./lib/account.mjs";
import { openContext, withBrowser } from "./lib/browser.mjs";
import { demo } from "./lib/demo.mjs";
import { fillIn } from "./lib/form.mjs";

const account = (number) => demo.accounts.find(({ account }) => account === number);
// 福祉課の係長, 福祉課長, 税務課長, and the administrator of the machine.
const [APPLICANT, HEAD, OTHER_HEAD, ADMINISTRATOR] = ["2022", "2021", "1041", "1022"].map(account);

const enter = async (browser, who) => signIn(await openContext(browser), who);
const stage = (page) => page.locator("main .head .badge").first().innerText();

async function apply(page) {
  await page.goto(`${demo.url}/apply/permit.carry-out`);
  const form = page.locator("main form").last();
  await fillIn(form, APPLICANT.account);
  await form.getByRole("button", { name: "確認へ進む" }).click();
  await page.getByRole("button", { name: "申請する" }).click();
  assert.equal(await complaint(page), "", "the application is sent");
  assert.equal(await stage(page), "審査中");
  return page.url();
}

/** Somebody tries to approve and is told which clause forbids it and who can help. */
async function isRefused(page, permit) {
  await page.goto(permit);
  const deed = page.locator("details", { has: page.locator(`form[action$="/approve"]`) });
  if ((await deed.getAttribute("open")) === null) await deed.locator("summary").click();
  await deed.getByRole("button", { name: "承認する" }).click();
  const refusal = page.getByRole("alert");
  assert.match(await refusal.locator(".clause").innerText(), /根拠\s*第/, "the refusal cites a clause");
  assert.ok((await refusal.innerText()).length > 30, "the refusal says why and who can help");
  const clause = await refusal.locator(".clause a").first().getAttribute("href");
  await page.goto(permit);
  assert.equal(await stage(page), "審査中", "nothing has changed");
  await page.goto(new URL(clause, demo.url).href);
  assert.match(new URL(page.url()).pathname, /^\/policy\//, "the clause can be opened");
}

test("a permit goes from application to return, and the wrong officers are refused with the clause", () =>
  withBrowser(async (browser) => {
    const permit = await apply(await enter(browser, APPLICANT));

    await isRefused(await enter(browser, OTHER_HEAD), permit);
    await isRefused(await enter(browser, ADMINISTRATOR), permit);

    const head = await enter(browser, HEAD);
    await head.goto(`${demo.url}/`);
    assert.ok((await head.locator(`a[href="${new URL(permit).pathname}"]`).count()) > 0, "it waits on the head's home page");
    await head.goto(permit);
    await head.getByRole("button", { name: "承認する" }).click();
    assert.equal(await stage(head), "許可", await complaint(head));
    await head.getByRole("button", { name: "引き渡した" }).click();
    assert.equal(await stage(head), "使用中（未返却）", await complaint(head));
    const erased = head.getByLabel("消去されていること");
    if (await erased.count()) await erased.check();
    await head.getByRole("button", { name: "返却を確認した" }).click();
    assert.equal(await stage(head), "返却済", await complaint(head));
  }));

test("nobody approves what they applied for", () =>
  withBrowser(async (browser) => {
    const page = await enter(browser, HEAD);
    await isRefused(page, await apply(page));
  }));
