/**
 * Runs a command behind the proxy: which connections take part, what the command sees, and that nothing of it is
 * left afterwards.
 *
 * @module
 */
import type { AuditSink } from "./audit/event.ts";
import type { Connections } from "./connection/connections.ts";
import type { Preferences, Preferred } from "./connection/preferences.ts";
import { AuthsomeError } from "./errors.ts";
import { PLACEHOLDER } from "./placeholder.ts";
import type { Env } from "./ports.ts";
import type { ProviderDefinition } from "./provider/definition.ts";
import type { ProviderRegistry } from "./provider/registry.ts";
import {
  CA_VARIABLES,
  childEnvironment,
  placeholderVariables,
  secretVariables,
} from "./proxy/child_env.ts";
import type { CredentialSource } from "./proxy/credentials.ts";
import type { HostMatch, Route, RouteTable } from "./proxy/route.ts";
import { namedPlaceholder, namedVariables } from "./proxy/named_placeholder.ts";
import {
  buildNamedRoutes,
  buildRoutes,
  type RouteInput,
} from "./proxy/routes.ts";
import type { SandboxProfile } from "./sandbox/profile.ts";

/** What to run, and with which connections. */
export interface RunRequest {
  /** Program and arguments; no shell reads them. */
  command: readonly string[];
  /** Providers that take part. Default: every connected one. */
  only?: readonly string[];
  /** Connection by provider, where it is not the default one. */
  connections?: Readonly<Record<string, string>>;
  /**
   * Whether the command also gets `<VAR>__<NAME>` for every connection that is not the one chosen; they hold a
   * placeholder that carries the name. Without it such a placeholder still works, but not for providers in
   * `connections`.
   */
  allConnections?: boolean;
  /** Whether hosts without a route are tunnelled (`open`, the default) or refused. */
  policy?: "open" | "deny";
}

/** The proxy of a run. */
export interface RunningProxy {
  /** With the user and password of this run. */
  readonly url: string;
  /** Certificate of this run's CA, PEM. */
  readonly caPem: string;
  close(): Promise<void>;
}

/** An answer that the proxy gave itself. */
export interface ProxyAnswer {
  status: number;
  /** `X-Authsome-Reason`, empty without one. */
  reason: string;
}

/** What the proxy of a run is started with. */
export interface ProxyRequest {
  /** The routes as they are now; asked for at each tunnel and request. */
  routes(): RouteTable | Promise<RouteTable>;
  /** Hosts that the CA of this run may speak for. */
  hosts: readonly HostMatch[];
  credentials: CredentialSource;
  audit: AuditSink;
  profile: string;
  policy: "open" | "deny";
  /** Certificates that upstream servers are verified with, PEM. */
  trustedRoots: readonly string[];
}

/** The world as a run needs it. */
export interface RunMachine {
  /** See `adapters/system_roots.ts`. */
  trustedRoots(): Promise<string[]>;
  clientRoots(variables: readonly string[]): Promise<string[]>;
  startProxy(request: ProxyRequest): Promise<RunningProxy>;
  /** Asks `https://host/` through the proxy as its command, and `http://host/` as a stranger without the password. */
  probe(
    proxy: RunningProxy,
    host: string,
  ): Promise<Record<"command" | "stranger", ProxyAnswer>>;
  /** Keeps certificates in a file until it is removed. */
  writeCaBundle(
    certificates: readonly string[],
  ): { path: string; wgetrcPath: string; remove(): void };
  /** Runs the command to its end and returns its exit code. */
  runCommand(
    command: readonly string[],
    env: Record<string, string>,
  ): Promise<number>;
}

/** In which form a command is run. */
export interface RunMachineRequest {
  /** Runs it in a sandbox that allows this besides the defaults and `sandbox.json`. */
  sandbox?: SandboxProfile;
  /** Path of a Unix socket that the proxy listens on besides, for a command in a container. */
  socket?: string;
  /** Says something that the person should know, on stderr. */
  warn(message: string): void;
}

