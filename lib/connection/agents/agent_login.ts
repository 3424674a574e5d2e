/**
 * An agent's own login: the file that the agent keeps it in, and what stands in its place under `run`. See
 * `docs/decisions/agent-logins.md`.
 *
 * @module
 */
import { base64Url } from "../../bytes.ts";
import { parseObject } from "../../object.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import { Secret } from "../../secret.ts";

/** What the file holds. */
export interface FiledLogin {
  accessToken: Secret;
  /** Absent where the login does not expire. */
  refreshToken?: Secret;
  /** For agents that read whose login it is from it. */
  idToken?: Secret;
  /** Epoch milliseconds. */
  expiresAt?: number;
  scopes: string[];
  clientId: string;
  /** What is no secret and the agent reads, by name. The placeholders keep it. */
  kept: Record<string, string>;
}

/** What changes in the file when a login is refreshed. */
export type WrittenLogin = Pick<
  FiledLogin,
  "accessToken" | "refreshToken" | "idToken" | "expiresAt" | "scopes"
>;

/** Text that stands for each token in the file and in answers. */
export interface PlaceholderTokens {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
}

/** Where an agent looks, as its environment says. */
export interface AgentWorld {
  env(name: string): string | undefined;
  /** The person's folder. */
  userFolder: string;
  os: "linux" | "darwin" | "windows";
}

/** A folder in which an agent finds its login with placeholders, in place of its own folder. */
export interface LoginView {
  /** Names the folder to the agent. */
  readonly variable: string;
  /** Where the agent's folder is below the folder that the variable names, if it is not that one. */
  readonly below?: string;
  /** What the agent looks for beside its folder, which is linked: names in the folder around its own. */
  readonly around?: readonly string[];
  /** `file`: nothing else is looked for there. `folder`: it is the agent's whole folder, so what is in its own is linked. */
  readonly holds: "file" | "folder";
  /** Variables that name its own folder for other purposes. */
  readonly ownFolder?: readonly string[];
  /** What the agent makes by and by, which is to be made in its own folder. */
  readonly made?: {
    readonly folders: readonly string[];
    readonly files: readonly string[];
  };
  /** Beginnings of names that are of the login too, such as its lock. */
  readonly beside?: readonly string[];
}

/** How one agent keeps its login. */
export interface AgentLogin {
  /** Name of the provider whose connections are its logins. */
  readonly provider: string;
  /** Of the program, for people. */
  readonly title: string;
  /** What a person types to log in. */
  readonly loginCommand: string;
  /** Why authsome does not log in itself: a clause after a colon. */
  readonly ownLoginOnly: string;
  /** Name of the file in the agent's folder. */
  readonly file: string;
  /** How it is led to another file under a plain run. */
  readonly view: LoginView;
  /** Members of the file that are the login's. */
  readonly members: readonly string[];
  /** Variables that hold such a login, and that the agent prefers to its file. */
  readonly variables: readonly string[];
  /** Variables of a run, so that the agent looks for its login nowhere else. No token is in them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the agent ends where it cannot replace its file: so it is shown nothing in a sandbox, where a variable has its login. */
  readonly replacesFile?: boolean;
  /** Of the agent's client, which its vendor publishes with it: no secret (RFC 8252, section 8.5). */
  readonly clientSecret?: string;
  /** Endpoints, URLs without a query, that the agent gets tokens from, each with what is below it. */
  readonly endpoints: readonly string[];
  /** Whether other programs get their tokens there too: what is not the agent's is none of authsome's concern. */
  readonly sharesEndpoints?: boolean;
  /** The agent's folder below the person's, where no variable names another. */
  readonly usualFolder: string;
  /** The agent's folder. */
  folder(world: AgentWorld): string;
  /** Where else the system keeps it: an entry of its keychain. */
  keychain?(
    world: AgentWorld,
  ): { service: string; account: string } | undefined;
  /** The login in the text of the file; `undefined` if the shape is not one that is known. Never a placeholder. */
  read(text: string): FiledLogin | undefined;
  /** Whether the text of a file has {@linkcode AgentLogin.placeholders} where a login belongs. */
  holdsShown(text: string): boolean;
  /** The file with `login` in the place of the one that is there; `text` is one that {@linkcode AgentLogin.read} knows, but for placeholders. */
  write(text: string, login: WrittenLogin, now: number): string;
  /** What is no secret of a login that was refreshed, from its new ID token. */
  keptOf?(idToken: Secret): Record<string, string> | undefined;
  /** The tokens as an agent sees them under `run`. */
  placeholders(kept: Readonly<Record<string, string>>): PlaceholderTokens;
  /**
   * The file as the agent sees it under `run`.
   *
   * @param text what the person's own file holds, whose other members stay; without it there are none.
   */
  shown(login: ShownLogin, text?: string): string;
  /** What the token endpoint would say, in the vendor's shape. */
  answer(login: ShownLogin): Record<string, string | number>;
  /** Whether a token of a request is one of {@linkcode AgentLogin.placeholders}. */
  isOwn(token: string): boolean;
}

/** What of a login is no secret. */
export interface ShownLogin {
  scopes: readonly string[];
  clientId?: string;
  kept: Readonly<Record<string, string>>;
}

/** When a placeholder expires, in epoch seconds: the first day of 2100. */
export const FAR = 4_102_444_800;
/** As long as a placeholder lasts by an answer, in seconds: ten years. */
export const LONG = 315_360_000;
/** Base64url of 24 bytes, which every reader of a JWT takes for a signature, and a reserved text. */
export const SIGNATURE = "authsomeproxymanaged000000000000";

/** A JWT with `claims` that nobody signed. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) =>
    base64Url(new TextEncoder().encode(JSON.stringify(value)));
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${SIGNATURE}`;
}

/** The claims of a JWT (RFC 7519), which is not verified; `undefined` if it is none. */
export function jwtClaims(token: string): Record<string, unknown> | undefined {
  const [, payload, signature] = token.split(".");
  if (!payload || !signature) return undefined;
  try {
    const bytes = Uint8Array.from(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    );
    return parseObject(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** A token as it stands in a file, if it is one: a text that is not empty and no placeholder. */
export function filedToken(value: unknown): Secret | undefined {
  return typeof value === "string" && /^[!-~]{8,65536}$/.test(value) &&
      !holdsPlaceholder(value)
    ? new Secret(value)
    : undefined;
}
