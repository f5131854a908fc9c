// What a client of the TypeScript SDK sees of a server; one JSON object on standard output.
//
//   URL=…/mcp KEY=sk_… node talk.mjs v1|v2|v2-modern
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";

const GENERATIONS = {
  v1: [ClientV1, TransportV1, {}],
  v2: [ClientV2, TransportV2, {}],
  "v2-modern": [ClientV2, TransportV2, { versionNegotiation: { mode: { pin: "2026-07-28" } } }],
};
const { URL: address, KEY: key } = process.env;
const [Client, Transport, options] = GENERATIONS[process.argv[2]];

function connection(bearer) {
  const requestInit = bearer ? { headers: { Authorization: `Bearer ${bearer}` } } : {};
  return new Transport(new URL(address), { requestInit });
}

// How something ended: its value, or the error's kind and code.
async function ending(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const status = error.status ?? error.data?.status;
    return { error: error.constructor.name, code: error.code, status, message: error.message };
  }
}

async function turnedAway(bearer) {
  const client = new Client({ name: "stockroom-tests", version: "1.0.0" }, options);
  return ending(client.connect(connection(bearer)));
}

const client = new Client({ name: "stockroom-tests", version: "1.0.0" }, options);
const transport = connection(key);
await client.connect(transport);
const seen = {
  server: client.getServerVersion(),
  protocol: client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion,
  instructions: client.getInstructions(),
  tools: (await client.listTools()).tools,
  prompts: (await client.listPrompts()).prompts,
  resources: (await client.listResources()).resources,
  accounts: await client.callTool({ name: "accounts", arguments: {} }),
  stock: await client.callTool({ name: "stock", arguments: { limit: 2 } }),
  unknownTool: await ending(client.callTool({ name: "no_such_tool", arguments: {} })),
  badArgument: await ending(client.callTool({ name: "stock", arguments: { limit: "many" } })),
  unknownResource: await ending(client.readResource({ uri: "stockroom://no/such" })),
};
await client.close();
seen.wrongKey = await turnedAway(`${key.slice(0, -1)}x`);
seen.noKey = await turnedAway(undefined);
console.log(JSON.stringify(seen));
