/** What `ssh-agent` does. @module */
import type { Broker } from "../../../broker/broker.ts";
import {
  serveSshAgent,
  sshAgentHost,
} from "../../../broker/ssh/serve_ssh_agent.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined, parseObject } from "../../../object.ts";
import type { ListeningAgent } from "../../../ports/hosts/ssh_host.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** The flags of `ssh-agent`. */
export interface AgentFlags {
  foreground?: boolean;
  kill?: boolean;
  sh?: boolean;
  csh?: boolean;
  fish?: boolean;
  socket?: string;
  /** Seconds. */
  lifetime?: number;
}

/** A shell that lines are printed for. */
type Shell = "sh" | "csh" | "fish";

/** How long an agent in the background has to begin. Milliseconds. */
const START_MS = 20_000;
/** Variables of ours with secrets, which no other program gets. */
const OWN_SECRETS =
  /^AUTHSOME_(?:MASTER_KEY|PASSPHRASE|NEW_PASSPHRASE)(?:_FILE)?$/;

/** Starts an agent in the background, here, or for a command; or stops one. */
export async function runSshAgent(
  context: CliContext,
  flags: AgentFlags,
  command: readonly string[],
): Promise<void> {
  const { kill, foreground, lifetime, socket } = flags;
  const given = [
    kill && "-k",
    foreground && "-D",
    command.length && "a command",
  ]
    .filter((each) => each);
  if (given.length > 1) {
    throw usage(`${given.join(" and ")} do not go together`);
  }
  const shell = shellOf(context, flags);
  const broker = await context.broker();
  if (kill) return await stop(context, broker, shell, socket);
  if (command.length > 0) {
    if (lifetime !== undefined) throw usage("-t has no meaning with a command");
    return await runWithAgent(context, broker, command, socket);
  }
  if (foreground) return await stay(context, broker, shell, flags);
  await start(context, broker, shell, flags);
}

async function start(
  context: CliContext,
  broker: Broker,
  shell: Shell,
  { socket, lifetime }: AgentFlags,
): Promise<void> {
  const { output } = context;
  const host = await sshAgentHost(broker);
  const path = socket ?? host.sharedSocket(broker.profile);
  const running = await host.running(path);
  if (running) {
    if (lifetime !== undefined) {
      output.warn("It runs already: its time is not changed");
    }
    return tell(context, shell, { path, pid: running.pid }, false);
  }
  // What does not open should be said here, and the vault may ask for its passphrase.
  await broker.vault();
  if (!broker.runtime.startInBackground) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot start the SSH agent: this build cannot start a process in the background",
      "authsome ssh-agent -D",
    );
  }
  const started = await Promise.race([
    broker.runtime.startInBackground([
      ...["ssh-agent", "--foreground", "--json", "--socket", path],
      ...["--profile", broker.profile],
      ...lifetime === undefined ? [] : ["--lifetime", String(lifetime)],
    ], broker.env.toObject()),
    context.machine.sleep(START_MS).then(() => undefined),
  ]);
  const { pid, error, message, hint } = parseObject(started?.text ?? "") ?? {};
  if (typeof pid === "number") {
    return tell(context, shell, { path, pid }, true);
  }
  throw new AuthsomeError(
    error === "PortUnavailable" || error === "MasterKeyUnavailable"
      ? error
      : "StoreUnavailable",
    typeof message === "string"
      ? message
      : "Cannot start the SSH agent: it did not begin",
    typeof hint === "string" && hint ? hint : "See why: authsome ssh-agent -D",
  );
}

async function stay(
  context: CliContext,
  broker: Broker,
  shell: Shell,
  { socket, lifetime }: AgentFlags,
): Promise<void> {
  const { output, machine } = context;
  const host = await sshAgentHost(broker);
  const agent = await serveSshAgent(broker, {
    path: socket ?? host.sharedSocket(broker.profile),
    ...context.canAsk && !output.asJson &&
      { ask: (question: string) => askHere(context, question) },
    used: (line) => output.say(line),
  });
  const interrupted = machine.interrupted();
  try {
    tell(context, shell, agent, true);
    // The empty line ends the output for the process that started this one.
    if (output.asJson) output.raw("\n");
    await (lifetime === undefined
      ? ended(interrupted)
      : machine.sleep(lifetime * 1000, interrupted));
  } finally {
    await agent.close();
  }
}

