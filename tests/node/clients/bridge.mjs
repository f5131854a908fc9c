// mcp-remote without a key: it registers, waits for a person at a browser, and bridges to stdio.
//
//   CHROMIUM=… URL=…/mcp LOGIN='{"email":…,"password":…}' node bridge.mjs
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { allow } from "./browser.mjs";

const { URL: address, LOGIN: login } = process.env;
const program = new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url).pathname;
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [program, address],
  env: { ...process.env, BROWSER: "true" }, // it would open a window: the person is ours
  stderr: "pipe",
});

// It prints where the person has to go.
const invited = new Promise((found) => {
  let said = "";
  transport.stderr.on("data", (piece) => {
    said += piece;
    const url = said.match(/https?:\S+\/authorize\?\S+/);
    if (url) found(url[0]);
  });
});
const client = new Client({ name: "bridged-client", version: "1.0.0" });
const [person] = await Promise.all([
  invited.then((url) => allow(url, JSON.parse(login))),
  client.connect(transport, { timeout: 120_000 }),
]);
const seen = {
  consent: person.shown,
  tools: (await client.listTools()).tools.map((tool) => tool.name),
  accounts: await client.callTool({ name: "accounts", arguments: {} }),
};
await client.close();
console.log(JSON.stringify(seen));
