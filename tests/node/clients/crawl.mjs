// Every page of the console that links lead to: its accessibility, its fit on a phone, its errors.
//
//   CHROMIUM=… CONSOLE=…/console LOGIN='{"email":…,"password":…}' node crawl.mjs
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { signIn, withPage } from "./browser.mjs";

const { CONSOLE: start, LOGIN: login } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MOST_PAGES = 60;
const LOOKS = [
  ["a desk, light", { width: 1280, height: 800 }, "light"],
  ["a phone, dark", { width: 390, height: 844 }, "dark"],
];
const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] };

// Evaluated, not added as a script tag: the page's security policy stays as it is.
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate((rules) => window.axe.run(document, rules), RULES);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.target).join("; ")}`);
}

async function judged(page, path) {
  const faults = [];
  for (const [look, viewport, colorScheme] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) faults.push(`${look}: ${over} px too wide`);
    for (const one of await violations(page)) faults.push(`${look}: ${one}`);
  }
  faults.push(...page.troubles.splice(0));
  return { path, title: await page.title(), faults };
}

// One page stands for all of its kind: ids in an address do not make it another page.
const kind = (path) => path.replace(/[0-9a-f-]{32,}/g, "…").replace(/\d+/g, "…");

const pages = await withPage(async (page) => {
  await page.goto(start);
  const seen = [await judged(page, new URL(page.url()).pathname)];
  await signIn(page, JSON.parse(login));
  const queue = [new URL(page.url()).pathname];
  const known = new Set(queue.map(kind));
  while (queue.length > 0 && seen.length < MOST_PAGES) {
    const path = queue.shift();
    const answer = await page.goto(new URL(path, start).href);
    const one = await judged(page, path);
    if (answer.status() !== 200) one.faults.push(`HTTP ${answer.status()}`);
    seen.push(one);
    for (const href of await page.$$eval("a[href]", (links) => links.map((link) => link.href))) {
      const url = new URL(href);
      const ours = url.origin === new URL(start).origin && url.pathname.startsWith("/console");
      if (ours && !known.has(kind(url.pathname))) {
        known.add(kind(url.pathname));
        queue.push(url.pathname + url.search);
      }
    }
  }
  return seen;
});
console.log(JSON.stringify(pages));
