// A person at a browser: Chromium, without a window, doing what a person does and noticing what one would.
import { chromium } from "playwright-core";

const AS_ROOT = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

// Runs `work` with a fresh page; `page.troubles` gathers errors with
// the address they come from, also what the security policy stopped.
// A failure is told with what the person saw; keys are cut in it.
export async function withPage(work, options = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: AS_ROOT });
  let page;
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.troubles = [];
    page.on("pageerror", (error) => page.troubles.push(`${page.url()}: ${error}`));
    page.on("console", (line) => {
      if (line.type() === "error") page.troubles.push(`${line.location().url}: ${line.text()}`);
    });
    return await work(page);
  } catch (error) {
    const seen = await page?.locator("body").innerText({ timeout: 2_000 }).catch(String);
    console.error(page?.url(), "showed:", seen?.replace(/sk_stockroom_[0-9A-Za-z]+/g, "sk_stockroom_…"));
    throw error;
  } finally {
    await browser.close();
  }
}

// A picture for the documentation, where a folder for them is named. Keys are cut in it.
export async function shot(page, name, { fullPage = false } = {}) {
  const folder = process.env.SHOTS;
  if (!folder) return;
  await page.evaluate(() => {
    for (const one of document.querySelectorAll(".secret, pre")) {
      one.textContent = one.textContent.replace(/sk_stockroom_[0-9A-Za-z]+/g, "sk_stockroom_…");
    }
    scrollTo(0, 0);
  });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
}

// Signs in on the page that is open, or on the console's own.
export async function signIn(page, { email, password }, console_url) {
  if (console_url) await page.goto(console_url);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
}

// What a person does with a client's request: sign in, look, and allow what is ticked.
// Ends where the client asked to be told; gives what was shown and the address that was called.
export async function allow(address, login, { write = false } = {}) {
  return withPage(async (page) => {
    await page.goto(String(address));
    await signIn(page, login);
    const shown = await page.textContent("main");
    if (write) {
      for (const box of await page.getByRole("checkbox").all()) await box.check();
    }
    if (!write) await shot(page, "consent", { fullPage: true });
    await page.getByRole("button", { name: /^allow/i }).click();
    await page.waitForURL((url) => url.searchParams.has("code"), { waitUntil: "commit" });
    return { shown, returned: page.url(), troubles: page.troubles };
  });
}
