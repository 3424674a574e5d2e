/**
 * The definition of a provider, schema version 1, as it stands in a file: names are snake_case as on the wire.
 * A bundled definition and a user's file have the same shape; `parse.ts` checks it.
 *
 * @module
 */

/** How a connection is made. `lib/login/flows.ts` says what each is. */
export type FlowName =
  | "pkce"
  | "device_code"
  | "dcr_pkce"
  | "client_credentials"
  | "api_key";

const FLOWS: Readonly<Record<FlowName, true>> = {
  pkce: true,
  device_code: true,
  dcr_pkce: true,
  client_credentials: true,
  api_key: true,
};

/** Every flow, in the order in which they are listed. */
export const FLOW_NAMES = Object.keys(FLOWS) as FlowName[];

/**
 * One place of a request where a credential goes. Templates hold `{field}` for a field of the credential
 * (`access_token`, `api_key`, or a named secret field), `{client_id}`, or a captured value.
 */
export type Injection =
  | {
    kind: "header";
    name: string;
    value: string;
    /** First words that some keys bring along (Fly's `FlyV1`): such a key is sent alone, whatever `value` says. */
    schemes?: string[];
  }
  | { kind: "basic"; username: string; password: string }
  | { kind: "query"; name: string; value: string }
  | { kind: "path"; template: string }
  /** The request is signed (AWS Signature Version 4); the secret itself is never sent. */
  | {
    kind: "sigv4";
    access_key_id: string;
    secret_access_key: string;
    /** Sent and signed if the credential has it. */
    session_token?: string;
  };

/** A sibling route of the same credential with another injection (git over https with Basic, for one). */
export interface ExtraRoute {
  /** As in {@linkcode ProviderDefinition}. */
  api_url: string | string[];
  /** Where the credential goes on these hosts. */
  inject: Injection;
  /** `git`: only the paths of git's smart HTTP protocol and LFS, not the pages of the same host. */
  paths?: "git";
}

/**
 * Requests that the provider answers with a new credential, such as an API key. They are refused unless the person allows
 * them (`run --allow-minting`), since what is made would outlive the run. Everything that is given must hold.
 */
export interface MintingPlace {
  /** Default: every method. */
  method?: string | string[];
  /** As in `api_url`. Default: all hosts of the definition. */
  host?: string | string[];
  /** Path on the host. `{name}` stands for one segment or a part of it, a last `/**` for whatever is below. */
  path: string | string[];
  /** Parameters of the query with the values that count. `{name}` stands for any text. */
  query?: Record<string, string | string[]>;
  /** Headers with the values that count. */
  header?: Record<string, string | string[]>;
  /** Parameters in the query or in a form that is the body; whatever cannot be read as one is refused. */
  form?: Record<string, string | string[]>;
  /** Words, such as fields of GraphQL or what stands in a batch; a request whose query or body mentions one counts. */
  mentions?: string[];
  /** What is made, for people: `a personal access token`. */
  reason: string;
  /** Where the provider documents it. */
  source: string;
}

/** RFC 6749 client and endpoint facts. URLs may hold `{base_url}`. */
export interface OAuthDefinition {
  /** Default tenant; `login --base-url` replaces it for the endpoints and for routing. */
  base_url?: string;
  /** Authorization endpoint (RFC 6749 §3.1). */
  authorization_url?: string;
  /** Token endpoint (RFC 6749 §3.2). */
  token_url?: string;
  /** Where refresh requests go, if not to `token_url`. */
  refresh_url?: string;
  /** Revocation endpoint (RFC 7009). */
  revocation_url?: string;
  /** Device authorization endpoint (RFC 8628). */
  device_authorization_url?: string;
  /** Client registration endpoint (RFC 7591). */
  registration_endpoint?: string;
  /** Issuer for discovery (RFC 8414). */
  issuer?: string;
  /** Resource indicator (RFC 8707), and where discovery of a remote MCP server starts (RFC 9728). */
  resource?: string;
  /** Scopes that `login` asks for unless others are given. */
  scopes?: string[];
  /** Scopes requested in addition, only to obtain a refresh token; not part of the default scopes. */
  refresh_scopes?: string[];
  /** Default: a space. */
  scope_separator?: string;
  /** Default: `scope`. */
  scope_param?: string;
  /** Name of the scope parameter in device requests, also in those that poll. Default: `scope_param`, in the first only. */
  device_scope_param?: string;
  /** A second scope parameter: name and scopes (Slack's `user_scope`). */
  extra_scope_param?: { name: string; scopes: string[] };
  /** Name of the `client_id` parameter where it has another (TikTok's `client_key`). */
  client_id_param?: string;
  /** How the code challenge is written where it is not base64url, as RFC 7636 has it. */
  code_challenge_encoding?: "hex";
  /** Whether a code challenge (RFC 7636, S256) is sent. Default: true. */
  pkce?: boolean;
  /** Whether the device flow is offered. */
  supports_device_code?: boolean;
  /** Whether a client can be registered by the program itself. */
  supports_dcr?: boolean;
  /** Further parameters of the authorization request. */
  authorization_params?: Record<string, string>;
  /** Further parameters of the token request. */
  token_params?: Record<string, string>;
  /** Further parameters of the refresh request. */
  refresh_params?: Record<string, string>;
  /**
   * For a provider without refresh tokens: the access token itself is exchanged for one that lives longer, at login and
   * again before it lapses. Names of the grant and of the parameter that carries the token.
   */
  token_exchange?: { grant_type: string; token_param: string };
  /** Default: `client_secret_post` with a secret, `none` without. */
  token_auth_method?: "none" | "client_secret_basic" | "client_secret_post";
  /** Default: `form`. */
  token_body?: "form" | "json";
  /** How to read the answer of the token endpoint, where it is not the standard one. */
  token_response?: {
    /** Dotted paths into the JSON answer. Default: the name itself. */
    access_token?: string;
    refresh_token?: string;
    expires_in?: string;
    scope?: string;
    /** Dotted path of the error code in an answer without a token. Default: `error`. */
    error?: string;
    /** Whether an answer with status 200 may be an error. Default: an `error` member is always one. */
    error_with_http_200?: boolean;
  };
  /** `standard` token polling, or JSON requests with the device code under another name (Postiz). */
  device_token_request?: {
    body: "json";
    code_param: string;
    url?: string;
    grant_type?: string;
  };
  /** How to revoke, where it is not the standard way. */
  revocation?: {
    style: "rfc7009" | "delete" | "delete_basic_json" | "json" | "bearer_post";
    auth?: "none" | "client_secret_basic" | "client_secret_post";
    /** Name of the token parameter. Default: `token`. */
    token_param?: string;
    /** Names of the client's members in a JSON request. Default: `client_id` and `client_secret`. */
    client_id_param?: string;
    client_secret_param?: string;
  };
  /** Values kept from the token response (dotted path), the callback query, or one GET after login. */
  capture?: {
    token_response?: Record<string, string>;
    callback?: string[];
    request?: { url: string; values: Record<string, string> };
  };
  /** Which redirect URIs the provider accepts; said before the person registers an app. */
  redirect_rules?: "any_loopback" | "localhost" | "https_only";
  /** Default: header `Authorization: Bearer {access_token}`. */
  inject?: Injection[];
}