/** What a run works with; a broker has all but the machine and `warn`. */
export interface RunContext {
  profile: string;
  env: Env;
  registry: Pick<ProviderRegistry, "get" | "list">;
  connections: Pick<Connections, "names" | "get" | "version">;
  preferences: Pick<Preferences, "read">;
  credentials: CredentialSource;
  audit: AuditSink;
  machine: RunMachine;
  /** Says something that the person should know, on stderr. */
  warn(message: string): void;
}

/** What the participants of a run are read from. */
export type ParticipantContext =
  & Pick<RunContext, "preferences" | "warn">
  & {
    registry: Pick<ProviderRegistry, "get">;
    connections: Pick<Connections, "names" | "get">;
  };

/**
 * Runs the command behind a proxy of its own and waits for its end.
 *
 * @returns the command's exit code, 128 + n if signal n ended it.
 * @throws {AuthsomeError} if it could not be started: `CommandNotFound`, `NotExecutable`, `Usage`, `ProviderNotFound`,
 * `ConnectionNotFound`, `StoreUnavailable`.
 */
export async function run(
  request: RunRequest,
  context: RunContext,
): Promise<number> {
  const { machine, warn } = context;
  check(request);
  const rootsRead = Promise.all([
    machine.trustedRoots(),
    machine.clientRoots(CA_VARIABLES),
  ]);
  // Awaited below; a failure before that must not end the process.
  rootsRead.catch(() => {});
  // The vault has no version before its first use.
  await context.connections.names();
  const version = context.connections.version();
  const inputs = await participants(request, context);
  const others = await otherInputs(request, context, inputs);
  const placeholders = placeholdersOf(
    [...inputs.values()],
    request.allConnections ? others : [],
    warn,
  );
  const routes = new LiveRoutes(request, context, inputs, others, version);
  if (inputs.size === 0) {
    warn(
      "Nothing is connected, so no credential will be injected. Connect with: authsome login <provider>",
    );
  }
  warnOfTies(routes.first, warn);

  const [trustedRoots, clientRoots] = await rootsRead;
  let asked = false;
  const proxy = await machine.startProxy({
    routes() {
      asked = true;
      return routes.current();
    },
    hosts: routes.hosts,
    credentials: context.credentials,
    audit: context.audit,
    profile: context.profile,
    policy: request.policy ?? "open",
    trustedRoots,
  });
  try {
    const bundle = machine.writeCaBundle([
      ...new Set([...trustedRoots, ...clientRoots, proxy.caPem.trim()]),
    ]);
    try {
      const { env, removed, exemptions } = childEnvironment(
        context.env.toObject(),
        {
          proxyUrl: proxy.url,
          caBundlePath: bundle.path,
          wgetrcPath: bundle.wgetrcPath,
          placeholders,
          secrets: await declaredSecrets(context.registry),
          hosts: routes.hosts,
        },
      );
      if (removed.length > 0) {
        warn(
          `Kept from the command: ${
            removed.join(", ")
          }. Import with: authsome scan --import`,
        );
      }
      if (exemptions.length > 0) {
        warn(
          `Ignored in NO_PROXY: ${
            exemptions.join(", ")
          }, where credentials are injected`,
        );
      }
      const code = await machine.runCommand(request.command, env);
      if (!asked && inputs.size > 0) {
        // For `explain --last`. Of the arguments nothing is kept: they may hold anything.
        context.audit.record({
          event: "run",
          profile: context.profile,
          ok: true,
          reason: "proxy_unused",
          detail: request.command[0]!.replace(/^.*[/\\]/, ""),
        });
      }
      return code;
    } finally {
      bundle.remove();
    }
  } finally {
    await proxy.close();
  }
}

