/** What a provider's answer to `whoami` says: whose credential it was given, or that it is not valid. @module */
import type { Connection, Credential } from "../connection/connection.ts";
import { connectionOption } from "../connection/hint.ts";
import { secretValues } from "../connection/secret_fields.ts";
import { AuthsomeError } from "../errors.ts";
import { markName } from "../look_alikes.ts";
import { defined, valueAt } from "../object.ts";
import type { LoginOutcome } from "../ports/conversation.ts";
import type {
  ProviderDefinition,
  WhoamiDefinition,
} from "../provider/definition.ts";
import { truncate } from "../text.ts";

/** Most characters of an account's name. */
const MAX_NAME = 100;
/** Shortest secret that is looked for in a name; a shorter one may stand there by chance. */
const MIN_SECRET = 8;

/** A credential before it is stored. */
export interface Candidate {
  definition: ProviderDefinition;
  /** Of the connection that it would become. */
  name: string;
  credential: Credential;
  baseUrl?: string;
  /** Of the OAuth client that it was made with. */
  clientId?: string;
}

/**
 * What is known of a candidate. `refused`: the provider says that the credential is not valid; `unknown`: it could not be
 * asked, or its answer says neither.
 */
export type Identity =
  | { kind: "accepted"; account?: string }
  | { kind: "refused"; said: string }
  | { kind: "unknown"; why: string };

/** Asks the provider of `candidate` once; `undefined` if its definition does not say how. Rejects if `signal` aborts. */
export type Identify = (
  candidate: Candidate,
  signal: AbortSignal,
) => Promise<Identity | undefined>;

/** What a connection keeps of an identity that was found at `now`. */
export function identified(
  identity: Identity | undefined,
  now: number,
): Pick<Connection, "account" | "verifiedAt"> {
  return identity?.kind === "accepted"
    ? { ...defined({ account: identity.account }), verifiedAt: now }
    : {};
}

/** What the person should know of an identity that is not certain, or `undefined`. */
export function doubtOf(
  definition: ProviderDefinition,
  identity: Identity,
): string | undefined {
  if (identity.kind === "accepted") return undefined;
  const why = identity.kind === "unknown"
    ? identity.why
    : `${definition.name} says ${identity.said}`;
  return definition.auth_type === "api_key"
    ? `Not verified: ${why}.`
    : `The name of the account is not known: ${why}.`;
}

/** A key that the provider says is not valid. */
export function refusedKey(
  { name: provider }: ProviderDefinition,
  connection: string,
  said: string,
  existing?: Connection,
): AuthsomeError {
  return new AuthsomeError(
    "AuthenticationFailed",
    `Cannot log in to ${provider}: the provider says ${said}, so this key does not work. ${
      existing
        ? `Connection "${connection}" is as it was`
        : "Nothing was stored"
    }`,
    `Check the key, or keep it unchecked: authsome login ${provider}${
      connectionOption(connection)
    }${existing ? " --force" : ""} --no-verify`,
    { subject: { provider, connection } },
  );
}

/** Reads an answer of the provider; `text` is its body, `undefined` if it was too long. */
export function readIdentity(
  { name, api_key }: Pick<ProviderDefinition, "name" | "api_key">,
  whoami: WhoamiDefinition,
  { status, text }: { status: number; text: string | undefined },
  credential: Credential,
): Identity {
  const { account, refused = {} } = whoami;
  const answer = parseJson(text);
  const said = refused.error === undefined
    ? undefined
    : String(valueAt(answer, refused.error));
  if (
    (refused.status ?? [401]).includes(status) &&
    (said === undefined || refused.values?.includes(said))
  ) return { kind: "refused", said: status === 200 ? said! : String(status) };
  if (status < 200 || status > 299) {
    const redirects = status === 0 || status >= 300 && status < 400;
    return {
      kind: "unknown",
      why: redirects ? `${name} redirects elsewhere` : `${name} says ${status}`,
    };
  }
  if (account === undefined) return { kind: "accepted" };
  if (answer === undefined) {
    const fault = text === undefined ? "is too long" : "is not JSON";
    return { kind: "unknown", why: `the response of ${name} ${fault}` };
  }
  for (const path of [account].flat()) {
    const found = accountName(
      valueAt(answer, path),
      whoami,
      secretValues(credential, { api_key }),
    );
    if (found !== undefined) return { kind: "accepted", account: found };
  }
  return { kind: "unknown", why: `the response of ${name} names no account` };
}

function parseJson(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The name as it is kept and shown: one line, nothing that is not seen or steers a terminal, no secret. */
function accountName(
  value: unknown,
  { prefix = "" }: WhoamiDefinition,
  secrets: readonly string[],
): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const whole = String(value).trim();
  const isSecret = secrets.some((secret) =>
    secret.length >= MIN_SECRET &&
    (whole.includes(secret) ||
      whole.length >= MIN_SECRET && secret.includes(whole))
  );
  // Enough for the name, whatever it is made of.
  const name = whole.slice(0, 10 * MAX_NAME).normalize("NFC")
    .replace(/\s+/g, " ");
  if (name === "" || isSecret) return undefined;
  const shown = markName(
    // A half of a character outside the first plane is none.
    name.toWellFormed().replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, escape),
  );
  return truncate(shown.startsWith(prefix) ? shown : prefix + shown, MAX_NAME);
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** How a login ends that made `connection`. */
export function connected(connection: Connection): LoginOutcome {
  return {
    kind: "connected",
    connection: connection.name,
    account: accountOf(connection),
  };
}

function accountOf(connection: Connection): string | undefined {
  if (connection.account !== undefined) return connection.account;
  if (connection.credential.type !== "oauth2") return undefined;
  const { account, email, login, username } = connection.credential.captured;
  return account ?? email ?? login ?? username;
}
