/**
 * Takes the controlling terminal from the command of a run for a question, whatever that command is doing with it: its
 * processes are stopped, the terminal is put into a mode of its own, and all of it is undone afterwards.
 *
 * What undoes it is a shell that waits at a pipe: it does so as well when this process is killed.
 *
 * @module
 */
import fs from "node:fs";
import type { TakenTerminal } from "../../ports/command_line.ts";
import { SYSTEM_PATH } from "../run/programs.ts";
import { isInForeground, runningBelow } from "./descendants.ts";

const TTY = "/dev/tty";

/**
 * Reads lines: a number is a process to continue; `go` is answered with the size of the terminal once it is raw; `alternate`
 * and `own` say whose other screen is shown. At the end of its input it undoes everything: children go on before their
 * parents, since a shell that sees its job standing still takes the terminal back.
 */
const KEEPER = `
trap '' INT QUIT HUP TERM TSTP TTIN TTOU
saved= shown=
while read -r line; do
  case $line in
  go)
    saved=$(stty -g <${TTY}) && size=$(stty size <${TTY}) &&
      stty raw -echo min 0 time 1 <${TTY} && echo "$size" || echo no ;;
  own | alternate) shown=$line ;;
  *) set -- "$line" "$@" ;;
  esac
done
[ "$shown" != own ] || printf '\\033[m\\033[?1049l\\033[?25h' >${TTY}
[ -z "$saved" ] || stty "$saved" <${TTY}
rows=\${size%% *} columns=\${size##* }
[ "$shown" != alternate ] || stty rows $((rows - 1)) columns "$columns" <${TTY}
[ $# = 0 ] || kill -CONT "$@"
[ "$shown" != alternate ] || { sleep 0.1; stty rows "$rows" columns "$columns" <${TTY}; }
[ $# = 0 ] || kill -WINCH "$@"
`;

/** What ends the program while it asks: then the command must go on, to be told. */
const ENDING: Deno.Signal[] = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"];

/** How often it is looked for processes that were started meanwhile. */
const ROUNDS = 20;
/** How long keys are dropped that were typed before. Milliseconds. */
const DROP_MS = 3000;
/** How long a terminal has to say which screen it shows. Milliseconds. */
const REPLY_MS = 300;
/** A terminal that does not know its size. */
const [ROWS, COLUMNS] = [24, 80];

/** See {@linkcode TakenTerminal}; `term` is the kind of the terminal, `TERM`. */
export async function takeTerminal(
  term: string | undefined,
): Promise<TakenTerminal | undefined> {
  let file: number;
  try {
    if (!await isInForeground()) return undefined;
    file = fs.openSync(TTY, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
  } catch {
    return undefined;
  }
  const keeper = startKeeper();
  if (!keeper) {
    fs.closeSync(file);
    return undefined;
  }
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const name of ENDING) Deno.addSignalListener(name, end);
  const release = async () => {
    for (const name of ENDING) Deno.removeSignalListener(name, end);
    await keeper.finish();
    fs.closeSync(file);
  };
  try {
    await standStill(keeper);
    // Between the look and here the job may have lost the terminal.
    const size = await isInForeground() ? await keeper.go() : undefined;
    if (!size) {
      await release();
      return undefined;
    }
    const terminal = new RawTerminal(file, ending.signal, keeper, release);
    await terminal.begin(size, isPlain(term));
    return terminal;
  } catch (error) {
    await release();
    throw error;
  }
}

/** Whether a terminal obeys no sequences. */
function isPlain(term: string | undefined): boolean {
  return term === undefined || term === "" || term === "dumb";
}

/** Stops everything below this process, parents first, until nothing new appears. */
async function standStill(keeper: Keeper): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const running = await runningBelow(Deno.pid, keeper.pid);
    if (running.length === 0) return;
    for (const pid of running) {
      // It must be known to the keeper before it stops.
      await keeper.tell(String(pid));
      try {
        Deno.kill(pid, "SIGSTOP");
      } catch { /* It has just ended. */ }
    }
  }
}

/** The shell that undoes everything. */
interface Keeper {
  pid: number;
  tell(line: string): Promise<void>;
  /** Makes the terminal raw; its size. */
  go(): Promise<{ rows: number; columns: number } | undefined>;
  finish(): Promise<void>;
}

