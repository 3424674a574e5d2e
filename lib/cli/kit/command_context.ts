/** What a command works with. @module */
import type { Broker } from "../../broker/broker.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Globals } from "./globals.ts";
import { defined } from "../../object.ts";
import type {
  CommandLineMachine,
  Questions,
} from "../../ports/command_line.ts";
import { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import { printable, shorten } from "./terminal_text.ts";

/** Opens the ports of the home; called at most once. `interactive`: a person can be asked. `warn` is told in a line what was changed about it and what is waited for. */
export type OpenRuntime = (
  options: { warn(message: string): void; interactive: boolean },
) => Promise<Runtime>;

/** Loads the broker, and in the same go what opens those ports: each import by itself costs about a millisecond. */
export type LoadBroker = () => Promise<
  Pick<typeof import("../../broker/broker.ts"), "Broker">
>;

/** Made once per process by `main.ts`; a command reaches the world only through it. */
export class CliContext {
  readonly output: Output;
  /** Whether the terminal is left to another program, so that nothing may be drawn on it. */
  leavesTerminal = false;
  /** Set only to pass on a child's exit code, or as the protocol of another program wants it. */
  exitCode = 0;
  #broker?: Promise<Broker>;
  #runtime?: Promise<Runtime>;
  #progress?: Promise<Progress>;

  constructor(
    readonly globals: Globals,
    readonly machine: CommandLineMachine,
    private readonly openRuntime: OpenRuntime,
    private readonly loadBroker: LoadBroker,
  ) {
    const { terminal, env } = machine;
    const colour = !globals.noColor && !env.get("NO_COLOR") &&
      env.get("TERM") !== "dumb";
    this.output = new Output(terminal, {
      json: globals.json,
      quiet: globals.quiet,
      // Asked only when it matters: the question costs a system call.
      colour: {
        get stdout() {
          return colour && terminal.stdoutIsTTY;
        },
        get stderr() {
          return colour && terminal.stderrIsTTY;
        },
      },
    });
  }

  /** The broker of the chosen profile, opened at the first call. */
  broker(): Promise<Broker> {
    return this.#broker ??= this.#open();
  }

  /** Width of the terminal that data is written to, in cells; without limit where it is none. */
  get width(): number {
    const { terminal } = this.machine;
    return terminal.stdoutIsTTY ? terminal.columns() : Infinity;
  }

  /** Begins to load what nearly every command works with, while the command itself is loaded. */
  warmUp(): void {
    this.loadBroker();
  }

  async #open(): Promise<Broker> {
    const [{ Broker }, runtime] = await Promise.all([
      this.loadBroker(),
      this.runtime(),
    ]);
    return await Broker.open(runtime, { profile: this.globals.profile });
  }

  /** The ports of the home, for what must work when the broker does not open. */
  runtime(): Promise<Runtime> {
    return this.#runtime ??= this.#openRuntime();
  }

  async #openRuntime(): Promise<Runtime> {
    const runtime = await this.openRuntime({
      interactive: this.canAsk,
      warn: (message) => {
        if (!this.leavesTerminal) this.output.warn(message);
      },
    });
    const fetch: Runtime["fetch"] = (input, init) =>
      this.during(
        `Waiting for ${hostOf(input)}`,
        () => runtime.fetch(input, init),
      );
    return Object.create(runtime, { fetch: { value: fetch } });
  }

  /** Does `work`; says `label` to a person at a terminal while it takes more than half a second. */
  async during<T>(label: string, work: () => Promise<T>): Promise<T> {
    if (this.leavesTerminal || !this.output.isWatched) return await work();
    const progress = await (this.#progress ??= this.#openProgress());
    return await progress.during(label, work);
  }

  async #openProgress(): Promise<Progress> {
    const { Progress } = await import("./progress.ts");
    const progress = new Progress(this.machine.terminal);
    this.output.beforeWrite = () => progress.erase();
    return progress;
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const opened = this.#broker;
    if (opened) await (await opened.catch(() => undefined))?.close();
  }

  /**
   * Asks a yes-or-no question on the terminal; the answer of Enter alone is no.
   *
   * @param flag the flag that answers yes, named in the error when there is no terminal to ask on.
   * @throws {AuthsomeError} `Usage` without a terminal, `InputCancelled` at end of input.
   */
  async confirm(question: string, flag: string): Promise<boolean> {
    if (!this.canAsk) {
      throw new AuthsomeError(
        "Usage",
        "Cannot ask for confirmation: there is no terminal",
        `Say yes with ${flag}`,
      );
    }
    return await (await this.questions()).yes(question);
  }

  /** Whether a person at a terminal can be asked. */
  get canAsk(): boolean {
    const { stdinIsTTY, stderrIsTTY } = this.machine.terminal;
    return stdinIsTTY && stderrIsTTY;
  }

  /** Questions to the person, each without what may be obeyed by the terminal. Only if {@linkcode CliContext.canAsk}. */
  async questions(): Promise<Questions> {
    const { yes, line, masked, choice, key } = await this.machine.questions();
    return {
      yes: (question) => yes(printable(question)),
      line: (question, check) => line(printable(question), check),
      masked: (question, check) => masked(printable(question), check),
      choice: (question, choices) =>
        choice(
          printable(question),
          choices.map((each) => ({
            value: each.value,
            label: printable(each.label),
            ...defined({ hint: each.hint && printable(each.hint) }),
          })),
        ),
      key: (question, keys, signal) => key(printable(question), keys, signal),
    };
  }

  /** A line for `--verbose` (stderr) and `--log-file`. Never a secret. */
  trace(line: string): void {
    const { verbose, logFile } = this.globals;
    if (verbose && !this.globals.quiet) this.output.say(`  ${line}`);
    if (logFile === undefined) return;
    const time = new Date().toISOString();
    try {
      this.machine.appendPrivate(logFile, `${time} ${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw new AuthsomeError(
        "Usage",
        `Cannot write log file "${shorten(logFile, 200)}"`,
        "Choose another with --log-file",
        { cause, subject: { file: logFile } },
      );
    }
  }
}

/** The server that a request goes to; the rest of a URL may be secret. */
function hostOf(input: Request | URL | string): string {
  const url = input instanceof Request ? input.url : String(input);
  return URL.canParse(url) ? new URL(url).host : "a server";
}
