// The first hour of an agency: join, connect a seller, watch the history come in, make a key,
// read with it, revoke it, and see it refused. One JSON object on standard output.
//
//   CHROMIUM=… INVITATION=… KEYS_URL=…/mcp SELLER=… [SHOTS=folder] node walk.mjs
//
// With SHOTS, what an owner sees whose data is there (CONSOLE, LOGIN) is pictured too.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { shot, signIn, withPage } from "./browser.mjs";

const { INVITATION: invitation, KEYS_URL: keysUrl, SELLER: seller } = process.env;
const PASSWORD = "a lamp, a harbour, a heron";
const NEW = { name: "Harbor Goods", slug: "harbor-goods" };
const FIRST_LOAD_MS = 120_000;
const seen = {};

async function join(page) {
  await page.goto(invitation);
  await page.getByLabel("Your name").fill("Lin Harbor");
  await page.getByLabel("Choose a password").fill(PASSWORD);
  await page.getByRole("button", { name: "Join" }).click();
  await page.waitForURL((url) => !url.pathname.includes("/invitation/"));
  seen.joined = await page.textContent("main");
}

async function connectSeller(page) {
  await page.getByRole("link", { name: "Connect", exact: true }).first().click();
  const form = page.locator('form[action$="/link"]');
  await form.getByLabel("Name", { exact: true }).fill(NEW.name);
  await form.getByLabel("Name in answers").fill(NEW.slug);
  await form.getByLabel("Home store").selectOption("US");
  await form.getByRole("button", { name: "Make the link" }).click();
  await page.getByRole("link", { name: "Or connect now, in this browser" }).click();
  seen.offered = await page.textContent("main");
  await shot(page, "connect");
  await page.getByRole("button", { name: "Continue to Amazon" }).click();
  await page.getByLabel("Sign in as").selectOption(seller);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("heading", { name: "is connected" }).waitFor();
  seen.connected = await page.textContent("main");
}

// The page is opened once; what comes in shows without anybody asking for it again.
async function watchHistory(page) {
  await page.goto(new URL("/console/", invitation).href);
  await page.getByRole("link", { name: NEW.name }).first().click();
  await page.getByRole("link", { name: "History", exact: true }).click();
  const progress = page.locator("#progress");
  seen.before = await progress.textContent();
  const complete = page.getByText(/^[1-9]\d* of \d+$/).first();
  await complete.waitFor({ timeout: FIRST_LOAD_MS });
  seen.after = await progress.textContent();
  await shot(page, "history");
}

async function makeKey(page) {
  await page.getByRole("link", { name: "API keys" }).first().click();
  await page.getByRole("link", { name: "New key" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("Weekly review");
  await page.getByRole("group", { name: "Accounts" }).getByRole("checkbox").first().check();
  for (const box of await page.getByRole("group", { name: "Read" }).getByRole("checkbox").all()) {
    await box.check();
  }
  await page.getByRole("button", { name: "Make the key" }).click();
  const key = (await page.locator("main").textContent()).match(/sk_stockroom_[0-9A-Za-z]+/)[0];
  await page.locator("summary").filter({ hasText: "Cursor" }).click();
  await shot(page, "key", { fullPage: true });
  return key;
}

async function read(key) {
  const requestInit = { headers: { Authorization: `Bearer ${key}` } };
  const client = new Client({ name: "walking-client", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(keysUrl), { requestInit }));
  seen.accounts = (await client.callTool({ name: "accounts", arguments: {} })).structuredContent;
  seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
  return client;
}

// How long a call goes on working after the click, in milliseconds; two seconds at most.
async function revoke(page, client) {
  await page.getByRole("link", { name: "API keys" }).first().click();
  await page.getByRole("link", { name: "Weekly review" }).click();
  await page.getByRole("button", { name: "Revoke this key" }).click();
  const begun = performance.now();
  while (performance.now() - begun < 2_000) {
    try {
      await client.callTool({ name: "accounts", arguments: {} });
    } catch (error) {
      seen.refused = error.message;
      break;
    }
  }
  seen.lastedMs = Math.round(performance.now() - begun);
  await page.waitForLoadState();
}

await withPage(async (page) => {
  await join(page);
  await connectSeller(page);
  await watchHistory(page);
  await revoke(page, await read(await makeKey(page)));
  seen.troubles = page.troubles;
});
if (process.env.SHOTS) {
  await withPage(async (page) => {
    await page.goto(process.env.CONSOLE);
    await signIn(page, JSON.parse(process.env.LOGIN));
    await page.getByRole("link", { name: "Accounts" }).first().click();
    await page.locator("main a[href*='/a/']").first().click();
    await page.getByRole("link", { name: "Stock and cover" }).click();
    await shot(page, "stock");
  });
}
console.log(JSON.stringify(seen));
