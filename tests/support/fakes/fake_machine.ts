/** A {@linkcode CommandLineMachine} of strings, for commands run in the test's own process. */
import { main } from "../../../lib/cli/main.ts";
import {
  ClosedOutput,
  type CommandLineMachine,
  type Questions,
} from "../../../lib/ports/command_line.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
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
      async *input() {
        yield new TextEncoder().encode(stdin);
        stdin = "";
      },
      send(text) {
        this.write("stdout", text);
        return Promise.resolve();
      },
    },
    env: { get: (name) => env[name], toObject: () => env },
    questions: () => Promise.resolve(fakeQuestions(machine)),
    readTextFile(path) {
      const text = situation.files?.[path];
      if (text === undefined) throw new Deno.errors.NotFound();
      return text;
    },
    inspectPath: () => undefined,
    isPortFree: () => Promise.resolve(true),
    loginAt: () => Promise.resolve(undefined),
    writePrivate: () => Promise.resolve(),
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

/** Questions whose answers are the lines of stdin; a choice is answered with its value. */
function fakeQuestions({ terminal }: CommandLineMachine): Questions {
  const line = async (question: string) => {
    terminal.write("stderr", question);
    const answer = await terminal.readLine();
    if (answer !== undefined) return answer;
    throw new AuthsomeError("InputCancelled", "Cancelled");
  };
  return {
    line: (question) => line(`${question}: `),
    yes: async (question) => /^y(es)?$/i.test(await line(`${question} [y/N] `)),
    async masked(question, check) {
      for (;;) {
        const answer = await line(`${question}: `);
        const problem = check?.(answer);
        if (problem === undefined) return answer;
        terminal.write("stderr", problem);
      }
    },
    key: (question) => line(question),
    choice: (question, choices) =>
      line(
        [
          question,
          ...choices.map(({ value, label, hint = "" }) =>
            `- ${value}: ${label} ${hint}`.trimEnd()
          ),
          "",
        ].join("\n"),
      ),
  };
}
