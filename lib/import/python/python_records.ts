/** What the records of authsome for Python become. @module */
import { defined, type Fields, isObject } from "../../object.ts";
import { Secret, secretOf } from "../../secret.ts";
import {
  connectionNameOf,
  type Found,
  foundClient,
  type Harvest,
} from "../found.ts";
import { scopesOf, textOf } from "../json.ts";
import { SECRET_HINT } from "./python_secret.ts";
import type { PythonKey } from "./python_seals.ts";

/** What a record is, by its key in the store: `openai/default`, for people. `undefined` for one that holds no secret. */
export function recordName(key: string): string | undefined {
  const path = key.replace(/^.*::/s, "");
  if (/^providers::/.test(key)) return `the definition of ${path}`;
  const [, provider, kind, name] =
    /([^:]+):(connection|client|metadata|state)(?::(.*))?$/s.exec(path) ?? [];
  if (kind === "metadata" || kind === "state" || path === "__index__") {
    return undefined;
  }
  if (kind === "connection") return `${provider}/${name}`;
  return kind === "client" ? `the OAuth client of ${provider}` : path;
}

/** Gathers opened records. */
export class PythonRecords {
  readonly #clients = new Map<
    string,
    { client: Found["client"]; baseUrl: string | undefined }
  >();
  readonly #found: { found: Found; owner: string | undefined }[] = [];
  readonly #skipped: Harvest["skipped"] = [];
  readonly #definitions = new Map<string, string>();

  /** @param key that the fields of 0.1 were sealed under. */
  async add(record: Fields, key: PythonKey | undefined): Promise<void> {
    const provider = textOf(record, "provider");
    if (provider === undefined) return this.#addDefinition(record);
    const field = (name: string) => fieldOf(record, name, key);
    const client = foundClient(
      await field("client_id"),
      await field("client_secret"),
    );
    const connection = textOf(record, "connection_name");
    const baseUrl = textOf(record, "base_url");
    if (connection === undefined) {
      if (client) this.#clients.set(provider, { client, baseUrl });
      return;
    }
    const from = `python-authsome ${provider}/${connection}`;
    const credential = await credentialOf(record, field);
    if ("reason" in credential) {
      this.#skipped.push({ from, provider, ...credential });
      return;
    }
    this.#found.push({
      found: {
        provider,
        connection,
        credential,
        ...defined({ client, baseUrl }),
        from,
      },
      owner: ["profile", "identity", "vault_id"]
        .map((name) => textOf(record, name)).find((name) => name !== undefined),
    });
  }

  /** A definition that was registered; `text` is all of it. */
  addDefinition(name: string, text: string): void {
    this.#definitions.set(name, text);
  }

  #addDefinition(record: Fields): void {
    const name = textOf(record, "name");
    if (name !== undefined && textOf(record, "auth_type") !== undefined) {
      this.addDefinition(name, JSON.stringify(record));
    }
  }

  /** All of it, with the clients at their connections. Of two connections of one name the later has its owner's before it. */
  harvest(): Harvest {
    const taken = new Set<string>();
    for (const { found, owner } of this.#found) {
      const own = this.#clients.get(found.provider);
      if (own?.client && found.credential.type === "oauth2") {
        found.client ??= own.client;
      }
      if (own?.baseUrl !== undefined) found.baseUrl ??= own.baseUrl;
      const name = (connection: string) => `${found.provider}/${connection}`;
      if (taken.has(name(found.connection!)) && owner !== undefined) {
        found.connection = connectionNameOf(`${owner}-${found.connection}`)!;
      }
      taken.add(name(found.connection!));
    }
    return {
      found: this.#found.map(({ found }) => found),
      skipped: this.#skipped,
      definitions: [...this.#definitions].map(([name, text]) => ({
        name,
        text,
        from: `python-authsome definition ${name}`,
      })),
    };
  }
}

/** A text field, sealed by itself or not. `undefined` if it is missing or does not open. */
async function fieldOf(
  record: Fields,
  name: string,
  key: PythonKey | undefined,
): Promise<string | undefined> {
  const value = record[name];
  return isObject(value) ? await key?.openField(value) : textOf(record, name);
}

async function credentialOf(
  record: Fields,
  field: (name: string) => Promise<string | undefined>,
): Promise<
  Found["credential"] | Pick<Harvest["skipped"][number], "reason" | "hint">
> {
  const provider = textOf(record, "provider");
  const login = `authsome login ${provider}`;
  const unreadable = (name: string) =>
    isObject(record[name])
      ? {
        reason: "its credential does not open with any key that was found",
        hint: SECRET_HINT,
        isSealed: true,
      }
      : { reason: "it holds no credential", hint: login };
  if (record.auth_type === "browser") {
    return {
      reason: "it is a login by the cookies of a browser, which are not taken",
      hint: "",
    };
  }
  if (record.auth_type === "api_key") {
    const key = await field("api_key");
    return key === undefined
      ? unreadable("api_key")
      : { type: "api_key", fields: { api_key: new Secret(key) } };
  }
  const accessToken = await field("access_token");
  if (accessToken === undefined) return unreadable("access_token");
  const expires = Date.parse(textOf(record, "expires_at") ?? "");
  return {
    type: "oauth2",
    accessToken: new Secret(accessToken),
    ...defined({
      refreshToken: secretOf(await field("refresh_token")),
      expiresAt: Number.isNaN(expires) ? undefined : expires,
    }),
    scopes: scopesOf(record.scopes),
    requestedScopes: [],
    captured: {},
  };
}
