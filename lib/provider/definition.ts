/**
 * The definition of a provider, schema version 1, as it stands in a file: names are snake_case as on the wire.
 * A bundled definition and a user's file have the same shape; `parse.ts` checks it.
 *
 * @module
 */
import type { MintingPlace } from "./operations/minting_place.ts";
import type { OperationsDefinition } from "./operations/operations_definition.ts";
import type * as client from "./secret/client_fields.ts";

/** How a connection is made. */
export type FlowName =
  | "pkce"
  | "device_code"
  | "dcr_pkce"
  | "client_credentials"
  | "key_exchange"
  | "jwt_bearer"
  | "github_app"
  | "github_app_manifest"
  | "aws_role"
  | "aws_sso"
  | "agent_login"
  | "api_key";

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
  }
  /** A member of the request's body. The body is read whole first; another form, or one that is encoded, is refused. */
  | {
    kind: "body";
    format: "json" | "form";
    /** Name of the parameter, or dotted path of the JSON member. */
    name: string;
    value: string;
    /** Longest body, in bytes. Default: 1,048,576. */
    max_bytes?: number;
  }
  /** A member of a JSON message that the client sends over a WebSocket, which is how some servers are logged in to. */
  | {
    kind: "websocket";
    /** Dotted path of the JSON member. */
    name: string;
    value: string;
    /** Members that such a message has, by dotted path: `{"op": 2}`. Default: any. */
    match?: Record<string, string | number>;
  };

/**
 * Another place where the provider takes the credential, or where its clients put it besides. A placeholder there is served:
 * it is replaced by `value` if that is given, and removed otherwise, since the credential is in its own place by then.
 */
export type AcceptedPlace =
  | { kind: "header"; name: string; value?: string }
  | { kind: "query"; name: string; value?: string }
  /** One pair of the `Cookie` header. */
  | { kind: "cookie"; name: string; value?: string }
  /** Basic credentials. */
  | { kind: "basic" };

/** A value that is no secret and is part of another. */
export interface PublicValue {
  /** A field of the credential, or `base_url`. */
  from: string;
  /** The first group of this pattern is the value; of a secret a part, which leaves 16 characters and half of it. */
  pattern: string;
}

/**
 * A configuration file that some client insists on, as a sandboxed command sees it below its home. It is never on disk,
 * and holds placeholders only.
 */
export interface ConfigFile {
  /** Below the home: `.npmrc`, `.config/gh/hosts.yml`. */
  path: string;
  /** `{field}` is the placeholder of a secret, or a value that is no secret. */
  text: string;
  /** Where the client documents it. */
  source: string;
}

/** A sibling route of the same credential with another injection (git over https with Basic, for one). */
export interface ExtraRoute {
  /** As in {@linkcode ProviderDefinition}. */
  api_url: string | string[];
  /** Where the credential goes on these hosts. */
  inject: Injection;
  /** As in {@linkcode ProviderDefinition}, on these hosts. */
  accepts?: AcceptedPlace[];
  /** `git`: only the paths of git's smart HTTP protocol and LFS, not the pages of the same host. */
  paths?: "git";
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
  /** Scopes that `login` requests unless others are given. */
  scopes?: string[];
  /** Additional scopes, requested only to obtain a refresh token; not part of the default scopes. */
  refresh_scopes?: string[];
  /** Default: a space. */
  scope_separator?: string;
  /** Default: `scope`. */
  scope_param?: string;
  /** Name of the scope parameter in device requests, including polls. Default: `scope_param`, in the first request only. */
  device_scope_param?: string;
  /** A second scope parameter: name and scopes (Slack's `user_scope`). */
  extra_scope_param?: { name: string; scopes: string[] };
  /** Name of the `client_id` parameter, if it is another one (TikTok's `client_key`). */
  client_id_param?: string;
  /** Encoding of the code challenge, if it is not base64url as in RFC 7636. */
  code_challenge_encoding?: "hex";
  /** Whether a code challenge (RFC 7636, S256) is sent. Default: true. */
  pkce?: boolean;
  /** Whether the device flow is offered. */
  supports_device_code?: boolean;
  /** Whether clients can be registered dynamically (RFC 7591). */
  supports_dcr?: boolean;
  /** Further parameters of the authorization request. */
  authorization_params?: Record<string, string>;
  /** Further parameters of the token request. */
  token_params?: Record<string, string>;
  /** Further parameters of the refresh request. */
  refresh_params?: Record<string, string>;
  /**
   * For a provider without refresh tokens: the access token itself is exchanged for one that lives longer, at login and
   * again before it expires. Names of the grant type and of the parameter that carries the token.
   */
  token_exchange?: { grant_type: string; token_param: string };
  /**
   * Default: `client_secret_post` with a secret, `none` without. For `private_key_jwt` (RFC 7523 §2.2) `login` asks for
   * the client's private key instead of a secret.
   */
  token_auth_method?: client.TokenAuthMethod;
  /** The assertions of `private_key_jwt`. */
  client_assertion?: client.ClientAssertion;
  /** Whether tokens are bound to a key (DPoP, RFC 9449). Default: if the resource's metadata or the server asks for it. */
  dpop?: boolean;
  /** Default: `form`. */
  token_body?: "form" | "json";
  /** How to read the token response, if it is not the standard one. */
  token_response?: {
    /** Dotted paths into the JSON response. Default: the name itself, there or in the one object that holds a token. */
    access_token?: string;
    refresh_token?: string;
    expires_in?: string;
    scope?: string;
    /** Dotted path of the error code in a response without a token. Default: `error`. */
    error?: string;
    /** Whether a response with status 200 may be an error. Default: an `error` member always means an error. */
    error_with_http_200?: boolean;
  };
  /** `standard` token polling, or JSON requests with the device code under another name (Postiz). */
  device_token_request?: {
    body: "json";
    code_param: string;
    url?: string;
    grant_type?: string;
  };
  /** How to revoke, if it is not the standard way. */
  revocation?: {
    style: "rfc7009" | "delete" | "delete_basic_json" | "json" | "bearer_post";
    auth?: "none" | "client_secret_basic" | "client_secret_post";
    /** Name of the token parameter. Default: `token`. */
    token_param?: string;
    /** Names of the client's members in a JSON request. Default: `client_id` and `client_secret`. */
    client_id_param?: string;
    client_secret_param?: string;
  };
  /** Values to keep from the token response (dotted path), the callback query, or one GET after login. */
  capture?: {
    token_response?: Record<string, string>;
    callback?: string[];
    request?: { url: string; values: Record<string, string> };
  };
  /** Which redirect URIs the provider accepts; shown before the user registers an app. */
  redirect_rules?: "any_loopback" | "localhost" | "https_only";
  /** What to register, or to do, where the provider may refuse `http://127.0.0.1`; one sentence, shown with the rule. */
  redirect_instead?: string;
  /** Default: header `Authorization: Bearer {access_token}`. */
  inject?: Injection[];
}

