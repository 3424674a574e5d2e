/**
 * Runs a command behind the proxy: which connections take part, what the command sees, and that nothing of it is
 * left afterwards.
 *
 * @module
 */
import type { RunHost } from "../ports/run_host.ts";
import type { AuditSink } from "../audit/event.ts";
import type { Connections } from "../connection/connections.ts";
import { publicExports } from "../connection/export_variables.ts";
import type { Preferences } from "../connection/preferences.ts";
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports/system.ts";
import {
  placeholderOf,
  placeholderOfVariable,
} from "../provider/placeholder_of.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import {
  childEnvironment,
  placeholderVariables,
  secretVariables,
} from "./child_env.ts";
import { CA_VARIABLES, DROPPED_CA_VARIABLES } from "../sandbox/ca_variables.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import {
  namedPlaceholder,
  namedVariables,
} from "../request/named_placeholder.ts";
import type { RouteInput } from "../request/routes.ts";
import type { Control } from "../request/control/control.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { HeldSecrets } from "./held_secrets.ts";
import type { HomeFile, RunPlaces } from "../ports/run_host.ts";
import { overrides } from "./overrides/overrides.ts";
import type { PersonFiles } from "./overrides/person_files.ts";
import { personSettings } from "./overrides/person_settings.ts";
import type { AgentLoginKeeper } from "../connection/agents/run_keeper.ts";
import type { OwnLogins } from "./own_logins.ts";
import type { PersonShell } from "./person_shell.ts";
import type { Troubles } from "./troubles.ts";
import { LiveRoutes, warnOfTies } from "./live_routes.ts";
import { variableOwners } from "./variable_owner.ts";
import {
  otherInputs,
  participants,
  type Participation,
} from "../request/participants.ts";

/** What to run, and with which connections. */
export interface RunRequest extends Participation {
  /** Program and arguments; no shell reads them. */
  command: readonly string[];
  /** A shell in place of the command; its files are the host's to write. */
  shell?: PersonShell;
  /** Whether hosts without a route are tunnelled (`open`, the default) or refused. */
  policy?: "open" | "deny";
}

/** What rules ask of a run. */
export interface RunPlan {
  /** The definition of a provider that takes part, now or later. */
  definitionOf(provider: string): ProviderDefinition | undefined;
}

