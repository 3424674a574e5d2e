/**
 * Where the credentials of a run go: routes from definitions and connections.
 *
 * @module
 */
import { defined } from "../object.ts";
import { hostOfValue, joinPaths, readApiUrl } from "../provider/api_url.ts";
import type {
  AcceptedPlace,
  Injection,
  ProviderDefinition,
} from "../provider/definition.ts";
import { placeholdersOf } from "../provider/placeholder_of.ts";
import { type MintingHost, mintingRules } from "./minting/minting_rules.ts";
import {
  baseUrlValue,
  baseUrlValues,
  defaultBaseUrl,
  endpointOf,
  trimSlash,
} from "../provider/tenant.ts";
import { isSpelledPrivate } from "../wire/address.ts";
import type {
  ForbiddenEndpoint,
  LoginRoutes,
  MintingRule,
  Route,
  RouteTable,
  RunLogin,
} from "./route.ts";

export { decideRoute, isRoutedHost } from "./decide_route.ts";

/** A connection that takes part in a run. */
export interface RouteInput {
  definition: ProviderDefinition;
  /** Name of the connection. */
  connection: string;
  /** Tenant of the connection; the definition's default otherwise. */
  baseUrl?: string;
  /** Values captured at login from the token endpoint or the API, by name. */
  captured?: Readonly<Record<string, string>>;
  /** What of the connection is no secret, by name: see `connection/public_values.ts`. Absent where none is of interest. */
  values?: Readonly<Record<string, string>>;
  /** Providers that the person chose this one over. */
  preferredOver?: readonly string[];
  /** Whether the person allowed requests that ask for new credentials. */
  mayMint?: boolean;
  /** Set for an agent's own login: it serves only what carries the placeholder of its file. */
  login?: RunLogin;
  /** Whether the command is shown the configuration files of the definition. */
  showsFiles?: boolean;
  /** Differs in nothing but the connection's name; set where many share it. */
  like?: RouteInput;
}

/** The routes of `inputs`. Entries whose value is not known, such as a host not captured, make no route. */
export function buildRoutes(inputs: readonly RouteInput[]): RouteTable {
  const routes: Route[] = [];
  const forbidden: ForbiddenEndpoint[] = [];
  const minting: MintingRule[] = [];
  const logins: LoginRoutes[] = [];
  for (const input of inputs) {
    if (input.login) {
      const own = loginRoutes(input, input.login);
      routes.push(...own.endpoints);
      logins.push(own);
    } else routes.push(...routesOf(input));
    forbidden.push(...endpointsOf(input));
    minting.push(...mintingOf(input));
  }
  return {
    routes,
    forbidden,
    ...defined({
      minting: minting.length > 0 ? minting : undefined,
      logins: logins.length > 0 ? logins : undefined,
    }),
  };
}

/** The routes of a table, with those of agents' own logins. */
export function allRoutes({ routes, logins = [] }: RouteTable): Route[] {
  return [...routes, ...logins.flatMap(({ table }) => allRoutes(table))];
}

/** The routes of an agent's own login, and those that open its endpoints so that they can be answered. */
function loginRoutes(
  input: RouteInput,
  { agent }: RunLogin,
): LoginRoutes & { endpoints: Route[] } {
  const { provider } = agent;
  return {
    agent,
    table: {
      routes: routesOf(input),
      forbidden: endpointsOf(input),
      minting: mintingOf(input),
    },
    endpoints: agent.endpoints.map((url) => {
      const { host, pathname } = new URL(url);
      return {
        provider,
        connection: input.connection,
        host: { kind: "exact", host },
        port: 443,
        pathPrefix: pathname,
        injections: [],
        defaultHeaders: {},
      };
    }),
  };
}

/**
 * The routes of `inputs`, with those of each connection, theirs and `others`, by its name; these are made when they are
 * asked for.
 *
 * @param within what is left of a table.
 */
export function buildNamedRoutes(
  inputs: readonly RouteInput[],
  others: readonly RouteInput[],
  within: (table: RouteTable) => RouteTable = (table) => table,
): RouteTable {
  const byName = () =>
    Map.groupBy([...inputs, ...others], ({ connection }) => connection);
  return {
    ...within(buildRoutes(inputs)),
    named: new MadeWhenAsked(byName, (inputs) => within(buildRoutes(inputs))),
    namedPlaces: within(buildRoutes(shapesOf(others))),
  };
}

/**
 * As a map from the keys of `group` to what `make` gives for each, made when it is first asked for: of ten thousand
 * connections, hardly one is named by a request.
 */
