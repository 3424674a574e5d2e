/** What git is told by `credential git`: the credential of the connection that serves the repository. @module */
import { sameText } from "../../bytes.ts";
import type { Connection } from "../../connection/connection.ts";
import { defined } from "../../object.ts";
import type { Broker } from "../broker.ts";
import { type HelperChoice, HelperConnections, type Place } from "./served.ts";
import type { GitAnswer, GitRequest } from "./git_protocol.ts";
import { FIRST_REQUEST } from "./git_hosts.ts";
import { isInRun } from "./in_run.ts";
import {
  disclosedLogin,
  type Login,
  loginOf,
  placeholderLogin,
} from "./login_of.ts";

/** How a helper speaks to the person. */
interface HelperOptions {
  choice?: HelperChoice;
  warn(message: string): void;
}

/**
 * The user and password of the repository that git asks about, fresh, when the audit log has noted it; `undefined` if no
 * connection serves it, so that git asks the next helper. In a run it is the placeholder.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if several providers serve it and none is preferred;
 * `CredentialExpired`, `RefreshFailed`; `StoreUnavailable` if the audit log cannot be written.
 */
export async function gitCredential(
  broker: Broker,
  request: GitRequest,
  options: HelperOptions,
): Promise<GitAnswer | undefined> {
  const place = placeOf(request);
  if (!place) return undefined;
  const { username } = request;
  const connections = new HelperConnections(broker, options);
  const served = await connections.at(place, username);
  if (!served) return undefined;
  const named = (login: Login): Login =>
    // Of a server that takes any user, git may have one in the URL.
    login.username === "" && username ? { ...login, username } : login;
  if (isInRun(broker)) {
    const login = placeholderLogin(served);
    return login && named(login);
  }
  const connection = await broker.refresh(
    await connections.connectionOf(served),
  );
  const login = await disclosedLogin(
    broker,
    served,
    connection,
    `git at ${place.host}`,
  );
  const { expiresAt } = connection.credential;
  return login && {
    ...named(login),
    ...defined({
      expiresAt: expiresAt === undefined
        ? undefined
        : Math.floor(expiresAt / 1000),
    }),
  };
}

/**
 * Marks the token that git was refused with, so that its next use anywhere refreshes it. The login itself stays. A
 * password that is none of the vault's marks nothing; without one, the token is meant that git would get.
 *
 * @returns the connection whose credential was refused; `undefined` if it is not one of the vault.
 */
export async function refuseGitCredential(
  broker: Broker,
  request: GitRequest,
  options: HelperOptions,
): Promise<{ connection: Connection; isRefreshed: boolean } | undefined> {
  const place = placeOf(request);
  const { password, username } = request;
  // In a run git was given a placeholder, and the proxy has seen the refusal itself.
  if (!place || isInRun(broker)) return undefined;
  const connections = new HelperConnections(broker, options);
  const meant = password === undefined
    ? [await connections.at(place, username) ?? []].flat()
    : await connections.all(place);
  for (const served of meant) {
    const connection = await connections.connectionOf(served);
    const login = loginOf(served, connection);
    if (
      !login || password !== undefined && !sameText(login.password, password)
    ) continue;
    const source = await broker.credentialSource();
    const isRefreshed = await source.rejected?.({
      provider: connection.provider,
      connection: connection.name,
      credential: connection.credential,
      request: `GET ${place.host}${place.path}`,
    });
    return { connection, isRefreshed: isRefreshed === true };
  }
}

/** What git's first request asks for. Plain http is never given a credential, and neither is what is no host. */
function placeOf(
  { protocol, host, port, path }: GitRequest,
): Place | undefined {
  if (protocol !== "https" || host === undefined) return undefined;
  const repository = path?.replace(/\/+$/, "") ?? "";
  return { host, port, path: `${repository}${FIRST_REQUEST}` };
}
