// The whole OAuth dance as the TypeScript SDK does it, with a person at a browser in the middle.
//
//   CHROMIUM=… URL=…/mcp LOGIN='{"email":…,"password":…}' CHANGE='{"sku":…}' node dance.mjs v1|v2
import { createServer } from "node:http";
import * as authV1 from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as v2 from "@modelcontextprotocol/client";
import { allow } from "./browser.mjs";

const second = process.argv[2] === "v2";
const sdk = second ? v2 : authV1;
const [Client, Transport] = second
  ? [v2.Client, v2.StreamableHTTPClientTransport]
  : [ClientV1, TransportV1];
const { URL: address, LOGIN: login } = process.env;

// Where the browser is sent back to: something must listen, as a real client does.
const listener = createServer((_, answer) => answer.end("You may close this window."));
await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));

// What a client keeps of its sign-in, in memory.
const kept = { challenges: [] };
const provider = {
  redirectUrl: `http://127.0.0.1:${listener.address().port}/callback`,
  clientMetadata: {
    client_name: "Dancing client",
    redirect_uris: [`http://127.0.0.1:${listener.address().port}/callback`],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => "a-state-of-this-client",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  redirectToAuthorization: (url) => void (kept.authorization = url),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
};

function connection() {
  const fetching = async (url, init) => {
    const answer = await fetch(url, init);
    if (answer.status === 401) kept.challenges.push(answer.headers.get("www-authenticate"));
    return answer;
  };
  return new Transport(new URL(address), { authProvider: provider, fetch: fetching });
}

async function ending(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: error.constructor.name, code: error.errorCode ?? error.code, message: error.message };
  }
}

async function asked(bearer) {
  const call = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/json, text/event-stream",
    Authorization: `Bearer ${bearer}`,
  };
  return (await fetch(address, { method: "POST", headers, body: JSON.stringify(call) })).status;
}

async function finish(transport, { returned }) {
  const answer = new URL(returned).searchParams;
  await (second ? transport.finishAuth(answer) : transport.finishAuth(answer.get("code")));
}

// How long a token goes on working, in milliseconds; at most two seconds are waited.
async function lasts(bearer) {
  const begun = performance.now();
  while ((await asked(bearer)) !== 401 && performance.now() - begun < 2_000);
  return Math.round(performance.now() - begun);
}

const newClient = () => new Client({ name: "dancing-client", version: "1.0.0" });
const seen = {};

// Refused, found out where to sign in, registered, and sent the person to the browser.
const first = connection();
seen.refused = await ending(newClient().connect(first));
seen.challenge = kept.challenges[0];
seen.registered = kept.client;
seen.asked = Object.fromEntries(kept.authorization.searchParams);

const person = await allow(kept.authorization, JSON.parse(login));
seen.consent = person.shown;
seen.troubles = person.troubles;
seen.returned = Object.fromEntries(new URL(person.returned).searchParams);
await finish(first, person);
seen.granted = { ...kept.tokens };

const transport = connection();
const client = newClient();
await client.connect(transport);
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
seen.accounts = await client.callTool({ name: "accounts", arguments: {} });

// A tool beyond what was granted: challenged, asked for more, allowed, previewed. The first
// generation would try a refresh first, which never widens a grant: so it has nothing to refresh.
kept.tokens = { ...kept.tokens, refresh_token: undefined };
const change = { name: "set_price", arguments: JSON.parse(process.env.CHANGE) };
seen.beyond = await ending(client.callTool(change));
seen.askedMore = kept.authorization.searchParams.get("scope");
await finish(transport, await allow(kept.authorization, JSON.parse(login), { write: true }));
seen.grantedMore = kept.tokens.scope;
seen.preview = await client.callTool(change);
await client.close();

// Refreshed: the new token works, and the next refresh needs the new refresh token.
const info = await sdk.discoverOAuthServerInfo(address);
const issuer = info.authorizationServerUrl;
const common = {
  metadata: info.authorizationServerMetadata,
  clientInformation: kept.client,
  resource: new URL(address),
};
seen.issuer = { at: issuer, says: info.authorizationServerMetadata.issuer };
const fresh = await sdk.refreshAuthorization(issuer, { ...common, refreshToken: kept.tokens.refresh_token });
seen.refreshed = fresh;
seen.withFresh = await asked(fresh.access_token);

// Revoked (RFC 7009): refused from then on, and it cannot be refreshed either.
const form = { token: fresh.refresh_token, token_type_hint: "refresh_token", client_id: kept.client.client_id };
const revocation = info.authorizationServerMetadata.revocation_endpoint;
seen.revocation = (await fetch(revocation, { method: "POST", body: new URLSearchParams(form) })).status;
seen.lastedMs = await lasts(fresh.access_token);
seen.withRevoked = await asked(fresh.access_token);
seen.refreshRevoked = await ending(
  sdk.refreshAuthorization(issuer, { ...common, refreshToken: fresh.refresh_token }),
);
listener.close();
console.log(JSON.stringify(seen));
