/** What the OAuth client of a person is made of, where that is more than an ID and a secret. @module */
/** How a client can prove itself (RFC 6749 §2.3, RFC 7523 §2.2). */
export type TokenAuthMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "private_key_jwt";

/** The OAuth client of a person. */
export interface ClientDefinition {
  /** Environment variable that may hold the client ID. */
  client_id_env?: string;
  /** Environment variable that may hold the client secret. */
  client_secret_env?: string;
  /** Environment variable that may hold the private key, for `token_auth_method` `private_key_jwt`. */
  private_key_env?: string;
  /**
   * Further values that the client needs, such as an account or a second secret, by name: asked for at login, and put into
   * `oauth.token_params` and `oauth.refresh_params` where those hold `{name}`. `second_client_secret` is used where the
   * server refuses the first secret.
   */
  fields?: Record<string, ClientField>;
}

/** A value that a client needs besides its ID and secret. */
export interface ClientField {
  /** Whether it is no secret. */
  public?: boolean;
  /** Whether it may be left out; a parameter that holds it is not sent then. */
  optional?: boolean;
  /** Environment variable that may hold it. */
  env?: string;
}

/** The assertions of a client (RFC 7523 §2.2). */
export interface ClientAssertion {
  /** Who they are for: `issuer`, `token_endpoint` or a URL. Default: the issuer if it is known, else the token endpoint. */
  audience?: string;
  /** Their algorithm (RFC 7518). Default: what the server's metadata takes of those that the key can sign with. */
  alg?: string;
}

/** What a definition says of its client. */
interface ClientFacts {
  oauth?: { token_auth_method?: TokenAuthMethod };
  client?: ClientDefinition;
}

/** Names of fields that mean the same everywhere. */
export const CLIENT_ID = "client_id";
export const CLIENT_SECRET = "client_secret";
export const SECOND_SECRET = "second_client_secret";
export const PRIVATE_KEY = "private_key";
export const KEY_ID = "key_id";

/**
 * The fields that are asked for together, in their order; `undefined` where the client has no more than an ID and a secret,
 * for which there is a question of its own.
 */
export function clientFields(
  { oauth, client = {} }: ClientFacts,
): Record<string, ClientField> | undefined {
  const signs = oauth?.token_auth_method === "private_key_jwt";
  const { fields = {} } = client;
  if (!signs && Object.keys(fields).length === 0) return undefined;
  const env = (name: string | undefined) =>
    name === undefined ? {} : { env: name };
  const id = { [CLIENT_ID]: { public: true, ...env(client.client_id_env) } };
  const proof: Record<string, ClientField> = signs
    ? {
      [PRIVATE_KEY]: env(client.private_key_env),
      [KEY_ID]: { public: true, optional: true },
    }
    : oauth?.token_auth_method === "none"
    ? {}
    : { [CLIENT_SECRET]: env(client.client_secret_env) };
  return { ...id, ...proof, ...fields };
}

/** The field `name` of the client, if the definition has it. */
export function clientField(
  definition: ClientFacts,
  name: string,
): ClientField | undefined {
  const fields = clientFields(definition);
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}
