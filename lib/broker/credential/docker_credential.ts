/** What Docker and other clients of registries are told by `credential docker`. @module */
import { sameText } from "../../bytes.ts";
import type { Connection } from "../../connection/connection.ts";
import { fieldNames, fillTemplate } from "../../template.ts";
import { buildRoutes, type RouteInput } from "../../request/routes.ts";
import type { Broker } from "../broker.ts";
import { type Registry, registryKeys } from "./docker_protocol.ts";
import { isInRun } from "./in_run.ts";
import {
  disclosedLogin,
  type Login,
  loginOf,
  placeholderLogin,
} from "./login_of.ts";
import { REGISTRIES } from "./registries.ts";
import {
  basicOf,
  type HelperChoice,
  HelperConnections,
  type Place,
  type Served,
} from "./served.ts";

/** How a helper speaks to the person. */
interface HelperOptions {
  choice?: HelperChoice;
  warn(message: string): void;
}

/** A registry that a connection serves. */
interface ServedRegistry {
  /** Its names in Docker's configuration; the first is that of Docker itself. */
  keys: string[];
  username: string;
}

/**
 * The user and password of a registry, fresh, when the audit log has noted it; `undefined` if no connection serves it. In a
 * run it is the placeholder where the proxy serves the registry, and nothing elsewhere.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if several providers serve it and none is preferred;
 * `CredentialExpired`, `RefreshFailed`; `StoreUnavailable` if the audit log cannot be written.
 */
export async function dockerCredential(
  broker: Broker,
  registry: Registry,
  options: HelperOptions,
): Promise<Login | undefined> {
  const place = placeOf(registry);
  if (isInRun(broker)) {
    const served = await new HelperConnections(broker, options).at(place);
    return served && placeholderLogin(served);
  }
  const connections = connectionsOf(broker, options);
  const served = await connections.at(place);
  if (!served) return undefined;
  const stored = await connections.connectionOf(served);
  const connection = isOfSource(served, stored)
    ? stored
    : await broker.refresh(stored);
  return await disclosedLogin(
    broker,
    served,
    connection,
    `docker at ${registry.host}`,
  );
}

/** Whether `password` is what the vault has for the registry anyway. */
export async function isDockerCredential(
  broker: Broker,
  registry: Registry,
  password: string,
  options: HelperOptions,
): Promise<boolean> {
  const connections = connectionsOf(broker, options);
  for (const served of await connections.all(placeOf(registry))) {
    const login = loginOf(served, await connections.connectionOf(served));
    if (login && sameText(login.password, password)) return true;
  }
  return false;
}

/** The registries that a connection serves, sorted; a pattern stands for hosts that are not known. */
export async function dockerRegistries(
  broker: Broker,
  options: HelperOptions,
): Promise<ServedRegistry[]> {
  const found = new Map<string, ServedRegistry>();
  for (const input of await connectionsOf(broker, options).views()) {
    if (!Object.hasOwn(REGISTRIES, input.definition.name)) continue;
    for (const route of buildRoutes([input]).routes) {
      const { host, port } = route;
      const basic = basicOf({ route });
      if (host.kind !== "exact" || !basic) continue;
      const keys = registryKeys({ host: host.host, port });
      const { values = {} } = input;
      const username = fillTemplate(
        basic.username,
        // A list has no secrets.
        (field) => Object.hasOwn(values, field) ? values[field] : "",
      );
      found.set(keys[0]!, { keys, username });
    }
  }
  return [...found.values()].sort((a, b) => a.keys[0]! < b.keys[0]! ? -1 : 1);
}

function connectionsOf(broker: Broker, options: HelperOptions) {
  return new HelperConnections(broker, { ...options, view });
}

/** A connection with its registries in the place of its other routes, or as it is if it has none: it may be one itself. */
function view(input: RouteInput): RouteInput {
  const { definition } = input;
  if (!Object.hasOwn(REGISTRIES, definition.name)) return input;
  const { hosts, username, password } = REGISTRIES[definition.name]!;
  const inject = { kind: "basic", username, password } as const;
  return {
    ...input,
    definition: {
      ...definition,
      extra_routes: [{ api_url: [...hosts], inject }],
    },
  };
}

/** What a client asks first (OCI Distribution Specification, "API"). */
function placeOf(registry: Registry): Place {
  return { ...registry, path: "/v2/" };
}

/** Whether the password is a part of the source, which needs no refresh. */
function isOfSource(served: Served, { credential }: Connection): boolean {
  const { source = {} } = credential;
  const fields = fieldNames(basicOf(served)?.password ?? "");
  return fields.length > 0 &&
    fields.every((field) => Object.hasOwn(source, field));
}
