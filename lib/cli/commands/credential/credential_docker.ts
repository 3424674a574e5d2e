import { isInRun } from "../../../broker/credential/in_run.ts";
import { AuthsomeError } from "../../../errors.ts";
import { argument, defineCommand } from "../../kit/define_command.ts";
import type { CliContext } from "../../kit/command_context.ts";
import {
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
  REQUEST_LIMIT,
} from "./helper_flags.ts";

/** `credential docker <get|store|erase|list>`: what `docker-credential-authsome` runs. */
export default defineCommand<HelperFlags, [operation: string]>({
  description:
    "A credential helper of Docker, which calls it docker-credential-authsome; authsome setup docker writes that program and Docker's configuration, which Buildx, Podman, Skopeo and crane read too. get reads the name of a registry from stdin and prints the user and a fresh token of the connection that serves it. list prints the registries that connections serve. store and erase, which docker login and docker logout call, change nothing: logins are those of the vault. In authsome run, get gives no secret.",
  examples: [
    ["authsome setup docker", "let Docker ask authsome"],
    ["echo ghcr.io | authsome credential docker get", "what Docker is told"],
    ["authsome credential docker list", "registries that are served"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("get, list, store or erase", "operation")],
    },
    flags: HELPER_FLAGS,
  },

  async run(context, flags, operation) {
    const { machine } = context;
    const run = Object.hasOwn(OPERATIONS, operation)
      ? OPERATIONS[operation]!
      : undefined;
    if (!run) {
      throw new AuthsomeError(
        "Usage",
        `Cannot run "${operation}": it is not an operation of Docker's credential helpers`,
        "Write get, list, store or erase",
      );
    }
    const choice = helperChoice(flags);
    const warn = (message: string) => context.output.warn(message);
    const input = operation === "list"
      ? ""
      : (await machine.terminal.readAll(REQUEST_LIMIT)).trim();
    await run(context, input, { choice, warn });
    if (
      context.output.asJson && (operation === "store" || operation === "erase")
    ) context.output.json({});
  },
});

type Options = Parameters<
  typeof import("../../../broker/credential/docker_credential.ts")[
    "dockerCredential"
  ]
>[2];

const OPERATIONS: Readonly<
  Record<
    string,
    (context: CliContext, input: string, options: Options) => Promise<void>
  >
> = { get, list, store, erase };

async function get(context: CliContext, input: string, options: Options) {
  const { NOT_FOUND, NO_SERVER, readRegistry } = await protocol();
  if (input === "") return refuse(context, NO_SERVER);
  const registry = readRegistry(input);
  if (!registry) return refuse(context, NOT_FOUND);
  const broker = await context.broker();
  const { dockerCredential } = await useCases();
  const login = await dockerCredential(broker, registry, options);
  if (!login) {
    if (isInRun(broker)) {
      context.output.warn(
        `In authsome run no registry is given a credential: ${registry.host} is asked without one`,
      );
    }
    return refuse(context, NOT_FOUND);
  }
  const { username, password } = login;
  print(
    context,
    { ServerURL: input, Username: username, Secret: password },
    { server_url: input, username, password },
  );
}

async function list(context: CliContext, _: string, options: Options) {
  const broker = await context.broker();
  const { dockerRegistries } = await useCases();
  const served = isInRun(broker) ? [] : await dockerRegistries(broker, options);
  const registries = Object.fromEntries(
    served.map(({ keys: [key], username }) => [key, username]),
  );
  print(context, registries, { registries });
}

async function store(context: CliContext, input: string, options: Options) {
  const { NO_SERVER, readRegistry, readStored } = await protocol();
  const stored = readStored(input);
  if (!stored) return refuse(context, NO_SERVER);
  const registry = readRegistry(stored.server);
  const broker = await context.broker();
  // docker login without a user takes what get gave it, and stores it again.
  const { isDockerCredential } = await useCases();
  if (
    registry &&
    await isDockerCredential(broker, registry, stored.password, options)
  ) return;
  refuse(
    context,
    `authsome keeps the logins of its own: authsome login, and no docker login, for ${
      registry?.host ?? "this registry"
    }`,
  );
}

async function erase({ output }: CliContext, input: string) {
  const { readRegistry } = await protocol();
  const host = readRegistry(input)?.host ?? "the registry";
  output.say(
    `The login of the vault for ${host} stays: authsome logout deletes one`,
  );
}

function protocol() {
  return import("../../../broker/credential/docker_protocol.ts");
}

function useCases() {
  return import("../../../broker/credential/docker_credential.ts");
}

/** Errors of the protocol are on stdout. */
function refuse(context: CliContext, message: string): void {
  if (context.output.asJson) {
    throw new AuthsomeError(
      "ConnectionNotFound",
      `Cannot answer Docker: ${message}`,
      "authsome credential docker list",
    );
  }
  context.output.raw(`${message}\n`);
  context.exitCode = 1;
}

/** Writes what Docker reads, or its counterpart for `--json`. */
function print(
  { output }: CliContext,
  protocol: object,
  json: Record<string, unknown>,
): void {
  if (output.asJson) output.json(json);
  else output.raw(`${JSON.stringify(protocol)}\n`);
}