class MadeWhenAsked<K, S, V> implements ReadonlyMap<K, V> {
  readonly #group: () => ReadonlyMap<K, S>;
  readonly #make: (source: S) => V;
  #grouped: ReadonlyMap<K, S> | undefined;
  readonly #made = new Map<K, V>();

  constructor(group: () => ReadonlyMap<K, S>, make: (source: S) => V) {
    this.#group = group;
    this.#make = make;
  }

  get #sources(): ReadonlyMap<K, S> {
    return this.#grouped ??= this.#group();
  }

  get size(): number {
    return this.#sources.size;
  }

  has(key: K): boolean {
    return this.#sources.has(key);
  }

  get(key: K): V | undefined {
    if (!this.#sources.has(key)) return undefined;
    if (!this.#made.has(key)) {
      this.#made.set(key, this.#make(this.#sources.get(key)!));
    }
    return this.#made.get(key);
  }

  keys(): MapIterator<K> {
    return this.#sources.keys();
  }

  values(): MapIterator<V> {
    return this.#sources.keys().map((key) => this.get(key)!);
  }

  entries(): MapIterator<[K, V]> {
    return this.#sources.keys().map((key): [K, V] => [key, this.get(key)!]);
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) each(value, key, this);
  }
}

/** One of those that differ in their names alone. */
export function shapesOf(inputs: readonly RouteInput[]): RouteInput[] {
  return [...new Set(inputs.map((input) => input.like ?? input))];
}

/** The default injections of a definition: where its credential goes on the hosts of `api_url`. */
export function injectionsOf(definition: ProviderDefinition): Injection[] {
  if (definition.auth_type === "oauth2") {
    return definition.oauth?.inject ?? [bearer("access_token")];
  }
  const { inject, header_name, header_prefix, secret_fields } =
    definition.api_key ?? {};
  if (inject) return inject;
  const field = secret_fields?.[0] ?? "api_key";
  if (header_name === undefined && header_prefix === undefined) {
    return [bearer(field)];
  }
  const prefix = header_prefix ?? "Bearer";
  return [{
    kind: "header",
    name: header_name ?? "Authorization",
    value: prefix ? `${prefix} {${field}}` : `{${field}}`,
  }];
}

function bearer(field: string): Injection {
  return { kind: "header", name: "Authorization", value: `Bearer {${field}}` };
}