/** What a run works with; a broker has all but the host and `warn`. */
export interface RunContext {
  profile: string;
  env: Env;
  registry: Pick<ProviderRegistry, "get" | "secretVariables">;
  connections:
    & Pick<Connections, "names" | "get" | "version" | "client">
    & Partial<Pick<Connections, "providers" | "sketches">>;
  preferences: Pick<Preferences, "read">;
  credentials: CredentialSource;
  audit: AuditSink;
  runHost: RunHost;
  /** The person's settings, which must not lead a program past the proxy. */
  person?: PersonFiles;
  /** Keeps agents' own logins in step with their files; absent where there are none. */
  agentLogins?: AgentLoginKeeper;
  /** Says something that the person should know, on stderr. */
  warn(message: string): void;
  /** Told who takes part when the command is about to start; the function returned is called at its end. */
  begin?(program: string, providers: readonly string[]): () => void;
  /** What judges the requests of the run. Throws if the rules cannot be read. */
  control?(plan: RunPlan): Promise<Control>;
  /** Takes what was recorded while the command ran. */
  troubles?: Pick<Troubles, "record" | "admit">;
}

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
  const { runHost, warn } = context;
  check(request);
  const rootsRead = Promise.all([
    runHost.trustedRoots(),
    runHost.clientRoots([...CA_VARIABLES, ...DROPPED_CA_VARIABLES]),
  ]);
  // Awaited below; a failure before that must not end the process.
  rootsRead.catch(() => {});
  const showsFiles = runHost.showsFiles ?? false;
  const { inputs, routes, environment, settings } = await planRun(request, {
    ...context,
    showsFiles,
  });
  const control = await context.control?.({
    definitionOf: (provider) => inputs.get(provider)?.definition,
  });
  const logins = await ownLogins(inputs, context);
  const files = [
    ...showsFiles ? await filesOf(inputs, warn) : [],
    ...logins.files,
  ];
  const startFor = (places: RunPlaces) => {
    const parent = context.env.toObject();
    const made = childEnvironment(parent, { ...places, ...environment });
    const own = overrides(
      made.env,
      settings,
      { ...places, noProxy: made.env.NO_PROXY!, sandboxed: showsFiles },
      context.person?.read,
    );
    const { command, env } = request.shell?.start(places.folder) ??
      { command: request.command, env: {} };
    return {
      ...{ ...made, command, files, runFiles: own.files },
      env: { ...made.env, ...own.env, ...logins.env, ...env },
      given: [...made.given, ...own.given],
    };
  };
  const [trustedRoots, clientRoots] = await rootsRead;
  let prepared: ReturnType<typeof startFor> | undefined;
  await runHost.prepareCommand?.((places) => prepared = startFor(places));

  let used = false;
  const proxy = await runHost.startProxy({
    routes() {
      used = true;
      context.troubles?.admit();
      return routes.current();
    },
    hosts: routes.hosts,
    credentials: context.credentials,
    audit: {
      // What is refused before it asks for a route has come to the proxy as well.
      record(event, because) {
        used = true;
        context.audit.record(event);
        context.troubles?.record(event, because);
      },
      flush: () => context.audit.flush(),
    },
    profile: context.profile,
    policy: request.policy ?? "open",
    ...control && { control },
    trustedRoots,
  });
  try {
    const bundle = runHost.writeCaBundle([
      ...new Set([...trustedRoots, ...clientRoots, proxy.caPem.trim()]),
    ]);
    try {
      const start = prepared ?? startFor({ ...bundle, proxyUrl: proxy.url });
      const { command, env, given, removed, replaced, exemptions } = start;
      if (removed.length > 0) {
        warn(
          `Removed from the command's environment: ${
            removed.join(", ")
          }. Import with: authsome scan --import`,
        );
      }
      if (replaced.length > 0) {
        warn(
          `The command gets a placeholder for the credential in ${
            replaced.join(", ")
          }`,
        );
      }
      if (exemptions.length > 0) {
        warn(
          `Ignored in NO_PROXY: ${
            exemptions.join(", ")
          }, where credentials are injected`,
        );
      }
      const program = command[0]!.replace(/^.*[/\\]/, "");
      const ended = context.begin?.(program, [...inputs.keys()]);
      let code: number;
      try {
        code = await runHost.runCommand(command, env, {
          ...{ given, files },
          runFiles: start.runFiles,
        });
      } finally {
        ended?.();
      }
      if (!used && inputs.size > 0) {
        // For `explain --last`. Of the arguments nothing is kept: they may hold anything.
        context.audit.record({
          event: "run",
          profile: context.profile,
          ok: true,
          reason: "proxy_unused",
          detail: program,
        });
      }
      return code;
    } finally {
      bundle.remove();
    }
  } finally {
    await logins.settle();
    await proxy.close();
  }
}

/** Agents' own logins, for those that take part; loaded for them alone. */
async function ownLogins(
  inputs: ReadonlyMap<string, RouteInput>,
  context: RunContext,
): Promise<OwnLogins> {
  const own = [...inputs.values()].filter(({ login }) => login);
  if (own.length === 0) {
    return { files: [], env: {}, settle: () => Promise.resolve() };
  }
  const { showOwnLogins } = await import("./own_logins.ts");
  return await showOwnLogins(own, context);
}

