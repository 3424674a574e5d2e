/** The tokens of the GitHub CLI. @module */
import type { Credential } from "../../connection/connection.ts";
import { defined, type Fields, isObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import type { Found, Harvest, Skipped } from "../found.ts";
import { textOf } from "../json.ts";
import { type ImportSource, notThere } from "../source.ts";
import type { SourceFile } from "../../ports/other_programs.ts";
import { readYaml } from "../yaml.ts";

/** An account of `hosts.yml`. */
interface GhAccount {
  host: string;
  user?: string;
  /** Absent when the keyring has it. */
  token?: string;
  /** Whether gh uses it by default. */
  active: boolean;
}

/**
 * Accounts of `hosts.yml`: hosts, their users, their tokens. Anything else in it is passed over.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it is not YAML; the cause is left out, since it would quote the text.
 */
export async function parseHosts(
  file: Pick<SourceFile, "path" | "text">,
): Promise<GhAccount[]> {
  const hosts = await readYaml(file);
  // gh leaves the file empty after the last logout.
  return Object.entries(fieldsOf(hosts || {})).flatMap(([host, value]) => {
    const fields = fieldsOf(value);
    const active = textOf(fields, "user");
    const users = new Map(Object.entries(fieldsOf(fields.users)));
    const shared = textOf(fields, "oauth_token");
    if (active !== undefined && !users.has(active)) users.set(active, {});
    if (users.size === 0) {
      return shared ? [{ host, token: shared, active: true }] : [];
    }
    return [...users].map(([user, own]): GhAccount => {
      const token = textOf(fieldsOf(own), "oauth_token") ??
        (user === active ? shared : undefined);
      return {
        host,
        user,
        ...defined({ token }),
        active: active === undefined ? users.size === 1 : user === active,
      };
    });
  });
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** Reads `hosts.yml`, and asks gh for the tokens that are in the keyring. */
export const gh: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { env } = world;
    const folder = env.get("GH_CONFIG_DIR") ||
      `${env.get("XDG_CONFIG_HOME") || `${world.userFolder}/.config`}/gh`;
    const path = world.path ?? `${folder}/hosts.yml`;
    const file = world.read(path);
    if (!file) throw notThere(path);
    const found: Found[] = [];
    const skipped: Skipped[] = [];
    for (const account of await parseHosts(file)) {
      const { host, user, active } = account;
      const from = `gh ${user ? `${user}@` : ""}${host}`;
      const token = account.token ?? (await world.output([
        "gh",
        "auth",
        "token",
        "--hostname",
        host,
        ...user === undefined ? [] : ["--user", user],
      ]))?.trim();
      if (!token) {
        skipped.push({
          from,
          reason: "gh has no token for it",
          hint: `gh auth login --hostname ${host}`,
        });
        continue;
      }
      found.push({
        ...githubCredential(token),
        ...defined({
          connection: active ? undefined : user,
          baseUrl: host === "github.com" ? undefined : `https://${host}`,
        }),
        from,
      });
    }
    return { found, skipped };
  },
};

/** OAuth tokens belong to the login, the others are keys that a person made. */
export function githubCredential(
  token: string,
): { provider: string; credential: Credential } {
  const secret = new Secret(token);
  return /^gh[ou]_/.test(token)
    ? {
      provider: "github",
      credential: {
        type: "oauth2",
        accessToken: secret,
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
    }
    : {
      provider: "github-pat",
      credential: { type: "api_key", fields: { api_key: secret } },
    };
}
