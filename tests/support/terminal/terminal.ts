/**
 * A person at an interactive shell, in a pseudo-terminal. Python's `pty` makes it, since neither runtime can.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import type { Session } from "./terminal_script.ts";

/** Starts its arguments in a terminal of 40 lines and as many columns as the first says, between its own input and output. */
const RELAY = `
import fcntl, os, pty, select, signal, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    # What a shell ignores in the background, all that it starts ignores.
    for each in (signal.SIGINT, signal.SIGQUIT): signal.signal(each, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
other = {0: terminal, terminal: 1}
try:
    while True:
        for source in select.select(list(other), [], [])[0]:
            part = os.read(source, 4096)
            if not part: sys.exit()
            os.write(other[source], part)
except OSError:
    pass
finally:
    os.close(terminal)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;

/** Milliseconds after which what should show is not waited for any more. */
const TIMEOUT_MS = 60_000;

/** How a {@linkcode Terminal} differs from the usual one. */
interface TerminalOptions {
  /** Default: 120. */
  columns?: number;
  /** Variables besides those of the session. */
  env?: Record<string, string>;
}

/** An interactive shell whose prompt is `ready> `, or ends so. */
export class Terminal {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  #seen = "";
  #changed = () => {};

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#read = this.#collect();
  }

  /** Starts `command` in the session and waits for its prompt. */
  static async open(
    session: Session,
    command: string[],
    { columns = 120, env = {} }: TerminalOptions = {},
  ): Promise<Terminal> {
    const shown =
      "#!/bin/sh\nprintf '\\n<<'; printf '<%s>' \"$@\"; echo '>>'\n";
    await Deno.writeTextFile(`${session.work}/bin/shown`, shown, {
      mode: 0o755,
    });
    const terminal = new Terminal(
      new Deno.Command("python3", {
        args: ["-c", RELAY, String(columns), ...command],
        cwd: session.work,
        clearEnv: true,
        env: {
          ...session.environment,
          ...{ TERM: "xterm", SHELL: command[0]! },
          ...env,
        },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
    await terminal.shows(/ready> /);
    return terminal;
  }

  /** Types; what was shown before is not looked at any more. */
  async type(keys: string): Promise<void> {
    this.#seen = "";
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** Waits until `pattern` shows; returns what showed since keys were last typed. */
  async shows(pattern: RegExp): Promise<string> {
    const end = Date.now() + TIMEOUT_MS;
    while (!pattern.test(this.#text)) {
      const left = end - Date.now();
      if (left <= 0) {
        throw new Error(`${pattern} did not show, but:\n${this.#text}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed = resolve;
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
    }
    return this.#text;
  }

  /** The words that the shell makes of the line after `keys`: it runs them as arguments of a program that shows them. */
  async words(keys: string): Promise<string[]> {
    await this.type(`${keys}\x01shown \r`);
    const text = await this.shows(/<<<[^]*>>>[^]*ready> /);
    return /<<<([^]*?)>>>/.exec(text)![1]!.split("><");
  }

  /** The exit code of the command, once it has ended. */
  async ended(): Promise<number> {
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }

  get #text(): string {
    return stripVTControlCharacters(this.#seen);
  }

  async #collect(): Promise<void> {
    const text = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of text) {
      this.#seen += part;
      this.#changed();
    }
  }
}
