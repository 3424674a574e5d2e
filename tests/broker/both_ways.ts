/** The same use case through the command line and through the library: what each answers and notes. @module */
import { cpSync, existsSync, readFileSync } from "node:fs";
import { Authsome, AuthsomeError, type ProviderDefinition } from "../../mod.ts";
import type { Credential } from "../../lib/connection/connection.ts";
import { Secret } from "../../lib/secret.ts";
import { withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";

/** What came of a use case. */
export interface Came {
  /** Exit code of the command, or that of the error. */
  code: number;
  /** What was answered, read from JSON; `undefined` if nothing was. */
  answer: unknown;
  /** Warnings and the error, as the command prints them. */
  told: string;
  /** The new entries of the audit log, without time, number and hashes. */
  noted: unknown[];
}

/** Runs `argv --json` in `home`. */
export async function byCommand(
  home: string,
  argv: readonly string[],
  stdin = "",
): Promise<Came> {
  const before = entries(home).length;
  const { code, stdout, stderr } = await runCommand([...argv, "--json"], {
    home,
    stdin,
  });
  const { v: _, error, message, hint, ...answer } = JSON.parse(stdout);
  return {
    code,
    answer: error === undefined ? answer : undefined,
    told: error === undefined ? stderr : stderr + errorLines({ message, hint }),
    noted: entries(home).slice(before),
  };
}

/** Calls the library in `home`. */
export async function byLibrary(
  home: string,
  call: (authsome: Authsome) => Promise<unknown>,
): Promise<Came> {
  const before = entries(home).length;
  let told = "";
  const authsome = await Authsome.open({
    home,
    warn: (message) => told += `Warning: ${message}\n`,
  });
  const came: Omit<Came, "told" | "noted"> = await call(authsome).then(
    (answer) => ({ code: 0, answer }),
    (error) => {
      if (!(error instanceof AuthsomeError)) throw error;
      told += errorLines(error);
      return { code: error.exitCode, answer: undefined };
    },
  );
  // The log is looked at before it is closed: a secret is out already.
  const atOnce = entries(home).length;
  await authsome.close();
  const noted = entries(home).slice(before);
  const late = noted.slice(atOnce - before) as { event: string }[];
  if (late.some(({ event }) => event === "get" || event === "export")) {
    throw new Error("a secret was handed out before it was noted");
  }
  return { ...came, told, noted };
}

function errorLines({ message, hint }: { message: string; hint: string }) {
  return `Error: ${message}\nHint: ${hint}\n`;
}

/** Runs `body` with two homes that hold the same. */
export async function withTwins(
  body: (one: string, other: string) => Promise<void>,
): Promise<void> {
  await withMixedHome((one) =>
    withHome(async (other) => {
      cpSync(one, other, { recursive: true });
      await body(one, other);
    })
  );
}

function definition(
  name: string,
  more: Partial<ProviderDefinition> = {},
): ProviderDefinition {
  return {
    schema_version: 1,
    name,
    display_name: name,
    auth_type: "api_key",
    flow: "api_key",
    api_url: `api.${name}.example.com`,
    ...more,
  };
}

function oauth(expiresAt?: number): Credential {
  return {
    type: "oauth2",
    accessToken: new Secret("canary-access"),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    scopes: ["repo"],
    requestedScopes: [],
    captured: {},
  };
}

const KEY: Credential = {
  type: "api_key",
  fields: { api_key: new Secret("canary-key") },
};
const TWIN_KEY: Credential = {
  type: "api_key",
  fields: { api_key: new Secret("canary-twin") },
};

/** Providers of {@linkcode withMixedHome}, and names that are none. */
export const PROVIDERS = [
  "github",
  "openai",
  "twin",
  "mute",
  "late",
  "gone",
  "groq",
  "nobody",
  "No Name",
] as const;

/**
 * A home with: two accounts (`github`), two providers with one variable (`openai`, `twin`), one that exports nothing
 * (`mute`), one with a client whose token has expired (`late`) and one whose definition has gone (`gone`). `groq` is not connected.
 */
export function withMixedHome(
  body: (home: string) => Promise<void>,
): Promise<void> {
  return withHome(async (home) => {
    await withBroker(home, async ({ connections, registry }) => {
      const own = [
        definition("twin", { export: { env: { OPENAI_API_KEY: "api_key" } } }),
        definition("mute"),
        definition("late", {
          auth_type: "oauth2",
          flow: "pkce",
          oauth: {
            authorization_url: "https://late.example.com/authorize",
            token_url: "https://late.example.com/token",
          },
          export: { env: { LATE_TOKEN: "access_token" } },
        }),
        definition("gone"),
      ];
      for (const each of own) {
        await registry.register(JSON.stringify(each), { force: true });
      }
      const save = (provider: string, credential: Credential, name: string) =>
        connections.save({
          provider,
          name,
          revision: 0,
          credential,
          state: "connected",
          createdAt: 1,
          updatedAt: 1,
        });
      await save("github", oauth(), "default");
      await save("github", oauth(), "work");
      await save("openai", KEY, "default");
      await save("openai", TWIN_KEY, "work");
      await save("twin", TWIN_KEY, "default");
      await save("mute", KEY, "default");
      await save("late", oauth(1), "default");
      await connections.saveClient({
        provider: "late",
        revision: 0,
        clientId: "late-client",
      });
      await save("gone", KEY, "default");
      await registry.remove("gone");
    });
    await body(home);
  });
}

function entries(home: string): unknown[] {
  const log = `${home}/audit.log`;
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8").trimEnd().split("\n").map((line) => {
    const { ts: _t, seq: _s, prev: _p, hash: _h, ...entry } = JSON.parse(line);
    return entry;
  });
}
