/** A real MCP server on loopback under the public name of a test, and a client's way to it. @module */
import { expect } from "expect";
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";
import { moduleCommand } from "../../support/program.ts";
import { CliSession, type Done } from "../../support/terminal/cli_session.ts";

/** The server's host; its authorization server is on the same origin. */
export const HOST = "mcp.acme.com";

/** A running server. */
export interface RealServer {
  /** Port of 127.0.0.1. */
  readonly port: number;
  /** What it did, a line each: `registered`, `exchanged <resource>`, `refreshed`, `revoked`. */
  readonly log: string[];
  close(): Promise<void>;
}

/** A person at a command line whose internet is a real server. */
export class Visit {
  private constructor(
    readonly server: RealServer,
    readonly api: LocalApi,
    readonly cli: CliSession,
  ) {}

  static async open(server: RealServer): Promise<Visit> {
    const api = await startLocalApi([HOST], (request) => pass(server, request));
    return new Visit(server, api, await CliSession.open(api));
  }

  /** Logs in, consents, and returns what the command said. The server may be asked where its messages go. */
  async logIn(url: string, flags = ""): Promise<Done> {
    const login = this.cli.start(
      `AUTHSOME_NO_VERIFY= authsome login ${url} ${flags} --timeout 80`,
    );
    const address = await login.url.catch(() => undefined);
    if (address === undefined) return await login.done;
    const end = await this.cli.consent(address);
    await (await fetch(end)).body?.cancel();
    return await login.done;
  }

  /** `Authorization` of each request to a path: `token` where there was one, else `none`. */
  authorizations(path: string): string[] {
    return this.api.requests.filter(({ url }) => url.pathname === path)
      .map(({ headers }) =>
        /^Bearer (?!authsome)/.test(headers.get("authorization") ?? "")
          ? "token"
          : "none"
      );
  }

  async close(): Promise<void> {
    await this.cli[Symbol.asyncDispose]();
    await this.server.close();
    await this.api.close();
  }
}

/** The command of a client of the TypeScript SDK that calls the tool `echo`; in quotes for a shell. */
export function clientOf(transport: string, path: string): string {
  return moduleCommand(
    new URL("client.ts", import.meta.url),
    transport,
    `https://${HOST}${path}`,
  ).map((word) => `'${word}'`).join(" ");
}

/** The whole life of a connection: login, tools, refresh, revocation. */
export async function lives(
  visit: Visit,
  { url, name, client, places }: {
    url: string;
    name: string;
    /** The command of a client that calls the tool `echo`. */
    client: string;
    /** What the login says of the places of the token. */
    places: readonly string[];
  },
): Promise<void> {
  const { cli, server } = visit;
  const login = await visit.logIn(url);
  expect(login).toMatchObject({
    code: 0,
    stdout: `Connected ${name}/default\n`,
  });
  for (const place of places) expect(login.stderr).toContain(place);
  expect(server.log.filter((line) => line === "refreshed")).toEqual([]);
  // The first token lives for a second: who uses it now gets the next one.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await cli.run(`authsome run -- ${client}`)).toMatchObject({
    code: 0,
    stdout: "tools echo\ncall hello\n",
  });
  expect(server.log.filter((line) => line === "refreshed").length)
    .toBeGreaterThan(0);
  const { stderr } = await cli.run(`authsome revoke ${name} --yes`);
  expect(stderr).toContain(`Revoked ${name}/default`);
  expect(server.log).toContain("revoked");
}

/** Sends a request on to the server; streams both ways. */
async function pass(server: RealServer, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set("x-forwarded-proto", "https");
  headers.set("x-forwarded-host", HOST);
  const init: RequestInit & { duplex?: "half" } = {
    method: request.method,
    headers,
    body: request.body,
    redirect: "manual",
    ...request.body ? { duplex: "half" as const } : {},
  };
  const answer = await fetch(
    `http://127.0.0.1:${server.port}${pathname}${search}`,
    init,
  );
  return new Response(answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
}