function routesOf(input: RouteInput): Route[] {
  const { definition, connection, preferredOver = [] } = input;
  const common = {
    provider: definition.name,
    connection,
    defaultHeaders: definition.default_headers ?? {},
    ...defined({
      placeholders: definition.placeholder === undefined
        ? undefined
        : placeholdersOf(input),
      preferredOver: preferredOver.length > 0 ? preferredOver : undefined,
      mayMint: input.mayMint,
      publicFields: definition.api_key?.public_fields,
    }),
  };
  const groups: {
    urls: string[];
    injections: readonly Injection[];
    accepts?: readonly AcceptedPlace[];
    paths?: "git";
  }[] = [
    {
      urls: [definition.api_url].flat(),
      injections: injectionsOf(definition),
      ...defined({ accepts: definition.accepts }),
    },
    ...(definition.extra_routes ?? []).map((extra) => ({
      urls: [extra.api_url].flat(),
      injections: [extra.inject],
      ...defined({ accepts: extra.accepts, paths: extra.paths }),
    })),
    // Opened so that it can be answered; no credential goes there.
    ...[answeredEndpoint(input) ?? []].flat().map((url) => ({
      urls: [url.replace(/^https:\/\//, "")],
      injections: [],
    })),
  ];
  const serves = tenantFilter(
    groups.flatMap((group) => group.urls),
    input,
  );
  return groups.flatMap(({ urls, ...group }) =>
    urls.filter(serves).flatMap((url): Route[] => {
      const place = placeOf(url, input);
      if (!place) return [];
      const { base: _, ...where } = place;
      return [{ ...common, ...group, ...where }];
    })
  );
}

/** Where the connection of `input` can be used to make new credentials. */
function mintingOf(input: RouteInput): MintingRule[] {
  const { minting, name, api_url, extra_routes = [] } = input.definition;
  if (!minting?.length) return [];
  const all = [api_url, ...extra_routes.map((extra) => extra.api_url)].flat();
  const read = (entries: readonly string[]) => {
    const hosts = new Map<string, MintingHost>();
    for (const entry of entries) {
      const place = placeOf(entry, input);
      if (!place) continue;
      const { host, base } = place;
      const key = host.kind === "exact" ? host.host : host.pattern.source;
      hosts.set(`${key} ${base}`, { host, base });
    }
    return [...hosts.values()];
  };
  return mintingRules(name, minting, (entry) => read(entry ? [entry] : all));
}

/**
 * Which entries serve the tenant of `input`. A credential of a self-managed server must never reach the public one:
 * entries that follow the base URL, beside fixed ones, are for a base URL that is not the default.
 */
function tenantFilter(
  urls: string[],
  { definition, baseUrl }: RouteInput,
): (url: string) => boolean {
  const values = ["base_url_host", ...baseUrlValues(definition)];
  const named = (url: string) =>
    values.some((value) => url.includes(`{${value}}`));
  const own = baseUrl !== undefined &&
    trimSlash(baseUrl) !== trimSlash(defaultBaseUrl(definition) ?? "");
  if (own) return urls.some(named) ? named : () => true;
  return [definition.api_url].flat().every(named)
    ? () => true
    : (url) => !named(url);
}

/**
 * The place that `url` names. It may be private if the definition says so or spells it (`register` has asked), or if the
 * person named it at login; never on the word of a server, as captured values are.
 */
export function placeOf(
  url: string,
  { definition, baseUrl, captured = {} }: RouteInput,
):
  | Pick<Route, "host" | "port" | "pathPrefix" | "allowPrivate"> & {
    base: string;
  }
  | undefined {
  const read = readApiUrl(url);
  const allowed = (named: boolean) =>
    defined({ allowPrivate: definition.allow_private || named || undefined });
  if (read.kind === "pattern") {
    const exclude = (definition.exclude_hosts ?? []).map((host) =>
      host.toLowerCase()
    );
    const pattern = new RegExp(read.source);
    return {
      host: { kind: "pattern", pattern, exclude },
      port: 443,
      pathPrefix: "/",
      base: "/",
      ...allowed(false),
    };
  }
  if (read.kind === "host") {
    return {
      host: { kind: "exact", host: read.host },
      port: read.port,
      pathPrefix: read.path,
      base: "/",
      ...allowed(isSpelledPrivate(read.host)),
    };
  }
  const value = read.value === "base_url_host"
    ? baseUrl ?? defaultBaseUrl(definition)
    : Object.hasOwn(captured, read.value)
    ? captured[read.value]
    : baseUrlValue(definition, read.value, baseUrl);
  const place = value === undefined ? undefined : hostOfValue(value);
  if (!place) return undefined;
  const spelled = isSpelledPrivate(place.host);
  const named = baseUrl !== undefined &&
    hostOfValue(baseUrl)?.host === place.host;
  const announced = read.value !== "base_url_host" && !named;
  if (announced && spelled && !definition.allow_private) return undefined;
  return {
    host: { kind: "exact", host: read.prefix + place.host },
    port: place.port,
    pathPrefix: joinPaths(place.path, read.path),
    base: place.path,
    ...allowed(named || spelled),
  };
}

/** The token endpoint, if clients are shown a refresh token: they use it before anything else. */
function answeredEndpoint(
  { showsFiles, definition: { config_files = [], oauth } }: RouteInput,
): string | undefined {
  return showsFiles &&
      config_files.some(({ text }) => text.includes("{refresh_token}"))
    ? oauth?.token_url
    : undefined;
}

/** The places where `definition` asks for, changes or ends tokens. */
function endpointsOf(input: RouteInput): ForbiddenEndpoint[] {
  const { definition, baseUrl } = input;
  const { oauth } = definition;
  if (!oauth) return [];
  const answered = answeredEndpoint(input);
  const { login } = input;
  const urls = [
    ...login?.agent.endpoints ?? [],
    oauth.authorization_url,
    oauth.token_url,
    oauth.refresh_url,
    oauth.revocation_url,
    oauth.device_authorization_url,
    oauth.device_token_request?.url,
    oauth.registration_endpoint,
  ];
  return urls.flatMap((url) => {
    const match = /^https:\/\/([^/?#]+)([^?#]*)/i.exec(
      endpointOf(definition, url, baseUrl) ?? "",
    );
    const place = match && hostOfValue(match[1]!);
    if (!place) return [];
    return [{
      provider: definition.name,
      host: place.host,
      path: match[2] || "/",
      ...url !== undefined && url === answered ? { answered: true } : {},
      ...defined({ login }),
    }];
  });
}
