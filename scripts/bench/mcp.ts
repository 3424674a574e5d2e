/**
 * Compares the start of `authsome mcp` with that of mcp-remote: the time from the start of the process to its answer to
 * `initialize`, for the same remote server over TLS on loopback. `deno run -A scripts/bench/mcp.ts [--quick]`; needs
 * `deno run -A scripts/mcp/install.ts`.
 *
 * @module
 */
import {
  startRemoteServer,
  URL_HTTP,
  URL_OPEN,
} from "../../tests/mcp/relay/remote_server.ts";
import { logIn } from "../../tests/mcp/relay/sdk_client.ts";
import { CliSession } from "../../tests/support/terminal/cli_session.ts";
import { MCP_NODE, MCP_PROGRAMS, notInstalled } from "../mcp/install.ts";
import { AUTHSOME, buildAuthsome } from "./authsome.ts";
import { median, paired, short, spread, table } from "./statistics.ts";

const TARGET = 1 / 3;

const INITIALIZE = `${
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    },
  })
}\n`;

/** A command, and what is done before each of its runs. */
interface Subject {
  words: string[];
  before?(): Promise<void>;
}

/** Milliseconds from the start of `words` to its answer. */
async function measure(
  words: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<number> {
  const [program, ...args] = words;
  const started = performance.now();
  const child = new Deno.Command(program!, {
    args,
    env,
    cwd,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(INITIALIZE));
  let text = "";
  let took = NaN;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (!text.includes("\n")) continue;
    took = performance.now() - started;
    if (!JSON.parse(text.split("\n")[0]!).result) throw new Error(text);
    break;
  }
  if (Number.isNaN(took)) throw new Error(`${words.join(" ")}: no answer`);
  child.kill("SIGKILL");
  await child.status;
  clearTimeout(late);
  await writer.close().catch(() => {});
  return took;
}

if (import.meta.main) {
  const missing = notInstalled("mcpRemote");
  if (missing) {
    console.error(missing);
    Deno.exit(2);
  }
  const rounds = Deno.args.includes("--quick") ? 3 : 10;
  await buildAuthsome();
  const server = await startRemoteServer();
  const cli = await CliSession.open(server.api);
  const { work } = cli.session;
  await logIn(cli, URL_HTTP);
  const env = {
    ...cli.environment,
    DENO_DIR: `${work}/deno`,
    NODE_EXTRA_CA_CERTS: `${work}/ca.pem`,
  };
  const authsome = (url: string) => [...AUTHSOME, "mcp", url];
  const remote = [
    ...[MCP_NODE, MCP_PROGRAMS.mcpRemote, URL_OPEN],
    ...["--transport", "http-only", "--enable-proxy"],
  ];
  const home = `${work}/home`;
  const command = async (line: string) => {
    const { code, stderr } = await cli.session.run(line);
    if (code !== 0) throw new Error(stderr);
  };
  const subjects: Record<string, Subject> = {
    "mcp-remote": { words: remote },
    "authsome mcp, logged in, its first start": {
      words: authsome(URL_HTTP),
      before: () =>
        command(`rm -rf '${home}'; cp -rp '${work}/first' '${home}'`),
    },
    "authsome mcp, logged in": { words: authsome(URL_HTTP) },
    "authsome mcp, not logged in": {
      words: authsome(URL_HTTP),
      before: () => command(`rm -rf '${home}'; authsome init --quiet`),
    },
  };
  await command(`cp -rp '${home}' '${work}/first'`);
  const times = Object.values(subjects).map((): number[] => []);
  try {
    // The first one fills caches.
    for (let round = -1; round < rounds; round++) {
      for (const [at, { words, before }] of Object.values(subjects).entries()) {
        if (round < 0 && at === 1) {
          await command(`rm -rf '${home}'; cp -rp '${work}/first' '${home}'`);
        }
        await before?.();
        const took = await measure(words, env, work);
        if (round >= 0) times[at]!.push(took);
      }
    }
  } finally {
    await cli[Symbol.asyncDispose]();
    await server.close();
  }
  const ratios = times.map((each) => paired(each, times[0]!, (a, b) => a / b));
  console.log(
    table([
      ["to the answer to initialize", "ms", "÷ mcp-remote", "≤ 1/3"],
      ...Object.keys(subjects).map((name, at) => [
        name,
        spread(times[at]!, short),
        at === 0 ? "1" : spread(ratios[at]!, short),
        at === 0 ? "" : median(ratios[at]!) <= TARGET ? "yes" : "no",
      ]),
    ]),
  );

  Deno.exit(0);
}
