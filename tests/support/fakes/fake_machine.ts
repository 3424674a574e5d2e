/** A {@linkcode CommandLineMachine} of strings, for commands run in the test's own process. */
import { main } from "../../../lib/cli/main.ts";
import {
  ClosedOutput,
  type CommandLineMachine,
} from "../../../lib/ports/command_line.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";

/** What the person at the terminal does, and what is there. */
export interface Situation {
  /** stdin; a terminal if `tty` is set. */
  stdin?: string;
  tty?: boolean;
  columns?: number;
  env?: Record<string, string>;
  files?: Record<string, string>;
  /** The stream whose reader has gone. */
  closed?: "stdout" | "stderr";
  /** Home of the broker; without one the broker must not be opened. */
  home?: string;
}

/** Runs one command and returns what it wrote. */
export async function runCommand(
  argv: readonly string[],
  situation: Situation = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  let stdin = situation.stdin ?? "";
  const tty = situation.tty ?? false;
  const env = situation.env ?? {};
  const machine: CommandLineMachine = {
    terminal: {
      stdinIsTTY: tty,
      stdoutIsTTY: tty,
      stderrIsTTY: tty,
      columns: () => situation.columns ?? 80,
      write(stream, text) {
        if (situation.closed === stream) throw new ClosedOutput();
        written[stream] += text;
      },
      async *lines() {
        for (let line = await this.readLine(); line !== undefined;) {
          yield line;
          line = await this.readLine();
        }
      },
      readLine() {
        if (stdin === "") return Promise.resolve(undefined);
        const [line, ...rest] = stdin.split("\n");
        stdin = rest.join("\n");
        return Promise.resolve(line);
      },
      readAll: () => Promise.resolve(stdin),
    },
    env: { get: (name) => env[name], toObject: () => env },
    readTextFile(path) {
      const text = situation.files?.[path];
      if (text === undefined) throw new Deno.errors.NotFound();
      return text;
    },
    inspectPath: () => undefined,
    isPortFree: () => Promise.resolve(true),
    loginAt: () => Promise.resolve(undefined),
    appendPrivate() {},
    sleep: () => Promise.resolve(),
    interrupted: () => new AbortController().signal,
  };
  const code = await main(argv, machine, ({ warn }) => {
    if (situation.home === undefined) throw new Error("the broker was opened");
    return openRuntime({ home: situation.home, warn });
  }, () => import("../../../lib/broker/broker.ts"));
  return { code, ...written };
}
