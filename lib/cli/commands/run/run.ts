/** `authsome run`: a command behind the proxy. @module */
import type { AuditEvent, Because } from "../../../audit/event.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import { SOCKET_PATH_BYTES } from "../../../wire/socket_path.ts";
import type { RunHostRequest } from "../../../ports/run_host.ts";
import type { RunRules } from "../../../broker/policy/live_rules.ts";
import type { RunRequest } from "../../../run/proxied_run.ts";
import type { Troubles } from "../../../run/troubles.ts";
import {
  defineCommand,
  option,
  options,
  toggle,
} from "../../kit/define_command.ts";
import {
  chosenConnections,
  CONNECTION_FLAGS,
  type ConnectionFlags,
  POLICY_FLAG,
} from "../../kit/connection_flags.ts";
import { RULE_FLAGS, rulesOf } from "../../kit/rule_flags.ts";

interface Flags extends ConnectionFlags {
  allConnections?: boolean;
  policy?: "open" | "deny";
  readOnly?: boolean;
  policyFile?: string;
  maxUsd?: number;
  sandbox?: boolean;
  agent?: string;
  allowWrite?: string[];
  allowRead?: string[];
  denyRead?: string[];
  allowPrivate?: string[];
  noNetwork?: boolean;
  allowUnixSockets?: boolean;
  keep?: boolean;
  undo?: boolean;
  listen?: string;
  noShims?: boolean;
  dryRun?: boolean;
}

export default defineCommand<Flags, string[]>({
  description:
    "The command and everything it starts see only placeholders, such as authsome-proxy-managed; the proxy puts the real " +
    "credential into their HTTPS requests. If a provider has several connections, a request uses the default one or the " +
    "one that its placeholder names: authsome-proxy-managed.work. --connection leaves only the one you choose. The " +
    "command begins at the first word that is no flag of run, and all that follows is its own; without one, your shell " +
    "opens at a terminal, with (authsome) in its prompt. The exit code is the command's own. At the end, one line on " +
    "stderr names what was refused and the command that fixes it. Requests that would create a key or token are refused unless --allow-minting names the " +
    "provider. The rules of policy.json hold besides, see authsome policy list; --read-only refuses every request with a credential that is not known to only read. With --sandbox, the command can write only to the working folder, sees no vault, key or browser profile, " +
    "and can reach nothing but the proxy.",
  usage:
    "[--sandbox] [--only p,q] [--connection p=name]… [--all-connections] [--allow-minting p]… [--policy open|deny] [--read-only] [--policy-file file] [--max-usd n] [--dry-run] [--] [<command> [arguments]]",
  examples: [
    [
      "authsome run --sandbox --agent claude -- claude",
      "Run an agent in a sandbox, with every connected account",
    ],
    ["authsome run -- claude", "The same without a sandbox"],
    [
      "authsome run curl -s https://api.github.com/user",
      "One request; -s is curl's",
    ],
    ["authsome run", "Open your shell behind the proxy"],
    [
      "authsome run --dry-run --sandbox",
      "Show what would take part, and start nothing",
    ],
    [
      "authsome run --only openai -- python3 app.py",
      "Give it one provider and no other",
    ],
    [
      "authsome run --connection github=work -- gh pr list",
      "Use an account other than the default",
    ],
    [
      "authsome run --all-connections -- python3 sync.py",
      "Also set GH_TOKEN__WORK and the like",
    ],
    [
      "authsome run --allow-minting aws -- docker build .",
      "Let it create credentials at one provider",
    ],
    [
      "authsome run --policy deny -- npm test",
      "Refuse every host that no connection serves",
    ],
    [
      "authsome run --read-only -- claude",
      "Let it read from its accounts, and change nothing there",
    ],
    [
      "authsome run --max-usd 5 -- codex",
      "Stop its requests to models once they have cost 5 US dollars",
    ],
    [
      "authsome run --sandbox --allow-write ~/.npm -- npm ci",
      "Let the command write to one more folder",
    ],
    [
      "authsome run --sandbox --allow-private git.corp.example -- make deploy",
      "Let it reach a host on a private network",
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
        "Also set <VAR>__<NAME> for the other connections of a provider",
      ),
      policy: POLICY_FLAG,
      ...RULE_FLAGS,
      sandbox: toggle("Run the command in a sandbox"),
      agent: option(
        "In the sandbox, let this agent keep its state: claude, codex, gemini and others",
        "name",
      ),
      allowWrite: options("Let it write to this path too", "path", "file"),
      allowRead: options("Let it read this hidden path", "path", "file"),
      denyRead: options("Hide this path from it too", "path", "file"),
      allowPrivate: options(
        "Let it reach a host on this machine or a private network",
        "host|cidr",
      ),
      noNetwork: toggle("Give it no network, not even the proxy"),
      allowUnixSockets: toggle(
        "Let it use Unix sockets even if sockets of other programs are within reach",
      ),
      keep: toggle("Keep what it left for other programs, without asking"),
      undo: toggle("Undo what it left for other programs, without asking"),
      listen: option(
        "Also listen on a Unix socket, for a container",
        "unix:path",
      ),
      noShims: toggle("Load no helpers into Node, Java and Python"),
      dryRun: toggle("Show what would take part, and start nothing"),
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Command and its arguments; without one, your shell",
        placeholder: "command",
      },
    },
  },

  async run(context, flags, ...command) {
    const { allConnections, policy } = flags;
    const request: RunRequest & RunRules = {
      command,
      ...rulesOf(flags),
      ...chosenConnections(flags),
      ...defined({ allConnections }),
      policy: policy ?? "open",
    };
    const { sandbox, ...others } = form(flags);
    if (sandbox && !flags.agent) {
      const { agentOf } = await import(
        "../../../sandbox/agents/agent_names.ts"
      );
      const agent = agentOf(command[0]);
      if (agent) {
        context.output.say(
          `${command[0]} keeps no state in this sandbox: add --agent ${agent}`,
        );
      }
    }
    if (flags.dryRun) {
      const { tellDryRun } = await import("./tell_dry_run.ts");
      return await tellDryRun(context, request, sandbox);
    }
    const nested = context.machine.env.get("AUTHSOME_PROXY_MODE") === "true";
    let files: Readonly<Record<string, string>> | undefined;
    if (command.length === 0) {
      const { openShell } = await import("./open_shell.ts");
      request.shell = await openShell(context, { nested, sandbox });
      files = request.shell.files;
    }
    if (nested) {
      context.output.warn(
        "This is already in a run of authsome: requests pass both proxies, and either may add a credential or refuse them",
      );
    }
    // The terminal is the command's.
    context.leavesTerminal = true;
    const broker = await context.broker();
    const { runCommand } = await import("../../../broker/run_command.ts");
    const troubles = new LateTroubles();
    context.exitCode = await runCommand(broker, request, {
      ...others,
      ...defined({ sandbox, files }),
      shims: !flags.noShims,
      warn: (message) => context.output.warn(message),
      async leftBehind(left, undo) {
        const { tellLeftBehind } = await import("./report_left_behind.ts");
        const choice = flags.keep
          ? "keep"
          : flags.undo
          ? "undo"
          : request.shell && "tell";
        await tellLeftBehind(context, choice, left, undo);
      },
    }, troubles);
    const found = await troubles.list();
    if (found) {
      const { tellTroubles } = await import("./report_troubles.ts");
      await tellTroubles(context, request, found);
    }
  },
});

