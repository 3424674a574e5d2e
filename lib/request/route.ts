/** Where credentials go: the routes of a run, and the one that serves a request. @module */
import type {
  AgentLogin,
  ShownLogin,
} from "../connection/agents/agent_login.ts";
import type { AcceptedPlace, Injection } from "../provider/definition.ts";
import type { FoldedWords } from "../wire/reading/folded_words.ts";
import type { PathPattern } from "../wire/reading/path_readings.ts";

/** A host that a route serves: an exact name, or an anchored pattern with exclusions. All lower case, no trailing dot. */
export type HostMatch =
  | { kind: "exact"; host: string }
  | { kind: "pattern"; pattern: RegExp; exclude: readonly string[] };

/** One destination of one connection's credential. */
export interface Route {
  provider: string;
  connection: string;
  host: HostMatch;
  /** Usually 443. */
  port: number;
  /** Whether the host was named as one that may be of a private network, or this machine. */
  allowPrivate?: boolean;
  /** `/` or a path without a trailing slash; matches whole segments. */
  pathPrefix: string;
  /** `git`: only git's smart HTTP and LFS paths below the prefix. */
  paths?: "git";
  injections: readonly Injection[];
  /** Fields of the credential that are no secrets; absent if the definition does not say. */
  publicFields?: readonly string[];
  /** Where else a placeholder is served. */
  accepts?: readonly AcceptedPlace[];
  /** What stands for each field of the credential. Default: `authsome-proxy-managed`. */
  placeholders?: Readonly<Record<string, string>>;
  /** Providers that this one was chosen over: where they serve the same requests, it wins. */
  preferredOver?: readonly string[];
  /** Added only when the request has no header of that name. */
  defaultHeaders: Readonly<Record<string, string>>;
  /** Whether the person allowed requests that ask for new credentials. */
  mayMint?: boolean;
}

/** A place on a routed host that never gets a credential: the provider's own OAuth endpoints. */
export interface ForbiddenEndpoint {
  provider?: string;
  host: string;
  /** A segment `{…}` stands for any one segment. Paths below are meant too. */
  path: string;
  /** Whether clients are to believe that they got a token there: it is the placeholder, and nothing is sent. */
  answered?: true;
  /** Whose tokens come from there, if it is an agent's own login. */
  login?: RunLogin;
}

/** An agent's own login in a run. No secret is in it. */
export interface RunLogin {
  agent: AgentLogin;
  shown: ShownLogin;
}

/** The routes of an agent's own login: they serve only what carries the placeholder of its file. */
export interface LoginRoutes {
  agent: Pick<AgentLogin, "isOwn">;
  table: RouteTable;
}

/** Requests that a provider answers with a new credential; see `MintingPlace`. */
export interface MintingRule {
  provider: string;
  places: readonly { host: HostMatch; paths: readonly PathPattern[] }[];
  /** Absent: every method. */
  methods?: readonly string[];
  /** Each must be there with one of the values, which are patterns. */
  query?: FoldedWords;
  /** The same in a header. */
  header?: FoldedWords;
  /** The same in the query or in a form that is the body. */
  form?: FoldedWords;
  /** Words that the query or the body mentions one of. */
  mentions?: readonly string[];
  /** What the answer would hold. */
  reason: string;
}

/** The routes of a run. */
export interface RouteTable {
  routes: readonly Route[];
  forbidden: readonly ForbiddenEndpoint[];
  /** Where new credentials are made. */
  minting?: readonly MintingRule[];
  /** Of agents' own logins. */
  logins?: readonly LoginRoutes[];
  /** By name of a connection: the routes of every connection called so, for placeholders that carry the name. */
  named?: ReadonlyMap<string, RouteTable>;
  /** Every place that one of `named` leads to, beside those of this table; for questions about hosts. */
  namedPlaces?: RouteTable;
}

/** Why a request is or is not injected; the code stands in `X-Authsome-Reason` and in the audit log. */
export type ReasonCode =
  | "routed"
  | "no_route"
  | "tie"
  | "policy"
  /** A rule of the person's is against it, or the rules cannot be read. */
  | "rule"
  /** A rule asks a person, who said no, or nothing in time. */
  | "approval"
  /** The limit of a rule is reached. */
  | "limit"
  | "oauth_endpoint"
  /** The answer would hold a new credential. */
  | "minting_refused"
  | "credential_missing"
  | "credential_expired"
  | "refresh_failed"
  /** `audit.required` is set, and what was done could not be recorded. */
  | "audit_unwritable"
  /** The provider refused the request because the token lacks a scope. */
  | "insufficient_scope"
  | "authority_mismatch"
  | "method_refused"
  | "plain_http"
  /** The client gave the TLS handshake up: as a rule it does not trust the CA of the run. */
  | "handshake_failed"
  | "placeholder_misplaced"
  | "not_signable"
  /** The body, or a message, is where the credential belongs, and is not one that it can be put into. */
  | "not_injectable"
  | "bad_request"
  | "destination_refused"
  | "upstream_unreachable"
  | "upstream_untrusted"
  | "proxy_authentication_required"
  /** The command ended and never came to the proxy; only in the audit log. */
  | "proxy_unused";

/**
 * The route of one request. `tie`: several providers at the same prefix length and none
 * preferred; the request is refused, since without a credential it would fail for no visible reason.
 */
export type RouteDecision =
  | { kind: "route"; route: Route }
  | { kind: "tie"; providers: string[] }
  | {
    kind: "forbidden";
    provider?: string;
    answered?: true;
    login?: RunLogin;
    /** Set if another provider answers at the same place what is not of `login`. */
    otherwise?: RouteDecision;
  }
  | { kind: "none" };
