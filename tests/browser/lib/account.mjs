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
  if (new URL(page.url()).pathname === "/sign-in/code") {
    await page.getByLabel("6桁の確認コード").fill(await freshCode(account));
    await page.getByRole("button", { name: "確認する" }).click();
  }
  assert.equal(new URL(page.url()).pathname, "/", `${account.account} is signed in`);
  return page;
}
