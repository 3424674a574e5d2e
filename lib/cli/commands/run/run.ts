/** `authsome run`: a command behind the proxy. @module */
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import { SOCKET_PATH_BYTES } from "../../../wire/socket_path.ts";
import type { RunMachineRequest } from "../../../run/run.ts";
import { defineCommand, option, options, toggle } from "../../kit/command.ts";
import {
  chosenConnections,
  CONNECTION_FLAGS,
  type ConnectionFlags,
  POLICY_FLAG,
} from "../../kit/connection_flags.ts";

interface Flags extends ConnectionFlags {
  allConnections?: boolean;
  policy?: "open" | "deny";
  sandbox?: boolean;
  allowWrite?: string[];
  allowRead?: string[];
  denyRead?: string[];
  allowPrivate?: string[];
  noNetwork?: boolean;
  allowUnixSockets?: boolean;
  keep?: boolean;
  undo?: boolean;
  listen?: string;
}

export default defineCommand<Flags, string[]>({
  description:
    "The command and what it starts see only the placeholder authsome-proxy-managed; the proxy puts the real " +
    "credential into their HTTPS requests. Of a provider with several connections they use the default one, or " +
    "by its name another: authsome-proxy-managed.work. --connection leaves them one. The exit code is the command's own. " +
    "Requests that would make a new key or token are refused unless --allow-minting names the provider. " +
    "With --sandbox the command can write only the working folder, sees no vault, key or browser profile, and reaches " +
    "nothing but the proxy.",
  usage:
    "[--sandbox] [--only p,q] [--connection p=name]… [--all-connections] [--allow-minting p]… [--policy open|deny] -- <command> [arguments]",
  examples: [
    [
      "authsome run --sandbox -- claude",
      "Run an agent with every connected account, and no other way out",
    ],
    ["authsome run -- claude", "The same without a sandbox"],
    [
      "authsome run --only openai -- python app.py",
      "Give it one provider and no other",
    ],
    [
      "authsome run --connection github=work -- gh pr list",
      "Use another account than the default one",
    ],
    [
      "authsome run --all-connections -- python sync.py",
      "Also set GH_TOKEN__WORK and the like",
    ],
    [
      "authsome run --allow-minting aws -- docker build .",
      "Let it make new credentials at one provider",
    ],
    [
      "authsome run --policy deny -- npm test",
      "Refuse every host that no connection serves",
    ],
    [
      "authsome run --sandbox --allow-write ~/.npm -- npm ci",
      "Let the command write one more folder",
    ],
    [
      "authsome run --sandbox --allow-private git.corp.example -- make deploy",
      "Lead it to a host of a private network, too",
    ],
    [
      "authsome run --listen unix:/run/user/1000/authsome.sock -- docker compose up",
      "Serve an agent in a container through a socket",
    ],
  ],
  parameters: {
    flags: {
      ...CONNECTION_FLAGS,
      allConnections: toggle(
        "Also set <VAR>__<NAME> for connections that are not the default",
      ),
      policy: POLICY_FLAG,
      sandbox: toggle("Keep the command from everything but its work"),
      allowWrite: options("Let it write there too", "path", "file"),
      allowRead: options("Let it read a hidden place", "path", "file"),
      denyRead: options("Hide one more place from it", "path", "file"),
      allowPrivate: options(
        "Lead it to a host of this machine or a private network",
        "host|cidr",
      ),
      noNetwork: toggle("Give it no network, not even the proxy"),
      allowUnixSockets: toggle(
        "Let it use Unix sockets even if some of other programs are within reach",
      ),
      keep: toggle("Keep what it left behind for other programs, unasked"),
      undo: toggle("Undo what it left behind for other programs, unasked"),
      listen: option(
        "Listen on a socket besides, for a container",
        "unix:path",
      ),
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Command and arguments, after --",
        placeholder: "command",
      },
    },
  },

  async run(context, flags, ...command) {
    const { allConnections, policy } = flags;
    // The terminal is the command's.
    context.leavesTerminal = true;
    const broker = await context.broker();
    context.exitCode = await broker.run({
      command,
      ...chosenConnections(flags),
      ...defined({ allConnections }),
      policy: policy ?? "open",
    }, {
      ...form(flags),
      warn: (message) => context.output.warn(message),
      async leftBehind(left, undo) {
        const { tellLeftBehind } = await import("./left_behind.ts");
        const choice = flags.keep ? "keep" : flags.undo ? "undo" : undefined;
        await tellLeftBehind(context, choice, left, undo);
      },
    });
  },
});

/** In which form the command is run. */
function form(flags: Flags): Omit<RunMachineRequest, "warn" | "leftBehind"> {
  const { sandbox, allowWrite, allowRead, denyRead, noNetwork, listen } = flags;
  const { allowPrivate = [], allowUnixSockets } = flags;
  const { keep, undo } = flags;
  if (keep && undo) {
    throw new AuthsomeError(
      "Usage",
      "--keep and --undo exclude each other",
      "Without either, authsome asks on a terminal and keeps elsewhere",
    );
  }
  if (sandbox) {
    if (listen !== undefined) {
      throw new AuthsomeError(
        "Usage",
        "--listen and --sandbox exclude each other",
        "A sandbox has its own way to the proxy; a container needs --listen",
      );
    }
    return {
      sandbox: {
        allowWrite: allowWrite ?? [],
        allowRead: allowRead ?? [],
        denyRead: denyRead ?? [],
        allowEnv: [],
        allowPrivate,
        unixSockets: allowUnixSockets ?? false,
        network: !noNetwork,
      },
    };
  }
  if (
    allowWrite ?? allowRead ?? denyRead ?? noNetwork ?? allowUnixSockets ??
      keep ?? undo
  ) {
    throw new AuthsomeError(
      "Usage",
      "--allow-write, --allow-read, --deny-read, --allow-unix-sockets, --no-network, --keep and --undo need --sandbox",
      "authsome run --sandbox -- <command> [arguments]",
    );
  }
  if (listen === undefined) return { allowPrivate };
  const [, socket] = /^unix:(\/.+)$/.exec(listen) ?? [];
  if (socket === undefined) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use --listen "${listen}": expected unix: and an absolute path`,
      "Write --listen unix:/run/user/1000/authsome.sock",
    );
  }
  const { length } = new TextEncoder().encode(socket);
  if (length > SOCKET_PATH_BYTES) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use --listen "${listen}": its path has ${length} bytes, and that of a socket has at most ${SOCKET_PATH_BYTES}`,
      "Choose a shorter one, such as unix:/run/user/1000/authsome.sock",
    );
  }
  return { socket, allowPrivate };
}