/** API key facts. */
export interface ApiKeyDefinition {
  /** Default tenant; `login --base-url` replaces it. */
  base_url?: string;
  /** Default: `Authorization`. */
  header_name?: string;
  /** Word before the key; empty for the raw key. Default: `Bearer`. */
  header_prefix?: string;
  /** In place of `header_name` and `header_prefix`. */
  inject?: Injection[];
  /** Secrets that make up the credential. Default: `["api_key"]`. */
  secret_fields?: string[];
  /** Those of `secret_fields` that may be left out. */
  optional_fields?: string[];
  /** Anchored pattern that keys usually match; a mismatch warns. */
  key_pattern?: string;
  /** The one of `secret_fields` that `key_pattern` is for. Default: the first. */
  key_pattern_field?: string;
  /** What a key looks like, in words. */
  key_pattern_hint?: string;
  /**
   * Environment variable that may hold the key at login; several in order of preference. For a credential of several
   * fields, `export.env` names the variable of each.
   */
  env_var?: string | string[];
}

/** A provider definition. */
export interface ProviderDefinition {
  /** Version of this shape. */
  schema_version: 1;
  /** `^[a-z0-9][a-z0-9_-]{0,62}$`; also the file's name. */
  name: string;
  /** Name for people. */
  display_name: string;
  /** What the credential is. */
  auth_type: "oauth2" | "api_key";
  /** The default flow. */
  flow: FlowName;
  /**
   * Where the credential goes: `host`, `host/path-prefix`, `host:port`, or `regex:^…$` anchored on a registrable domain. Several for
   * several hosts. May begin with `{base_url_host}` or a captured value such as `{instance_url}`. Entries with
   * `{base_url_host}` beside fixed ones are those of a self-managed server: they replace the fixed ones when the
   * connection has a base URL of its own.
   */
  api_url: string | string[];
  /** Whether these hosts may have addresses of a private network or of this machine; `register` asks for consent. */
  allow_private?: boolean;
  /** Hosts, with all below them, that a pattern of `api_url` would catch and must not. */
  exclude_hosts?: string[];
  /** Hosts where the same credential goes elsewhere into the request. */
  extra_routes?: ExtraRoute[];
  /** For `auth_type` `oauth2`. */
  oauth?: OAuthDefinition;
  /** For `auth_type` `api_key`. */
  api_key?: ApiKeyDefinition;
  /** Environment variables that may hold the OAuth client. */
  client?: { client_id_env?: string; client_secret_env?: string };
  /** Headers added only when the request has none of that name. */
  default_headers?: Record<string, string>;
  /** What a base URL looks like, said when `login` needs one. */
  base_url_example?: string;
  /**
   * Variable → credential field (`access_token`, `api_key`, a secret field). Never `refresh_token` at run time. Its name,
   * as that of every variable here, must be a credential's (`ACME_TOKEN`).
   */
  export?: { env: Record<string, string> };
  /** Where new credentials are made; an empty list where none is documented. */
  minting?: MintingPlace[];
  /** Group in lists. */
  category?: string;
  /** The API's documentation. */
  docs_url?: string;
  /** Where a person makes the key or registers the app. */
  dashboard_url?: string;
  /** Prerequisites and quirks, for people. */
  notes?: string[];
}

/** What a list says of a provider. */
export type ProviderSummary = Pick<
  ProviderDefinition,
  "name" | "display_name" | "auth_type" | "category"
>;

/** A definition and where it came from. */
export interface Provider {
  /** The definition, validated. */
  definition: ProviderDefinition;
  /** `custom`: a file of the user. */
  source: "bundled" | "custom";
  /** Fields that were read and mean nothing here. */
  warnings: string[];
}