/** {@linkcode Troubles} that are loaded by the first one: most runs have none. */
class LateTroubles {
  readonly #served = new Set<string>();
  readonly #waiting: ((troubles: Troubles) => void)[] = [];
  #loading: Promise<Troubles> | undefined;
  #troubles: Troubles | undefined;
  #admitted = false;

  admit(): void {
    this.#admitted = true;
    this.#troubles?.admit();
  }

  record(event: AuditEvent, because?: Because): void {
    if (this.#troubles) return this.#troubles.record(event, because);
    const isFine = event.status !== 401 && event.reason === undefined;
    if (event.event === "inject" && isFine && !this.#loading) {
      this.#served.add(event.host ?? "");
      return;
    }
    this.#waiting.push((troubles) => troubles.record(event, because));
    this.#loading ??= this.#load();
  }

  async list(): Promise<ReturnType<Troubles["list"]> | undefined> {
    return (await this.#loading)?.list();
  }

  async #load(): Promise<Troubles> {
    const { Troubles } = await import("../../../run/troubles.ts");
    const troubles = this.#troubles = new Troubles(this.#served);
    if (this.#admitted) troubles.admit();
    this.#waiting.forEach((tell) => tell(troubles));
    return troubles;
  }
}

/** In which form the command is run. */
function form(flags: Flags): Omit<RunHostRequest, "warn" | "leftBehind"> {
  const { sandbox, allowWrite, allowRead, denyRead, noNetwork, listen } = flags;
  const { allowPrivate = [], allowUnixSockets } = flags;
  const { keep, undo } = flags;
  if (keep && undo) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --keep with --undo",
      "Without either, authsome asks on a terminal and otherwise keeps everything",
    );
  }
  if (sandbox) {
    if (listen !== undefined) {
      throw new AuthsomeError(
        "Usage",
        "Cannot use --listen with --sandbox",
        "A sandbox connects to the proxy by itself; only a container needs --listen",
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
        ...defined({ agent: flags.agent }),
        network: !noNetwork,
      },
    };
  }
  if (
    allowWrite ?? allowRead ?? denyRead ?? noNetwork ?? allowUnixSockets ??
      flags.agent ?? keep ?? undo
  ) {
    throw new AuthsomeError(
      "Usage",
      "--agent, --allow-write, --allow-read, --deny-read, --allow-unix-sockets, --no-network, --keep and --undo need --sandbox",
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
      `Cannot use --listen "${listen}": its path has ${length} bytes, at most ${SOCKET_PATH_BYTES} are allowed for a socket`,
      "Choose a shorter one, such as unix:/run/user/1000/authsome.sock",
    );
  }
  return { socket, allowPrivate };
}
