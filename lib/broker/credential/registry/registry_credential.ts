/** Credentials of package registries: of crates, of Python and of npm packages. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { Broker } from "../../broker.ts";
import {
  cargoRefusal,
  type CargoRequest,
  cargoToken,
  sparseIndex,
} from "./cargo_protocol.ts";
import { indexAddress, type KeyringRequest } from "./keyring_words.ts";
import { placeOfUrl } from "../place_of_url.ts";
import {
  type ServerCredential,
  serverCredential,
} from "../server_credential.ts";
import { type HelperChoice, HelperConnections } from "../served.ts";

/** Who may answer, and who is told of what is left out. */
export interface HelperOptions {
  choice: HelperChoice;
  warn(message: string): void;
}

/** Registries whose index is at another address than what takes the token. */
const API_OF_INDEX: Readonly<Record<string, string>> = {
  "https://index.crates.io/": "https://crates.io/api/v1/",
  "https://github.com/rust-lang/crates.io-index": "https://crates.io/api/v1/",
};

/** Users of an index that stand for whoever has the token. */
const ANY_USER =
  /^(?:__token__|_json_key|api|aws|oauth2accesstoken|token|user(?:name)?|x-access-token)$/i;

/** The user of an index that wants a token. */
const TOKEN_USER = "__token__";

/**
 * What stands behind `Authorization:` of requests to a registry; `undefined` if no connection serves it.
 *
 * @throws {AuthsomeError} what {@linkcode serverCredential} throws; `OperationNotAllowed` if several connections serve it
 * and none is preferred.
 */
async function credentialAt(
  broker: () => Promise<Broker>,
  url: string,
  tool: string,
  { choice, warn, username }: HelperOptions & { username?: string | undefined },
): Promise<ServerCredential | undefined> {
  const place = placeOfUrl(url);
  if (!place) return undefined;
  const opened = await broker();
  const helpers = new HelperConnections(opened, { choice, warn });
  const served = await helpers.at(place, username);
  return served && await serverCredential(opened, served, tool, place);
}

/** The answer to a request of Cargo, one line. An unknown registry is not refused: Cargo asks its next provider. */
export async function answerCargo(
  broker: () => Promise<Broker>,
  request: CargoRequest | undefined,
  options: HelperOptions,
): Promise<string> {
  if (request === undefined) {
    return cargoRefusal("other", "the request is not one of Cargo");
  }
  if (request.kind === "unknown") {
    return cargoRefusal("operation-not-supported");
  }
  // What Cargo knows by itself it goes on to keep and to remove.
  if (request.kind !== "get") return cargoRefusal("url-not-supported");
  try {
    const found = await cargoAuthorization(broker, request.indexUrl, options);
    return found
      ? cargoToken({ ...found, token: found.authorization })
      : cargoRefusal("url-not-supported");
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return cargoRefusal("other", `${error.message}. Do: ${error.hint}`);
  }
}

/** The token of the registry with this index (`CARGO_REGISTRY_INDEX_URL`); `undefined` if no connection serves it. */
export async function cargoAuthorization(
  broker: () => Promise<Broker>,
  indexUrl: string,
  options: HelperOptions,
): Promise<ServerCredential | undefined> {
  const index = sparseIndex(indexUrl) ?? indexUrl;
  const url = Object.hasOwn(API_OF_INDEX, index) ? API_OF_INDEX[index] : index;
  // Any other git repository is cloned with the credentials of git.
  if (url === index && sparseIndex(indexUrl) === undefined) return undefined;
  return await credentialAt(broker, url!, "cargo", options);
}

/** User and password of an index; `undefined` if no connection serves it. */
export async function keyringAnswer(
  broker: () => Promise<Broker>,
  { service, username }: KeyringRequest,
  options: HelperOptions,
): Promise<{ username: string; password: string } | undefined> {
  const url = indexAddress(service);
  if (!url) return undefined;
  const named = username ?? (decodeURIComponent(url.username) || undefined);
  const found = await credentialAt(broker, url.href, "pip", {
    ...options,
    username: named !== undefined && ANY_USER.test(named) ? undefined : named,
  });
  if (!found) return undefined;
  return {
    username: found.username || named || TOKEN_USER,
    password: found.token,
  };
}

/** The registry that npm has if nothing else is said. */
export const NPM_REGISTRY = "https://registry.npmjs.org/";

/**
 * The credential for a registry of npm packages.
 *
 * @throws {AuthsomeError} `ConnectionNotFound` if no connection serves it; as {@linkcode credentialAt}.
 */
export async function npmCredential(
  broker: () => Promise<Broker>,
  registry: string,
  options: HelperOptions,
): Promise<ServerCredential> {
  const found = await credentialAt(broker, registry, "npm", options);
  if (found) return found;
  throw new AuthsomeError(
    "ConnectionNotFound",
    "Cannot get a token for the registry: no connection serves it",
    registry === NPM_REGISTRY
      ? "authsome login npm"
      : "See which providers you have: authsome list",
    { subject: { provider: "npm" } },
  );
}