/**
 * A credential of a short life that is minted from one of a long life, its source. The source is kept in the vault, is sent
 * to the endpoint that mints and nowhere else, and is neither shown nor exported.
 */
export interface MintDefinition {
  /** Fields of the source, as they are asked for at login. */
  fields: string[];
  /** Those of `fields` that are no secrets. */
  public_fields?: string[];
  /** Those of `fields` that may be left out. */
  optional_fields?: string[];
  /** Those of `fields` that are the text of a file: a key in PEM, or JSON. They may have several lines. */
  file_fields?: string[];
  /**
   * Flow `key_exchange`: what is sent to `oauth.token_url`. `{field}` is a field of the source. A parameter whose field was
   * left out is not sent.
   */
  request?: {
    parameters: Record<string, string>;
    basic?: { username: string; password: string };
  };
  /**
   * Flow `jwt_bearer`: claims of the assertion (RFC 7523 section 3), whose algorithm is the key's. `{field}` is a field of the
   * source, or a member of one that is a JSON file.
   */
  jwt?: {
    issuer: string;
    subject?: string;
    /** Default: the token endpoint. */
    audience?: string;
    /** Private key in PEM or JWK; an RSA key has at least 2048 bits and signs with RS256. */
    key: string;
    key_id?: string;
    /** Member of the JSON file that names another token endpoint: taken only on the domain of `oauth.token_url`. */
    token_url?: string;
  };
  /** Seconds that the credential works, if the response does not say it. A JWT says it itself. */
  lifetime?: number;
  /** Flow `aws_role`: providers whose keys may assume the role. */
  from?: string[];
  /** Flows `aws_role` and `aws_sso`: the endpoints, by their name. May hold `{region}`. */
  urls?: Record<string, string>;
}

/** API key facts. */
export interface ApiKeyDefinition {
  /** Default tenant; `login --base-url` replaces it. */
  base_url?: string;
  /** Default: `Authorization`. */
  header_name?: string;
  /** Prefix before the key; empty for the raw key. Default: `Bearer`. */
  header_prefix?: string;
  /** Replaces `header_name` and `header_prefix`. */
  inject?: Injection[];
  /** Secrets that make up the credential. Default: `["api_key"]`. */
  secret_fields?: string[];
  /**
   * Fields of the credential that are no secrets, such as an account id or an e-mail address: asked for before the
   * secrets, shown, and given to commands as they are. None may be named like a secret. Default: none, and what is
   * redacted beside the secrets goes by the names of the fields.
   */
  public_fields?: string[];
  /** The `secret_fields` and `public_fields` that may be left out. */
  optional_fields?: string[];
  /** Anchored pattern that keys usually match; a mismatch is a warning. */
  key_pattern?: string;
  /** The secret field that `key_pattern` applies to. Default: the first. */
  key_pattern_field?: string;
  /** What a key looks like, in words. */
  key_pattern_hint?: string;
  /**
   * Environment variable that may hold the key at login; several in order of preference. For a credential with several
   * fields, `export.env` names the variable of each.
   */
  env_var?: string | string[];
}