function check({ command, only, connections }: RunRequest): void {
  if (command.length === 0 || command[0] === "") {
    throw new AuthsomeError(
      "Usage",
      "Missing the command to run",
      "authsome run -- <command> [arguments]",
    );
  }
  for (const provider of Object.keys(connections ?? {})) {
    if (only && !only.includes(provider)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot choose a connection of ${provider}: --only leaves it out`,
        `Add ${provider} to --only, or leave out --connection`,
        { subject: { provider } },
      );
    }
  }
}

/** Definition and connection of each provider that takes part. What was asked for by name must be there. */
export async function participants(
  { only, connections: chosen = {} }: Pick<RunRequest, "only" | "connections">,
  context: ParticipantContext,
): Promise<Map<string, RouteInput>> {
  const named = new Set([...only ?? [], ...Object.keys(chosen)]);
  const providers = new Set(named);
  if (!only) {
    const all = await context.connections.names();
    all.forEach(({ provider }) => providers.add(provider));
  }
  const inputs = new Map<string, RouteInput>();
  const preferred = await readPreferred(context);
  for (const provider of [...providers].sort()) {
    try {
      const { definition } = await context.registry.get(provider);
      inputs.set(
        provider,
        await inputOf(definition, chosen, preferred, context),
      );
    } catch (error) {
      // One damaged record or file must not keep every other provider from working.
      if (
        named.has(provider) || !(error instanceof AuthsomeError) ||
        !["RecordCorrupt", "InvalidDefinition", "ProviderNotFound"].includes(
          error.code,
        )
      ) throw error;
      context.warn(`${provider} takes no part: ${error.message}`);
    }
  }
  return inputs;
}

/** The connections that take part only by their name: of providers that do, where no single one was chosen. */
export async function otherInputs(
  { connections: chosen = {}, allConnections }: Pick<
    RunRequest,
    "connections" | "allConnections"
  >,
  context: ParticipantContext,
  inputs: ReadonlyMap<string, RouteInput>,
): Promise<RouteInput[]> {
  const others: RouteInput[] = [];
  for (const { provider, name } of await context.connections.names()) {
    const input = inputs.get(provider);
    if (
      !input || input.connection === name ||
      Object.hasOwn(chosen, provider) && !allConnections
    ) continue;
    try {
      const preferred = input.preferredOver
        ? { [provider]: input.preferredOver }
        : {};
      const named = { [provider]: name };
      others.push(await inputOf(input.definition, named, preferred, context));
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      context.warn(`${provider}/${name} takes no part: ${error.message}`);
    }
  }
  return others;
}

/** Variables of the command with the placeholder that each holds. */
function placeholdersOf(
  inputs: readonly RouteInput[],
  others: readonly RouteInput[],
  warn: (message: string) => void,
): Map<string, string> {
  const { variables, without } = namedVariables(
    others.flatMap(({ definition, connection }) =>
      placeholderVariables(definition).map((variable) => ({
        variable,
        connection,
      }))
    ),
  );
  if (without.length > 0) {
    warn(
      `No variable stands for ${
        without.join(", ")
      }: several names would make the same one, or none. Write the placeholder ${
        namedPlaceholder("<name>")
      } in its place`,
    );
  }
  for (const { definition } of inputs) {
    for (const name of placeholderVariables(definition)) {
      variables.set(name, PLACEHOLDER);
    }
  }
  return variables;
}

async function inputOf(
  definition: ProviderDefinition,
  chosen: Readonly<Record<string, string>>,
  preferred: Preferred,
  { connections }: ParticipantContext,
): Promise<RouteInput> {
  const { name: provider } = definition;
  const { name, baseUrl, credential } = await connections.get(
    provider,
    Object.hasOwn(chosen, provider) ? chosen[provider] : undefined,
  );
  return {
    definition,
    connection: name,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(credential.type === "oauth2" ? { captured: credential.captured } : {}),
    ...(Object.hasOwn(preferred, provider)
      ? { preferredOver: preferred[provider] }
      : {}),
  };
}

/** The person's choices; without them what needs one is refused, and everything else works. */
async function readPreferred(
  { preferences, warn }: ParticipantContext,
): Promise<Preferred> {
  try {
    return await preferences.read();
  } catch (error) {
    if (!(error instanceof AuthsomeError) || error.code !== "RecordCorrupt") {
      throw error;
    }
    warn(`${error.message}. ${error.hint}`);
    return {};
  }
}

/** The routes of a run. They follow the vault, but lead only to hosts that the CA of the run speaks for. */
class LiveRoutes {
  readonly first: RouteTable;
  readonly hosts: HostMatch[];
  readonly #places: Set<string>;
  #table: RouteTable;
  #version: number;

  constructor(
    private readonly request: RunRequest,
    private readonly context: RunContext,
    private readonly inputs: Map<string, RouteInput>,
    private others: readonly RouteInput[],
    version: number,
  ) {
    this.first = this.#table = buildNamedRoutes([...inputs.values()], others);
    const all = buildRoutes([...inputs.values(), ...others]).routes;
    this.hosts = [
      ...new Map(all.map((route) => [placeOf(route), route.host])).values(),
    ];
    this.#places = new Set(all.map(placeOf));
    this.#version = version;
  }

  current(): RouteTable | Promise<RouteTable> {
    const version = this.context.connections.version();
    return version === this.#version ? this.#table : this.#rebuild(version);
  }

  async #rebuild(version: number): Promise<RouteTable> {
    const { only, connections: chosen = {} } = this.request;
    const { connections, registry } = this.context;
    const providers = new Set(this.inputs.keys());
    if (!only) {
      (await connections.names()).forEach(({ provider }) =>
        providers.add(provider)
      );
    }
    const preferred = await readPreferred(this.context);
    for (const provider of providers) {
      try {
        // A definition that changes during the run changes nothing: the command itself may have written it.
        const definition = this.inputs.get(provider)?.definition ??
          (await registry.get(provider)).definition;
        this.inputs.set(
          provider,
          await inputOf(definition, chosen, preferred, this.context),
        );
      } catch (error) {
        // The route stays: after a logout the proxy must answer, and not send the placeholder on.
        if (!(error instanceof AuthsomeError)) throw error;
      }
    }
    this.others = await this.#others();
    const table = buildNamedRoutes([...this.inputs.values()], this.others);
    this.#version = version;
    return this.#table = {
      ...this.#within(table),
      named: new Map(
        [...table.named!].map(([name, named]) => [name, this.#within(named)]),
      ),
    };
  }

  /** Those of before stay, as in {@linkcode inputs}. */
  async #others(): Promise<RouteInput[]> {
    const now = await otherInputs(this.request, this.context, this.inputs);
    const found = new Set(now.map(keyOf));
    const chosen = new Set([...this.inputs.values()].map(keyOf));
    return [
      ...now,
      ...this.others.filter((input) =>
        !found.has(keyOf(input)) && !chosen.has(keyOf(input))
      ),
    ];
  }

  #within(table: RouteTable): RouteTable {
    return {
      ...table,
      routes: table.routes.filter((route) => this.#places.has(placeOf(route))),
    };
  }
}

function keyOf({ definition, connection }: RouteInput): string {
  return `${definition.name}/${connection}`;
}

function placeOf({ host, port }: Route): string {
  return `${host.kind === "exact" ? host.host : host.pattern.source} ${port}`;
}

function warnOfTies({ routes }: RouteTable, warn: (message: string) => void) {
  const places = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const place = `${placeOf(route)} ${route.pathPrefix} ${route.paths ?? ""}`;
    const owners = places.get(place) ?? new Map();
    places.set(place, owners.set(route.provider, route));
  }
  const ties = new Set<string>();
  for (const owners of places.values()) {
    const providers = [...owners.keys()];
    const settled = [...owners.values()].some(({ provider, preferredOver }) =>
      providers.every((other) =>
        other === provider || preferredOver?.includes(other)
      )
    );
    if (!settled) ties.add(providers.join(" and "));
  }
  for (const tie of ties) {
    warn(
      `${tie} serve the same requests, so those are refused. Choose with: authsome prefer <provider>`,
    );
  }
}

/** The variables of every provider, connected or not. */
async function declaredSecrets(
  registry: RunContext["registry"],
): Promise<string[]> {
  const providers = await registry.list(() => {});
  return providers.flatMap(({ definition }) => secretVariables(definition));
}
