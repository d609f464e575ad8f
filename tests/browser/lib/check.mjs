// What must hold on every page: accessible, narrow enough for a phone, printable, quiet, closed to the outside.
import assert from "node:assert/strict";
import axe from "axe-core";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 375, height: 812 };
// A4 between margins of 15 mm, at 96 dots an inch.
const PAPER = { width: 680, height: 960 };

/** Notes everything that a page says or asks for beyond what it should. Returns the list of complaints. */
export function listen(page, base) {
  const origin = new URL(base).origin;
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) {
      complaints.push(`request to the outside: ${url}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 500) {
      complaints.push(`${response.status()} from ${response.url()}`);
    }
    const type = response.headers()["content-type"] ?? "";
    if (type.startsWith("text/html")) {
      complaints.push(...headerComplaints(response.headers()).map((what) => `${response.url()}: ${what}`));
    }
  });
  return complaints;
}

function headerComplaints(headers) {
  const found = [];
  const policy = Object.fromEntries(
    (headers["content-security-policy"] ?? "")
      .split(";")
      .map((part) => part.trim().split(/\s+/))
      .map(([name, ...sources]) => [name, sources.join(" ")]),
  );
  const expected = {
    "default-src": /^'(none|self)'$/,
    "frame-ancestors": /^'none'$/,
    "base-uri": /^'(none|self)'$/,
    "form-action": /^'self'$/,
  };
  for (const [name, pattern] of Object.entries(expected)) {
    if (!pattern.test(policy[name] ?? "")) found.push(`content policy: ${name} is "${policy[name] ?? "absent"}"`);
  }
  for (const [name, sources] of Object.entries(policy)) {
    if (/unsafe|\*|https?:/.test(sources)) found.push(`content policy: ${name} lets "${sources}" in`);
  }
  if (headers["x-content-type-options"] !== "nosniff") found.push("no nosniff header");
  if (!/no-referrer|same-origin/.test(headers["referrer-policy"] ?? "")) found.push("no strict referrer policy");
  if (!/no-store/.test(headers["cache-control"] ?? "")) found.push("the page may be kept in a cache");
  return found;
}

/** Checks the page that is open. Fails with every complaint at once. */
export async function checkPage(page, name, complaints) {
  assert.deepEqual(await inspect(page, complaints), [], `${name} (${page.url()})`);
}

/** Everything that is wrong with the page that is open, what was noted about it so far included. */
export async function inspect(page, complaints) {
  const found = complaints.splice(0);
  found.push(...(await structure(page)));
  for (const viewport of [DESK, PHONE]) {
    await page.setViewportSize(viewport);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > viewport.width) {
      found.push(`${viewport.width} px: scrolls sideways to ${width} px at ${await page.evaluate(widest)}`);
    }
    found.push(...(await accessibility(page)).map((what) => `${viewport.width} px: ${what}`));
  }
  found.push(...(await print(page)));
  await page.setViewportSize(DESK);
  found.push(...complaints.splice(0));
  return found;
}

async function accessibility(page) {
  // Evaluated by the debugger, so that the page's own content policy stays as strict as it is.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }),
    WCAG_22_AA,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 3).map((node) => `axe ${id}: ${help}: ${node.target.join(" ")}`),
  );
}

async function structure(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.lang !== "ja") found.push("the language is not said to be Japanese");
    if (!document.title.trim()) found.push("no title");
    const headings = document.querySelectorAll("h1").length;
    if (headings !== 1) found.push(`${headings} main headings`);
    if (document.querySelectorAll("main").length !== 1) found.push("not exactly one main part");
    // Pages speak Japanese: identifiers of the code show up only where they are marked as such.
    const main = document.querySelector("main")?.cloneNode(true);
    main?.querySelectorAll("code, pre, samp, kbd, .mono, script, style, textarea, option").forEach((part) => part.remove());
    const names = (main?.textContent ?? "")
      .match(/(?<![\w@/.:-])[a-z]{3,}(?:[._-][a-z]{2,})+(?![\w@/])/g)
      // Names of files are the staff's own.
      ?.filter((name) => !/\.(txt|csv|pdf|xlsx|docx)$/.test(name));
    if (names?.length) found.push(`shows identifiers: ${[...new Set(names)].slice(0, 5).join(", ")}`);
    return found;
  });
}

async function print(page) {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize(PAPER);
  const found = await page.evaluate((paper) => {
    const found = [];
    const shown = (part) => part.getClientRects().length > 0 && getComputedStyle(part).visibility !== "hidden";
    for (const nav of document.querySelectorAll("nav")) {
      if (shown(nav)) found.push(`print: the navigation "${nav.getAttribute("aria-label") ?? ""}" is on the paper`);
    }
    const main = document.querySelector("main");
    if (!main || !shown(main) || !main.innerText.trim()) found.push("print: nothing is on the paper");
    const width = document.documentElement.scrollWidth;
    if (width > paper.width) found.push(`print: ${width} px wide, the paper has ${paper.width}`);
    for (const part of main?.querySelectorAll("*") ?? []) {
      const style = getComputedStyle(part);
      const cuts = style.overflowX !== "visible" && part.scrollWidth > part.clientWidth + 1;
      // What is hidden from eyes on purpose is a box of one pixel.
      if (cuts && shown(part) && part.clientWidth > 1 && !part.matches("input, select, textarea")) {
        found.push(`print: cut off at ${part.tagName.toLowerCase()}.${part.className}`);
        break;
      }
    }
    return found;
  }, PAPER);
  await page.emulateMedia({ media: null });
  return found;
}

/** In the page: the element that sticks out furthest. */
function widest() {
  const parts = [...document.querySelectorAll("body *")];
  const right = (part) => part.getBoundingClientRect().right;
  const part = parts.reduce((a, b) => (right(b) > right(a) ? b : a), parts[0]);
  return part ? `${part.tagName.toLowerCase()}.${part.className} "${(part.textContent ?? "").trim().slice(0, 20)}"` : "?";
}
