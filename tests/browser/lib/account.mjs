// Signing in as a person of the demo town would.
import assert from "node:assert/strict";
import { demo } from "./demo.mjs";
import { freshCode } from "./totp.mjs";

/** Signs in on a fresh page of the context and returns the page. */
export async function signIn(context, account, base = demo.url) {
  const page = await context.newPage();
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("職員番号", { exact: true }).fill(account.account);
  await page.getByLabel("パスワード", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "サインイン" }).click();
  if (at(page) === "/sign-in/code") {
    await page.getByLabel("6桁の確認コード").fill(await freshCode(account));
    await page.getByRole("button", { name: "確認する" }).click();
  }
  if (at(page) === "/account/password") {
    const chosen = `${account.password} を変えました`;
    await page.getByLabel("いまのパスワード").fill(account.password);
    await page.getByLabel("新しいパスワード必須").fill(chosen);
    await page.getByLabel("新しいパスワード（確認）").fill(chosen);
    await page.getByRole("button", { name: "変更する" }).click();
    account.password = chosen;
    await page.goto(`${base}/`);
  }
  assert.equal(at(page), "/", `${account.account} is signed in: ${await complaint(page)}`);
  return page;
}

/** What the page says in red, if anything. */
export async function complaint(page) {
  return (await page.locator(".notice-bad, .error").allInnerTexts()).join(" / ");
}

function at(page) {
  return new URL(page.url()).pathname;
}