/**
 * The request that asks the provider, once after a login, whose credential it was given. It gets the credential as any
 * request to its host does.
 */
export interface WhoamiDefinition {
  /** Default: `GET`. */
  method?: "GET" | "POST";
  /**
   * `host/path` with or without a query, where the host is written as in `api_url`, or `/path` below the first entry of
   * `api_url`. Must be served by `api_url` or `extra_routes`. Of a list, the first that the connection's tenant has is
   * asked. `{field}` of an injection of kind `path` may stand in the path.
   */
  url: string | string[];
  /** Further headers. */
  headers?: Record<string, string>;
  /** Sent as it is, such as a GraphQL query; as JSON unless `headers` say otherwise. Needs `method` `POST`. */
  body?: string;
  /**
   * Dotted path of the account's name in the JSON response; of a list, the first that is there. Default: none, the
   * response only says whether the credential works.
   */
  account?: string | string[];
  /** What is written before the name, such as `@`. */
  prefix?: string;
  /** Which responses say that the credential is not valid. */
  refused?: {
    /** Their statuses; none if no status is certain. Default: 401. */
    status?: number[];
    /** Dotted path of an error in the JSON response that must have one of `values` besides. */
    error?: string;
    values?: string[];
  };
  /** Where the provider documents it. */
  docs_url?: string;
}

/** A provider definition. */
export interface ProviderDefinition {
  /** Version of this schema. */
  schema_version: 1;
  /** `^[a-z0-9][a-z0-9_-]{0,62}$`; also the file's name. */
  name: string;
  /** Display name. */
  display_name: string;
  /** What the credential is. */
  auth_type: "oauth2" | "api_key";
  /** The default flow. */
  flow: FlowName;
  /**
   * Where the credential goes: `host`, `host/path-prefix`, `host:port`, or `regex:^…$` anchored on a registrable domain. A list for
   * several hosts. `{base_url_host}`, a captured value such as `{instance_url}`, or one of `public_values` that is part of
   * the base URL may stand for a host or its end (`logs.{site}`). Entries with `{base_url_host}` beside fixed ones are those of a self-managed server: they replace the fixed ones when the
   * connection has a base URL of its own.
   */
  api_url: string | string[];
  /** Whether these hosts may have addresses of a private network or of this machine; `register` asks for consent. */
  allow_private?: boolean;
  /** Hosts, including their subdomains, to exclude from the patterns of `api_url`. */
  exclude_hosts?: string[];
  /** Hosts where the same credential goes into another part of the request. */
  extra_routes?: ExtraRoute[];
  /** For `auth_type` `oauth2`. */
  oauth?: OAuthDefinition;
  /** For `auth_type` `api_key`. */
  api_key?: ApiKeyDefinition;
  /** For a flow that mints the credential from a source. */
  mint?: MintDefinition;
  /** The OAuth client: environment variables that may hold it, and what it needs besides its ID and secret. */
  client?: client.ClientDefinition;
  /** Headers added only when the request has none of that name. */
  default_headers?: Record<string, string>;
  /** Example of a base URL, shown when `login` needs one. */
  base_url_example?: string;
  /**
   * What stands for the secret in a command, if clients check what a key looks like: of the first secret, or by field.
   * Holds one of the reserved texts of `lib/placeholder.ts`, and perhaps `{name}` of `public_values`. Default:
   * `authsome-proxy-managed`.
   */
  placeholder?: string | Record<string, string>;
  /** Values by name that are no secrets and are part of a field or of the base URL: the data centre in a key. */
  public_values?: Record<string, PublicValue>;
  /** Other places where the provider takes the credential, or where its clients put it besides. */
  accepts?: AcceptedPlace[];
  /**
   * Variable → credential field (`access_token`, `api_key`, a secret field), or what is no secret: a public field or
   * value, `base_url`, `base_url_host`, `client_id`, a captured value. Never `refresh_token` at run time. A variable of a
   * secret must be named like a credential (`ACME_TOKEN`), any other like its provider or one of its credentials
   * (`ACME_URL`).
   */
  export?: { env: Record<string, string> };
  /** Configuration files for clients that insist on one. */
  config_files?: ConfigFile[];
  /** Requests that create credentials; an empty list if none is documented. */
  minting?: MintingPlace[];
  /** Which requests only read. Default: by their method, GET and HEAD. */
  operations?: OperationsDefinition;
  /** Asks whose credential it is after a login, and whether a key works. */
  whoami?: WhoamiDefinition;
  /** When its facts were last compared with their sources: `2026-11`. */
  checked?: string;
  /** Where its facts come from, besides `docs_url`: addresses, or names of published packages. */
  sources?: string[];
  /** Whether only one source was found for what matters. */
  unverified?: boolean;
  /** Group in lists. */
  category?: string;
  /** The API's documentation. */
  docs_url?: string;
  /** Where users create the key or register the app. */
  dashboard_url?: string;
  /** What to choose or do where the key is created or the app is registered, shown before the fields of the login page. */
  setup_notes?: string[];
  /** Quirks that matter once there is a connection, shown behind the fields of the login page. */
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