async function runWithAgent(
  context: CliContext,
  broker: Broker,
  command: readonly string[],
  socket: string | undefined,
): Promise<void> {
  const host = await sshAgentHost(broker);
  const agent = await serveSshAgent(broker, defined({ path: socket }));
  // The terminal is the command's.
  context.leavesTerminal = true;
  try {
    const env = Object.fromEntries(
      Object.entries(context.machine.env.toObject())
        .filter(([name]) => !OWN_SECRETS.test(name)),
    );
    context.exitCode = await host.runCommand(command, {
      ...env,
      SSH_AUTH_SOCK: agent.path,
      SSH_AGENT_PID: String(agent.pid),
    });
  } finally {
    await agent.close();
  }
}

async function stop(
  context: CliContext,
  broker: Broker,
  shell: Shell,
  socket: string | undefined,
): Promise<void> {
  const { output, machine } = context;
  const host = await sshAgentHost(broker);
  const shared = host.sharedSocket(broker.profile);
  // The one that this shell was led to, if it is one of ours.
  for (const path of [socket ?? machine.env.get("SSH_AUTH_SOCK"), shared]) {
    if (!path || socket !== undefined && path !== socket) continue;
    const running = await host.running(path);
    if (!running || !await host.stop(path)) continue;
    if (output.asJson) output.json({ socket: path, pid: running.pid });
    else output.raw(unsetLines(shell, running.pid));
    return;
  }
  throw new AuthsomeError(
    "PortUnavailable",
    "Cannot stop the SSH agent: none of authsome is running here",
    "authsome ssh-agent starts one",
  );
}

async function askHere(
  context: CliContext,
  question: string,
): Promise<boolean> {
  const [first = "", ...details] = question.split("\n");
  for (const line of details) context.output.ask(`${line}\n`);
  return await (await context.questions()).yes(first);
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

function tell(
  context: CliContext,
  shell: Shell,
  { path, pid }: Pick<ListeningAgent, "path" | "pid">,
  isNew: boolean,
): void {
  const { output } = context;
  if (output.asJson) output.json({ socket: path, pid, started: isNew });
  else output.raw(setLines(shell, path, pid));
}

/** As ssh-agent(1): by the flag, else by the name of the person's shell. */
function shellOf(context: CliContext, { sh, csh, fish }: AgentFlags): Shell {
  const given = [sh && "sh", csh && "csh", fish && "fish"].filter((each) =>
    each
  ) as Shell[];
  if (given.length > 1) throw usage("choose one of -s, -c and --fish");
  const [, name] = /(csh|fish)$/.exec(context.machine.env.get("SHELL") ?? "") ??
    [];
  return given[0] ?? name as Shell ?? "sh";
}

function setLines(shell: Shell, path: string, pid: number): string {
  const words: Record<Shell, (name: string, value: string) => string> = {
    sh: (name, value) => `${name}=${value}; export ${name};`,
    csh: (name, value) => `setenv ${name} ${value};`,
    fish: (name, value) => `set -gx ${name} ${value};`,
  };
  return [
    words[shell]("SSH_AUTH_SOCK", quote(shell, path)),
    words[shell]("SSH_AGENT_PID", String(pid)),
    `echo Agent pid ${pid};`,
  ].join("\n") + "\n";
}

function unsetLines(shell: Shell, pid: number): string {
  const unset = { sh: "unset", csh: "unsetenv", fish: "set -e" }[shell];
  return [
    `${unset} SSH_AUTH_SOCK;`,
    `${unset} SSH_AGENT_PID;`,
    `echo Agent pid ${pid} killed;`,
  ].join("\n") + "\n";
}

/** A path as one word of the shell, whatever it holds. */
function quote(shell: Shell, path: string): string {
  if (/^[\w/.%@+-]+$/.test(path)) return path;
  if (shell === "fish") return `'${path.replace(/[\\']/g, "\\$&")}'`;
  const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
  // The history of csh does not mind quotes.
  return shell === "csh" ? quoted.replaceAll("!", "\\!") : quoted;
}

function usage(problem: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot start the SSH agent: ${problem}`,
    "See: authsome ssh-agent --help",
  );
}