function startKeeper(): Keeper | undefined {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("/bin/sh", {
      args: ["-c", KEEPER],
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return undefined;
  }
  const writer = child.stdin.getWriter();
  const told: number[] = [];
  return {
    pid: child.pid,
    async tell(line) {
      if (/^\d+$/.test(line)) told.push(Number(line));
      await writer.write(new TextEncoder().encode(`${line}\n`));
    },
    async go() {
      await this.tell("go");
      const reader = child.stdout.getReader();
      let text = "";
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) break;
        text += new TextDecoder().decode(value);
      }
      reader.releaseLock();
      const [, rows, columns] = /^(\d+) (\d+)\n/.exec(text) ?? [];
      return rows === undefined ? undefined : {
        rows: Number(rows) || ROWS,
        columns: Number(columns) || COLUMNS,
      };
    },
    async finish() {
      await writer.close().catch(() => {});
      const { success } = await child.status;
      await child.stdout.cancel().catch(() => {});
      if (success) return;
      // Somebody has killed it.
      for (const pid of told.reverse()) {
        try {
          Deno.kill(pid, "SIGCONT");
        } catch { /* It has ended. */ }
      }
    },
  };
}

class RawTerminal implements TakenTerminal {
  rows = ROWS;
  columns = COLUMNS;
  #plain = false;
  #pending = "";

  constructor(
    private readonly file: number,
    private readonly ending: AbortSignal,
    private readonly keeper: Keeper,
    readonly release: () => Promise<void>,
  ) {}

  /** Drops what was typed before, and shows another screen than the command's. */
  async begin(
    { rows, columns }: { rows: number; columns: number },
    plain: boolean,
  ): Promise<void> {
    Object.assign(this, { rows, columns });
    this.#plain = plain;
    const end = Date.now() + DROP_MS;
    while (Date.now() < end && await this.#readKeys()) {
      // Until nothing comes for a tenth of a second.
    }
    if (plain) return;
    // Whoever shows the other screen already would not get it back.
    if (await this.#isAlternate()) return await this.keeper.tell("alternate");
    await this.keeper.tell("own");
    await this.#write("\x1b[?1049h");
  }

  async draw(lines: readonly string[], prompt: string): Promise<void> {
    if (this.#plain) {
      return await this.#write(`\r\n${lines.join("\r\n")}\r\n${prompt}`);
    }
    const placed = [...lines, prompt].map((line, at) =>
      `\x1b[${at + 1};1H\x1b[2K${line}`
    );
    await this.#write(`\x1b[m\x1b[r\x1b[2J${placed.join("")}\x1b[?25h`);
  }

  async echo(text: string): Promise<void> {
    await this.#write(text);
  }

  async read(): Promise<string | undefined> {
    if (this.ending.aborted) return undefined;
    const typed = await this.#readKeys();
    return this.ending.aborted || typed === undefined
      ? undefined
      : withoutSequences(typed);
  }

  /** Whether the screen that is shown is the other one already (DECRQM of mode 1049); terminals that do not say so: no. */
  async #isAlternate(): Promise<boolean> {
    await this.#write("\x1b[?1049$p");
    const end = Date.now() + REPLY_MS;
    let text = "";
    while (Date.now() < end) {
      text += await this.#readKeys() ?? "";
      // deno-lint-ignore no-control-regex
      const [, state] = /\x1b\[\?1049;(\d)\$y/.exec(text) ?? [];
      if (state) return state === "1" || state === "3";
    }
    return false;
  }

  /** What is typed within a tenth of a second. */
  async #readKeys(): Promise<string | undefined> {
    const bytes = new Uint8Array(1024);
    try {
      const count = await new Promise<number>((resolve, reject) =>
        fs.read(
          this.file,
          bytes,
          0,
          bytes.length,
          null,
          (error, count) => error ? reject(error) : resolve(count),
        )
      );
      return new TextDecoder().decode(bytes.subarray(0, count));
    } catch {
      return undefined;
    }
  }

  async #write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    await new Promise<void>((resolve) =>
      fs.write(this.file, bytes, 0, bytes.length, null, () => resolve())
    );
  }
}

/** Keys alone: function keys, the mouse and what a terminal reports come as sequences. */
function withoutSequences(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|O.|.)?/gs,
    "",
  );
}
