/** The SDK's own client, connected to `authsome mcp` by stdin and stdout. @module */
import { CliSession } from "../../support/terminal/cli_session.ts";
import { type RemoteServer, startRemoteServer } from "./remote_server.ts";

const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = await import(
  "@modelcontextprotocol/sdk/client/stdio.js"
);

/** A client and what stands behind it. */
export interface RelayClient extends AsyncDisposable {
  // deno-lint-ignore no-explicit-any
  readonly client: any;
  /** What authsome has said on stderr. */
  readonly stderr: () => string;
  /** Resolves when stderr has `text`. */
  shows(text: string | RegExp): Promise<RegExpMatchArray>;
  readonly pid: number;
}

/** A server and a command line in its world. */
export async function openWorld(): Promise<
  { server: RemoteServer; cli: CliSession } & AsyncDisposable
> {
  const server = await startRemoteServer();
  const cli = await CliSession.open(server.api);
  return {
    server,
    cli,
    async [Symbol.asyncDispose]() {
      await cli[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** Logs in by `authsome login`. */
export async function logIn(cli: CliSession, url: string): Promise<void> {
  const login = cli.start(`authsome login ${url} --timeout 60`);
  await visit(cli, await login.url);
  const { code, stderr } = await login.done;
  if (code !== 0) throw new Error(stderr);
}

/** Opens the address of a login as the person's browser would. */
export async function visit(cli: CliSession, url: string): Promise<void> {
  const callback = await cli.consent(url);
  const page = await fetch(callback);
  await page.body?.cancel();
}

/** Starts `authsome <words>` and connects the client to it. */
export async function connect(
  cli: CliSession,
  words: string,
  options: {
    capabilities?: Record<string, unknown>;
    // deno-lint-ignore no-explicit-any
    prepare?(client: any): void;
    env?: Record<string, string>;
  } = {},
): Promise<RelayClient> {
  const transport = new StdioClientTransport({
    command: "/bin/sh",
    args: ["-c", `exec authsome ${words}`],
    env: { ...cli.environment, ...options.env },
    cwd: cli.session.work,
    stderr: "pipe",
  });
  let stderr = "";
  const watchers = new Set<() => void>();
  transport.stderr.on("data", (part: Uint8Array) => {
    stderr += new TextDecoder().decode(part);
    watchers.forEach((look) => look());
  });
  const client = new Client({ name: "test", version: "1" }, {
    capabilities: options.capabilities ?? {},
  });
  options.prepare?.(client);
  await client.connect(transport);
  return {
    client,
    stderr: () => stderr,
    pid: transport.pid,
    shows: (text) =>
      new Promise((resolve) => {
        const look = () => {
          const found = stderr.match(text);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  };
}

/** The text of a tool's result. */
// deno-lint-ignore no-explicit-any
export function textOf(result: any): string {
  return result.content[0].text;
}
