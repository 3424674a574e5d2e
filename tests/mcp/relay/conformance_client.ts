/**
 * The client that the conformance suite starts, with the server's address as its argument: the SDK's client over
 * `authsome mcp`, with a home of its own, and a person who opens the address that authsome shows.
 *
 * @module
 */
import { CliSession } from "../../support/terminal/cli_session.ts";
import { startPlainHttpWorld, toLocal, toPublic } from "./plain_http_world.ts";
import { connect, type RelayClient } from "./sdk_client.ts";

const { ElicitRequestSchema } = await import(
  "@modelcontextprotocol/sdk/types.js"
);
const address = toPublic(Deno.args.at(-1)!);
const context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
const api = await startPlainHttpWorld();
const cli = await CliSession.open(api);
const opened = new Set<string>();
try {
  if (context.client_id) await logInWith(context.client_id);
  const relay = await connect(cli, `mcp ${address}`, {
    // Accepts what is asked with its defaults.
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    prepare: (client) =>
      client.setRequestHandler(
        ElicitRequestSchema,
        () => ({ action: "accept", content: {} }),
      ),
  });
  const watching = watch(relay);
  try {
    await use(relay);
  } finally {
    if (Deno.env.get("CONFORMANCE_VERBOSE")) console.error(relay.stderr());
    await relay.client.close();
    clearInterval(watching);
  }
} finally {
  await cli[Symbol.asyncDispose]();
  await api.close();
}
Deno.exit(0);

/** Lists the tools, when they are there, and calls the first. */
async function use({ client }: RelayClient): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { tools } = await client.listTools();
    if (tools.length === 0) return;
    if (tools[0].name !== "login") {
      const { name } = tools[0];
      await client.callTool({ name, arguments: { a: 1, b: 2 } })
        .catch(() => {});
      // A step-up or a second login may follow; it waits for the last page of the first.
      if (!/scope-(?:step-up|retry)/.test(scenario())) return;
      for (let calls = 0; calls < 100; calls++) {
        const said = await client.callTool({ name, arguments: {} })
          .then((result: unknown) => JSON.stringify(result), String);
        if (!said.includes("Not logged in")) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function scenario(): string {
  return Deno.env.get("MCP_CONFORMANCE_SCENARIO") ?? "";
}

/** Opens each address once. */
function watch(relay: RelayClient) {
  return setInterval(() => {
    for (const [, url] of relay.stderr().matchAll(/^ {2}(https?:\S+)$/gm)) {
      if (opened.has(url!)) continue;
      opened.add(url!);
      visit(url!).catch((error) => console.error(error));
    }
  }, 50);
}

/** Follows the redirects as a browser does, to the callback. */
async function visit(url: string): Promise<void> {
  for (let hops = 0; hops < 8; hops++) {
    const isOurs = url.startsWith(`http://127.0.0.1:${cli.port}/`);
    const response = await fetch(isOurs ? url : toLocal(url), {
      redirect: "manual",
    });
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (!location) return;
    url = toPublic(new URL(location, url).href);
  }
}

/** The client was registered beforehand. */
async function logInWith(clientId: string): Promise<void> {
  const login = cli.start(
    `authsome login ${address} --client-id ${clientId} --stdin --timeout 60`,
  );
  await login.type(context.client_secret ?? "");
  await visit(await login.url);
  const { code, stderr } = await login.done;
  if (code !== 0) console.error(stderr);
}
