// A body as its people would run it, from the first start to the end of every permit, through pages.
import assert from "node:assert/strict";
import { complaint, signIn } from "./account.mjs";
import { openContext } from "./browser.mjs";
import { fillIn } from "./form.mjs";

const UNITS = ["団体", "団体/部", "団体/部/課"];
const LOWEST = UNITS[2];
const ADMINISTRATOR = { account: "9000", password: "潮騒と灯台と三つの岬の朝ぼらけ" };

export class Body {
  constructor(browser, name) {
    this.browser = browser;
    this.name = name;
    /** Staff: number → unit and title. */
    this.staff = new Map();
    /** Who can sign in: number → account and password. */
    this.accounts = new Map([[ADMINISTRATOR.account, { ...ADMINISTRATOR }]]);
    /** Open windows: number → page. */
    this.pages = new Map();
    /** Permits that were made: address and how they ended. */
    this.permits = [];
  }

  async open(url) {
    this.url = url;
    this.pages.clear();
  }

  /** The window of somebody, signed in. */
  async as(person) {
    if (!this.pages.has(person)) {
      const account = this.accounts.get(person);
      assert.ok(account, `${person} has an account`);
      const context = await openContext(this.browser, { javaScriptEnabled: false });
      this.pages.set(person, await signIn(context, account, this.url));
    }
    return this.pages.get(person);
  }

  admin() {
    return this.as(ADMINISTRATOR.account);
  }

