/** The tokens of the GitHub CLI. @module */
import type { Credential } from "../connection/connection.ts";
import { Secret } from "../secret.ts";
import type { Found, Harvest, Skipped } from "./found.ts";
import { type ImportSource, notThere } from "./source.ts";

/** An account of `hosts.yml`. */
export interface GhAccount {
  host: string;
  user?: string;
  /** Absent when the keyring has it. */
  token?: string;
  /** Whether gh uses it unless told otherwise. */
  active: boolean;
}

/** Accounts of `hosts.yml`: hosts, their users, their tokens. Anything else in it is passed over. */
export function parseHosts(text: string): GhAccount[] {
  const hosts = new Map<string, Map<string, string>>();
  const path: { indent: number; key: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^( *)("[^"]*"|'[^']*'|[^\s#:"'][^\s:]*):(?: +(.*))?$/.exec(
      line,
    );
    if (!match) continue;
    const indent = match[1]!.length;
    while (path.length > 0 && path.at(-1)!.indent >= indent) path.pop();
    path.push({ indent, key: plain(match[2]!) });
    const [host, ...rest] = path.map(({ key }) => key);
    const values = hosts.get(host!) ?? new Map<string, string>();
    hosts.set(host!, values);
    const value = plain((match[3] ?? "").replace(/\s+#.*$/, "").trim());
    if (rest.length > 0) values.set(rest.join("\n"), value);
  }
  return [...hosts].flatMap(([host, values]) => {
    const active = values.get("user") || undefined;
    const users = new Set(
      [...values.keys()].filter((key) => key.startsWith("users\n"))
        .map((key) => key.split("\n")[1]!),
    );
    if (active !== undefined) users.add(active);
    if (users.size === 0) {
      const token = values.get("oauth_token");
      return token ? [{ host, token, active: true }] : [];
    }
    return [...users].map((user): GhAccount => {
      const token = values.get(`users\n${user}\noauth_token`) ||
        (user === active ? values.get("oauth_token") : undefined);
      return {
        host,
        user,
        ...token ? { token } : {},
        active: active === undefined ? users.size === 1 : user === active,
      };
    });
  });
}

function plain(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
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
    for (const account of parseHosts(file.text)) {
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
          reason: "gh gives no token for it",
          hint: `gh auth login --hostname ${host}`,
        });
        continue;
      }
      found.push({
        ...providerOf(token),
        ...active || user === undefined ? {} : { connection: user },
        ...host === "github.com" ? {} : { baseUrl: `https://${host}` },
        from,
      });
    }
    return { found, skipped };
  },
};

/** OAuth tokens belong to the login, the others are keys that a person made. */
function providerOf(
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
