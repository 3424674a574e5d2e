/** A provider on loopback that says whose key it was given, and the command line of a person who uses it. @module */
import { CliSession } from "../terminal/cli_session.ts";
import { freePort } from "../free_port.ts";
import { startLocalApi } from "./local_api.ts";

/** Where it is. */
export const HOST = "api.acme.com";

/** A definition of it, with `whoami`. */
export function definitionOf(
  whoami: Record<string, unknown> | undefined,
  more: Record<string, unknown> = {},
) {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "api_key",
    flow: "api_key",
    api_url: HOST,
    // Its name leads to this machine.
    allow_private: true,
    api_key: { env_var: "ACME_API_KEY" },
    export: { env: { ACME_API_KEY: "api_key" } },
    ...whoami ? { whoami } : {},
    ...more,
  };
}

/** What a test works with. */
export interface WhoamiSession {
  cli: CliSession;
  /** What the API was asked: method, path with query, and the headers. */
  asked: { method: string; path: string; headers: Headers; body: string }[];
  /** Targets of the tunnels that were asked for. */
  tunnels: readonly string[];
  /** Runs a command; logins ask. */
  run: CliSession["run"];
}

/** Runs `body` where `acme` is registered as `definition` says, and `answer` is its API. */
export async function withWhoami(
  definition: object,
  answer: (request: Request) => Response | Promise<Response>,
  body: (session: WhoamiSession) => Promise<void>,
): Promise<void> {
  const asked: WhoamiSession["asked"] = [];
  const api = await startLocalApi([HOST, "other.acme.com"], async (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push({
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: await request.clone().text(),
    });
    return await answer(request);
  });
  const cli = await CliSession.open(api, freePort());
  try {
    const { code, stderr } = await cli.run(
      "authsome register - --yes --allow-private",
      { stdin: JSON.stringify(definition) },
    );
    if (code !== 0) throw new Error(stderr);
    await body({
      cli,
      asked,
      tunnels: api.tunnels,
      run: (command, options = {}) =>
        cli.run(command, {
          ...options,
          env: { AUTHSOME_NO_VERIFY: "", ...options.env },
        }),
    });
  } finally {
    await cli[Symbol.asyncDispose]();
    await api.close();
  }
}
