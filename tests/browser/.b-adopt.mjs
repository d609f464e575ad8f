import { chromium } from "playwright-core";
import axe from "axe-core";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
const src = readFileSync(new URL("./lib/totp.mjs", import.meta.url), "utf8");
function fromBase32(text){const a="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";let bits=0,held=0;const b=[];for(const l of text){held=(held<<5)|a.indexOf(l);bits+=5;if(bits>=8){bits-=8;b.push((held>>bits)&255);}}return Buffer.from(b);}
function codeAt(s,step){const c=Buffer.alloc(8);c.writeBigUInt64BE(BigInt(step));const m=createHmac("sha1",fromBase32(s)).update(c).digest();const n=m.readUInt32BE(m[19]&15)&0x7fffffff;return String(n%1000000).padStart(6,"0");}
const base = "http://127.0.0.1:8792";
const [,, secret, account, file] = process.argv;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"], headless: true });
const context = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 }, bypassCSP: true });
const page = await context.newPage();
await page.goto(base + "/sign-in");
await page.getByLabel("職員番号", { exact: true }).fill(account);
await page.getByLabel("パスワード", { exact: true }).fill("mio-no-shiosai-7");
await page.getByRole("button", { name: "サインイン" }).click();
await page.getByLabel("6桁の確認コード").fill(codeAt(secret, Math.floor(Date.now()/30000)));
await page.getByRole("button", { name: "確認する" }).click();
async function check(name){ await page.evaluate(axe.source); const r=await page.evaluate(()=>window.axe.run(document,{runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22a","wcag22aa"]})); console.log(name, page.url(), r.violations.map(v=>v.id+"×"+v.nodes.length+" "+v.nodes[0].html.slice(0,200)+" | "+v.nodes[0].failureSummary.slice(0,200)).join("\n   ")); await page.screenshot({path:`/tmp/demo_b/shots/x_${name}.png`}); }
await page.goto(base + "/adoption");
await page.setInputFiles("#file", file);
let t=Date.now();
await page.getByRole("button", { name: "読み込む" }).click();
console.log("load", Date.now()-t, "ms");
await page.locator("h2", { hasText: "役割（" }).scrollIntoViewIfNeeded();
await check("adopt_form");
await page.locator("section.box a[href^='#c']").first().click();
await page.waitForTimeout(300);
await check("adopt_target");
await page.setViewportSize({width:375,height:812}); console.log("phone", await page.evaluate(()=>document.documentElement.scrollWidth)); await check("adopt_phone"); await page.setViewportSize({width:1280,height:900});
await page.getByRole("button", { name: "施行の確認へ進む" }).click();
await check("adopt_confirm");
await page.getByLabel(/内容を確かめました/).check();
await page.getByRole("button", { name: "施行する", exact: true }).click();
await check("adopted");
console.log((await page.locator("main").innerText()).slice(0,600));
await browser.close();
