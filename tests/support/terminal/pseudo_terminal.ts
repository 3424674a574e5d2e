/**
 * A program as the foreground job of a pseudo-terminal, with what a shell does around it: signals, Ctrl-Z and `fg`, a
 * window that is closed. Python makes the terminal, since neither runtime can.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/**
 * Takes commands as JSON lines and answers with JSON lines. It is the session leader, as a shell is, so that the terminal
 * is still there when the program has ended and its settings can be compared.
 */
const SHELL = `
import base64, fcntl, json, os, select, signal, struct, sys, termios, time
os.setsid()
for each in (signal.SIGTTOU, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
# Settings of the person's own, which nothing but what was there before would bring back.
own = termios.tcgetattr(slave)
own[6][termios.VERASE], own[6][termios.VINTR] = b"\\x08", b"\\x03"
own[3] &= ~termios.ECHOCTL
termios.tcsetattr(slave, termios.TCSANOW, own)
def settings(): return repr(termios.tcgetattr(slave))
def say(**what): print(json.dumps(what), flush=True)
before = settings()
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(slave, os.getpid())
    # What a shell ignores in the background, all that it starts ignores.
    for each in (signal.SIGTTOU, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT): signal.signal(each, signal.SIG_DFL)
    for fd in (0, 1, 2): os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(sys.argv[1], sys.argv[1:])
end, rest, closed = time.time() + 80, b"", False
while True:
    sources = [0] if closed else [0, master]
    for source in select.select(sources, [], [], 0.02)[0]:
        part = os.read(source, 4096)
        if source == master:
            if closed: continue
            say(screen=base64.b64encode(part).decode())
            continue
        if not part: os.killpg(child, signal.SIGKILL)
        *lines, rest = (rest + part).split(b"\\n")
        for line in lines:
            command, value = json.loads(line)
            if command == "type": os.write(master, value.encode())
            if command == "kill": os.kill(child, value)
            if command == "fg":
                os.tcsetpgrp(slave, child)
                os.killpg(child, signal.SIGCONT)
            if command == "close":
                closed = True
                os.close(slave)
                os.close(master)
            if command == "echoes":
                say(echoes=bool(termios.tcgetattr(slave)[3] & termios.ECHO))
    if time.time() > end: os.killpg(child, signal.SIGKILL)
    pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
    if pid and os.WIFSTOPPED(status):
        # A shell gives the terminal to the next job.
        os.tcsetpgrp(slave, os.getpid())
        say(stopped=settings() == before)
    elif pid:
        while not closed and select.select([master], [], [], 0.1)[0]:
            say(screen=base64.b64encode(os.read(master, 4096)).decode())
        say(code=os.waitstatus_to_exitcode(status), restored=None if closed else settings() == before)
        sys.exit()
`;
import { missing } from "../missing.ts";

/** What Python says. */
interface Report {
  screen?: string;
  stopped?: boolean;
  echoes?: boolean;
  code?: number;
  restored?: boolean | null;
}

/** Why a test with a pseudo-terminal is skipped, or `false`. */
export const NO_PSEUDO_TERMINAL: string | false = await missing(
  "python3",
  "-c",
  "import termios",
);

/** A program on a terminal of 40 lines and 120 columns. */
export class PseudoTerminal {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  #reports: Report[] = [];
  #screen = "";
  #seen = 0;
  #changed = () => {};
  #over = false;

  constructor(
    command: readonly string[],
    options: { env: Record<string, string>; cwd?: string },
  ) {
    this.#child = new Deno.Command("python3", {
      args: ["-c", SHELL, ...command],
      ...options,
      clearEnv: true,
      env: { TERM: "xterm", ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#read = this.#collect();
  }

  /** Everything that was shown, without control sequences. */
  get screen(): string {
    return stripVTControlCharacters(this.#screen);
  }

  /** Everything that was shown, as it came. */
  get raw(): string {
    return this.#screen;
  }

  /** Waits until `text` shows, after what was waited for before. */
  async shows(text: string): Promise<void> {
    await this.#until(() => {
      const at = this.screen.indexOf(text, this.#seen);
      if (at < 0) return undefined;
      this.#seen = at + text.length;
      return true;
    }, JSON.stringify(text));
  }

  type(keys: string): Promise<void> {
    return this.#send("type", keys);
  }

  /** Sends a signal, by number, to the program alone. */
  kill(signal: number): Promise<void> {
    return this.#send("kill", signal);
  }

  /** Brings the program back, as `fg` does. */
  fg(): Promise<void> {
    return this.#send("fg");
  }

  /** Closes the window. */
  close(): Promise<void> {
    return this.#send("close");
  }

  /** Whether the terminal shows what is typed now. */
  async echoes(): Promise<boolean> {
    await this.#send("echoes");
    return await this.#next("echoes") as boolean;
  }

  /** Waits until the program is suspended; whether the terminal was as before then. */
  async suspended(): Promise<boolean> {
    return await this.#next("stopped") as boolean;
  }

  /** Waits for the end: the exit code (minus the number of a signal), and whether the terminal was left as it was. */
  async ended(): Promise<{ code: number; restored: boolean | null }> {
    const code = await this.#next("code", false) as number;
    const { restored } = this.#reports.find((report) => "code" in report)!;
    return { code, restored: restored! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }

  async #send(command: string, value?: string | number): Promise<void> {
    const line = JSON.stringify([command, value ?? null]) + "\n";
    await this.#writer.write(new TextEncoder().encode(line));
  }

  async #next(field: keyof Report, take = true): Promise<unknown> {
    return await this.#until(() => {
      const at = this.#reports.findIndex((report) => field in report);
      if (at < 0) return undefined;
      const report = this.#reports[at]!;
      if (take) this.#reports.splice(at, 1);
      return report[field];
    }, field);
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#over) {
        throw new Error(
          `no ${what}, but ${JSON.stringify(this.#reports)}:\n${this.screen}`,
        );
      }
      await new Promise<void>((resolve) => this.#changed = resolve);
    }
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (
      const part of this.#child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (text + part).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        const report: Report = JSON.parse(line);
        if (report.screen === undefined) this.#reports.push(report);
        else {
          const bytes = Uint8Array.from(
            atob(report.screen),
            (byte) => byte.charCodeAt(0),
          );
          this.#screen += decoder.decode(bytes, { stream: true });
        }
      }
      this.#changed();
    }
    this.#over = true;
    this.#changed();
  }
}