  /** The first administrator, by the code that the machine shows. */
  async setUp(code) {
    const context = await openContext(this.browser, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${this.url}/setup`);
    await page.getByLabel("初期設定コード").fill(code);
    await page.getByLabel("あなたの職員番号").fill(ADMINISTRATOR.account);
    await page.getByLabel("氏名").fill("設定 係");
    await page.getByLabel("所属").fill(LOWEST);
    await page.getByLabel("職名").fill("情報主任");
    await page.getByLabel("パスワード必須").fill(ADMINISTRATOR.password);
    await page.getByLabel("パスワード（確認）").fill(ADMINISTRATOR.password);
    await page.getByRole("button", { name: "登録する" }).click();
    assert.equal(await complaint(page), "");
    await context.close();
  }

  /** People for every post that the policy names, then its adoption as it was understood. */
  async adopt() {
    const page = await this.admin();
    await page.goto(`${this.url}/adoption/1`);
    const roles = await page.locator('select[name^="role-"][name$="-by"]').evaluateAll((parts) =>
      parts.map((part) => {
        const value = (key) => part.form.elements[part.name.replace(/-by$/, key)].value;
        return { by: part.value, unit: value("-unit"), titles: value("-titles").split("、").filter(Boolean) };
      }),
    );
    this.hire(LOWEST, "主事");
    this.hire(LOWEST, "主査");
    for (const { by, unit, titles } of roles) {
      if (by === "post") titles.forEach((title) => this.hire(unit || UNITS[0], title));
      if (by === "unit") this.hire(/^[部局]/.test(titles[0] ?? "") ? UNITS[1] : LOWEST, titles[0] ?? "課長");
    }
    await this.takePeople();
    await page.goto(`${this.url}/adoption/1`);
    await this.nominate(page);
    await page.getByRole("button", { name: "施行の確認へ進む" }).click();
    assert.equal(await complaint(page), "", "the reading can be confirmed");
    await page.getByLabel("内容を確かめました").check();
    await page.getByRole("button", { name: "施行する" }).click();
    assert.equal(await complaint(page), "", "the policy is adopted");
  }

  /** One more member of staff, unless somebody already holds that post. */
  hire(unit, title) {
    const same = [...this.staff.entries()].find(([, post]) => post.unit === unit && post.title === title);
    if (same) return same[0];
    const person = String(101 + this.staff.size);
    this.staff.set(person, { unit, title });
    return person;
  }

  /** The personnel list, taken in as a file. */
  async takePeople() {
    const rows = [...this.staff].map(([person, { unit, title }]) => `${person},職員${person},${unit},${title}`);
    const page = await this.admin();
    await page.goto(`${this.url}/admin/people/import`);
    const list = Buffer.from(["職員番号,氏名,所属,職名", ...rows, ""].join("\r\n"));
    await page.getByLabel("職員名簿").setInputFiles({ name: "職員名簿.csv", mimeType: "text/csv", buffer: list });
    await page.getByLabel("登録されていない所属を新しく登録する").check();
    await page.getByRole("button", { name: "内容を確かめる" }).click();
    await page.getByRole("button", { name: "取り込む", exact: true }).click();
    assert.equal(await complaint(page), "", "the personnel list is taken in");
  }

  /** Roles that no post holds get somebody by name. */
  async nominate(page) {
    const vacant = await page.locator('select[name^="role-"][name$="-by"]').evaluateAll((parts) =>
      parts.filter((part) => part.closest("section")?.querySelector(".badge-late")).map((part) => part.name.replace(/-by$/, "")),
    );
    if (vacant.length === 0) return;
    const nominated = vacant.map((_, index) => this.hire(UNITS[0], `委員${index + 1}`));
    await this.takePeople();
    await page.goto(`${this.url}/adoption/1`);
    for (const [index, role] of vacant.entries()) {
      // What lies in closed parts opens by their headings, the outer ones first.
      for (const part of await page.locator("details", { has: page.locator(`select[name="${role}-by"]`) }).all()) {
        if ((await part.getAttribute("open")) === null) await part.locator(":scope > summary").click();
      }
      await page.locator(`select[name="${role}-by"]`).selectOption("people");
      await page.locator(`input[name="${role}-people"]`).fill(nominated[index]);
    }
  }

  /** Accounts for everybody, with the first passwords that the page shows. */
  async issueAccounts() {
    const page = await this.admin();
    await page.goto(`${this.url}/admin/accounts`);
    await page.getByLabel("所属", { exact: true }).last().selectOption(UNITS[0]);
    await page.getByRole("button", { name: "まとめて開く" }).click();
    const slips = await page.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [row.querySelector("th").textContent.trim(), row.querySelector("strong").textContent.trim()]),
    );
    for (const [account, password] of slips) this.accounts.set(account, { account, password });
    assert.ok(slips.length >= this.staff.size, "everybody has an account");
  }

  /** One row in each register, kept by the lowest unit. */
  async keepRegisters() {
    const keeper = this.hire(LOWEST, "主事");
    const page = await this.as(keeper);
    for (const register of ["asset", "device", "media"]) {
      await page.goto(`${this.url}/registers/${register}/new`);
      const form = page.locator("main form").last();
      await fillIn(form, keeper);
      await form.getByRole("button").last().click();
      assert.equal(await complaint(page), "", `a row of the register ${register}`);
    }
  }

  /** Applies under every procedure on offer and takes each permit as far as pages can today. */
  async runPermits() {
    const page = await this.as(this.hire(LOWEST, "主事"));
    await page.goto(`${this.url}/apply`);
    const offered = await page.locator("main article a").evaluateAll((links) =>
      links.filter((link) => new URL(link.href).pathname.startsWith("/apply/")).map((link) => link.href),
    );
    const failed = [];
    for (const address of offered) {
      try {
        const { permit, applicant } = await this.apply(address);
        await this.refuseOwn(permit, applicant);
        await this.decide(permit, applicant);
        await this.finish(permit);
        this.permits.push(permit);
      } catch (error) {
        failed.push(`${decodeURIComponent(new URL(address).pathname)}: ${error.message.split("\n")[0]}`);
      }
    }
    return { offered: offered.length, permits: this.permits, failed };
  }

  /** Applies as the first member of staff who may. */
  async apply(address) {
    let said = "";
    for (const applicant of this.staff.keys()) {
      const page = await this.as(applicant);
      await page.goto(address);
      const form = page.locator("main form").last();
      await fillIn(form, this.hire(LOWEST, "主査"));
      await form.getByRole("button", { name: "確認へ進む" }).click();
      said = await complaint(page);
      if (said === "") {
        await page.getByRole("button", { name: "申請する" }).click();
        said = await complaint(page);
        if (said === "") return { permit: page.url(), applicant };
      }
    }
    throw new Error(`nobody may apply: ${said}`);
  }

  /** The applicant finds no way to approve, or is refused with a reason. */
  async refuseOwn(permit, applicant) {
    const page = await this.as(applicant);
    await page.goto(permit);
    const approve = page.getByRole("button", { name: "承認する" });
    if ((await approve.count()) === 0) return;
    await approve.click();
    assert.match(await complaint(page), /根拠|承認できません|できません/, "the applicant is refused");
    await page.goto(permit);
    assert.equal(await this.stage(page), "審査中");
  }

  /** Everybody whom the permit's page names decides, in turn. */
  async decide(permit, applicant) {
    const seen = await this.as(applicant);
    for (let turn = 0; turn < 5; turn += 1) {
      await seen.goto(permit);
      if ((await this.stage(seen)) !== "審査中") return;
      const waiting = await seen.getByText("決められる人：").allInnerTexts();
      const person = waiting.join(" ").match(/職員(\d+)/)?.[1];
      assert.ok(person, `somebody can decide: ${waiting.join(" ")}`);
      const page = await this.as(person);
      await page.goto(permit);
      await page.getByRole("button", { name: "承認する" }).click();
      assert.equal(await complaint(page), "", `職員${person} approves`);
      this.approver = person;
    }
    throw new Error("five approvals were not enough");
  }

  /** Hands over and takes back what the permit is for, where there is anything. */
  async finish(permit) {
    const page = await this.as(this.approver);
    await page.goto(permit);
    const handOver = page.getByRole("button", { name: "引き渡した" });
    if ((await handOver.count()) === 0) {
      assert.equal(await this.stage(page), "許可");
      return;
    }
    await handOver.click();
    assert.equal(await this.stage(page), "使用中（未返却）", await complaint(page));
    const erased = page.getByLabel("消去されていること");
    if (await erased.count()) await erased.check();
    await page.getByRole("button", { name: "返却を確認した" }).click();
    assert.equal(await this.stage(page), "返却済", await complaint(page));
  }

  /** Long after: whatever had a period and was not returned has ended by itself. Returns how many. */
  async expire(url) {
    const before = this.url;
    await this.open(url);
    const page = await this.as(this.hire(LOWEST, "主事"));
    let expired = 0;
    for (const permit of this.permits) {
      await page.goto(permit.replace(before, url));
      const stage = await this.stage(page);
      const period = await page.locator("dt", { hasText: /^期間$/ }).count();
      if (stage === "期間終了") expired += 1;
      else assert.ok(stage === "返却済" || (stage === "許可" && period === 0), `${permit}: ${stage} after its period`);
    }
    return expired;
  }

  async stage(page) {
    return (await page.locator("main .head .badge").first().innerText()).trim();
  }
}