/** Who takes part in a run: what its routes and the environment of its command are made from. */
export async function planRun(
  request: RunRequest,
  context: Omit<RunContext, "runHost" | "credentials" | "audit"> & {
    showsFiles: boolean;
    showsLogins?: boolean;
  },
  /** Whether settings are looked for that are overridden in any case. */
  allSettings = false,
) {
  context = { ...context, showsLogins: true };
  const { warn } = context;
  const version = await context.connections.version();
  const held = new HeldSecrets(context.connections);
  const reading = { ...context, connections: held.connections };
  const inputs = await participants(request, reading);
  // A secret that stands in the environment is looked for in all of them.
  const texts = Object.values(context.env.toObject());
  const others = await otherInputs(request, reading, inputs, texts);
  const placeholders = placeholdersOf(
    [...inputs.values()],
    request.allConnections ? others : [],
    warn,
  );
  const publics = publicsOf(
    [...inputs.values()],
    request.allConnections ? others : [],
  );
  const routes = new LiveRoutes(request, context, inputs, others, version);
  if (inputs.size === 0) {
    warn(
      "Nothing is connected, so no credential will be injected. Connect with: authsome login <provider>",
    );
  }
  warnOfTies(routes.first, warn);

  const environment = {
    placeholders,
    publics,
    secrets: [
      ...await declaredSecrets(context.registry),
      ...await held.managerVariables(Object.keys(context.env.toObject())),
      ...[...inputs.values()]
        .flatMap(({ login }) => login?.agent.variables ?? []),
    ],
    held: held.placeholders(inputs),
    hosts: routes.hosts,
  };
  const settings = context.person
    ? personSettings(context.env.toObject(), context.person, allSettings)
    : [];
  return { inputs, others, routes, environment, settings };
}

function check({ command, shell }: RunRequest): void {
  if (!shell && !command[0]) {
    throw new AuthsomeError(
      "Usage",
      "Missing the command to run",
      "authsome run <command> [arguments]",
    );
  }
}

/** Variables of the command with the placeholder that each holds. */
function placeholdersOf(
  inputs: readonly RouteInput[],
  others: readonly RouteInput[],
  warn: (message: string) => void,
): Map<string, string> {
  const { variables, without } = namedVariables(
    others.flatMap((input) =>
      placeholderVariables(input.definition).map((variable) => ({
        variable,
        connection: input.connection,
        placeholder: placeholderOfVariable(input, variable),
      }))
    ),
  );
  if (without.length > 0) {
    warn(
      `No variable stands for ${
        without.join(", ")
      }: several names would make the same one, or none. Write in its place: ${
        without.map((name) => namedPlaceholder(name)).join(", ")
      }`,
    );
  }
  for (
    const { variable, owner, others } of variableOwners(
      inputs,
      placeholderVariables,
    )
  ) {
    const value = placeholderOfVariable(owner, variable);
    variables.set(variable, value);
    // What is the same for all of them serves all of them.
    const unserved = others
      .filter((each) => placeholderOfVariable(each, variable) !== value)
      .map(({ definition }) => definition.name);
    if (unserved.length > 0) {
      warn(
        `${variable} stands for ${owner.definition.name}, not for ${
          unserved.join(", ")
        }. Change that with: authsome prefer ${unserved[0]}`,
      );
    }
  }
  return variables;
}

/** Variables of the command whose value is no secret; of two that have one name, the first. */
function publicsOf(
  inputs: readonly RouteInput[],
  others: readonly RouteInput[],
): Map<string, string> {
  const own = ({ definition, values = {} }: RouteInput) =>
    Object.entries(publicExports(definition, values));
  const named = namedVariables(
    others.flatMap((input) =>
      own(input).map(([variable, value]) => ({
        variable,
        connection: input.connection,
        value,
      }))
    ),
    ({ value }) => value,
  );
  const variables = new Map(named.variables);
  for (const [name, value] of inputs.flatMap(own).reverse()) {
    variables.set(name, value);
  }
  return variables;
}

/** The configuration files of those that take part. */
export async function filesOf(
  inputs: ReadonlyMap<string, RouteInput>,
  warn: (message: string) => void,
): Promise<HomeFile[]> {
  const own = [...inputs.values()]
    .filter(({ definition }) => definition.config_files !== undefined);
  if (own.length === 0) return [];
  const { configFiles } = await import("./config_files.ts");
  return configFiles(own, placeholderOf, warn);
}

/** The variables of every provider, connected or not, also of a bundled one that a file of the user hides. */
async function declaredSecrets(
  registry: RunContext["registry"],
): Promise<string[]> {
  return await registry.secretVariables(secretVariables);
}
