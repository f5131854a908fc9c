// The classic workflow: an agent reads what runs out and plans a shipment, a person approves it in
// the browser, the worker carries it out, and it is cancelled again the same way. Then a price is
// turned down, and the agent learns why. One JSON object on standard output.
//
//   CHROMIUM=… URL=…/mcp KEY=sk_… LOGIN='{"email":…,"password":…}' [SHOTS=folder] node workflow.mjs
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { shot, signIn, withPage } from "./browser.mjs";

const { URL: address, KEY: key, LOGIN: login } = process.env;
const DONE_MS = 150_000;
const seen = { approvals: [] };

const requestInit = { headers: { Authorization: `Bearer ${key}` } };
const client = new Client({ name: "planning-client", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));

async function call(name, args = {}) {
  return (await client.callTool({ name, arguments: args })).structuredContent;
}

async function records(name, args = {}) {
  const { columns, rows } = await call(name, { limit: 500, ...args });
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
}

const changeOf = async (id) => (await records("changes", { id, detail: "full" }))[0];

// What runs out before more lands, among the active listings that Amazon ships: first what there
// is a number of units to send of.
async function atRisk() {
  const listings = await records("listings", { status: "active" });
  const fba = new Set(listings.filter((one) => one.channel === "FBA").map((one) => one.sku));
  await records("inbound_shipments");
  const rows = (await records("replenishment")).filter(
    (one) => fba.has(one.sku) && one.in_time_days !== null && one.velocity > 0,
  );
  const known = rows.filter((one) => one.send_units > 0);
  return [...known, ...rows.filter((one) => one.send_units === null)];
}

// A preview of a plan for the first candidate that Amazon has preparation details of. Where nobody
// said what a number of units depends on, it is one that lasts three weeks.
async function planned(candidates) {
  for (const one of candidates) {
    const items = [{ sku: one.sku, units: Math.max(1, Math.ceil(one.velocity * 21)) }];
    const what = one.send_units > 0 ? { skus: [one.sku] } : { items };
    const reason = `Lasts ${one.in_time_days} days.`;
    const preview = await call("create_inbound_plan", { marketplace: one.marketplace, ...what, reason });
    if (preview.state === "proposed") return { ...preview, marketplace: one.marketplace };
  }
  throw new Error("no candidate could be planned");
}

// Opens what the agent was given, looks, agrees, and stays until it is done.
async function approve(page, preview, picture) {
  await page.goto(preview.approve_url);
  if (page.url().includes("/sign-in")) await signIn(page, JSON.parse(login));
  const shown = await page.textContent("main");
  const untouched = (await changeOf(preview.id)).state;
  if (picture) await shot(page, picture, { fullPage: true });
  await page.getByRole("button", { name: "Approve" }).click();
  await page.locator("#progress [data-done]").waitFor({ state: "attached", timeout: DONE_MS });
  const after = await page.textContent("#progress");
  seen.approvals.push({ shown, untouched, after, change: await changeOf(preview.id) });
  return seen.approvals.at(-1).change;
}

async function reject(page, preview, reason) {
  await page.goto(preview.approve_url);
  await page.getByLabel("Or say why not").fill(reason);
  await page.getByRole("button", { name: "Reject" }).click();
  await page.getByText("Rejected. Whoever proposed it").waitFor();
}

async function turnedDown(page) {
  const listing = (await records("listings", { status: "active" })).find((one) => one.price);
  const { sku, marketplace, currency } = listing;
  const price = (Number(listing.price) * 1.03).toFixed(2);
  const wanted = { sku, marketplace, currency, price };
  const preview = await call("set_price", wanted);
  await reject(page, preview, "Not before the holidays.");
  seen.rejected = await changeOf(preview.id);
  seen.again = await call("set_price", wanted);
}

await withPage(async (page) => {
  const candidates = await atRisk();
  seen.candidates = candidates.length;
  const preview = await planned(candidates);
  seen.preview = preview;
  const made = await approve(page, preview, "approve");
  const { marketplace } = preview;
  const plan = made.seen?.plan;
  await approve(page, await call("cancel_inbound_plan", { marketplace, plan, reason: "Only a trial." }));
  await turnedDown(page);
  await page.getByRole("link", { name: "Changes", exact: true }).first().click();
  await shot(page, "changes");
  await page.goto(seen.preview.approve_url);
  await page.getByRole("link", { name: "Audit", exact: true }).click();
  seen.audit = await page.textContent("main");
  seen.troubles = page.troubles;
});
console.log(JSON.stringify(seen));
