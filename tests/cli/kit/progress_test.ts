// What a person at a terminal sees while something takes long, and that no other output has it.
import { expect } from "expect";
import { test } from "node:test";
import type { Runtime } from "../../../lib/ports/runtime.ts";
import { CliContext } from "../../../lib/cli/kit/command_context.ts";
import type { CommandLineMachine } from "../../../lib/ports/command_line.ts";
import { takeGlobals } from "../../../lib/cli/kit/globals.ts";

const LINE = "Waiting for api.example.com";

interface Situation {
  tty?: boolean;
  columns?: number;
  argv?: string[];
  leavesTerminal?: boolean;
}

/** A context whose requests end when they are told to. */
function slowly({ tty = true, columns = 80, argv = [], ...rest }: Situation) {
  let written = "";
  let answer = () => {};
  const machine = {
    terminal: {
      stderrIsTTY: tty,
      columns: () => columns,
      write: (_stream: string, text: string) => void (written += text),
    },
    env: { get: () => undefined },
  } as unknown as CommandLineMachine;
  const runtime = {
    fetch: () =>
      new Promise<Response>((resolve) => {
        answer = () => resolve(new Response("done"));
      }),
  } as unknown as Runtime;
  const { globals } = takeGlobals(argv, () => undefined);
  const context = new CliContext(
    globals,
    machine,
    () => Promise.resolve(runtime),
    () => import("../../../lib/broker/broker.ts"),
  );
  context.leavesTerminal = rest.leavesTerminal ?? false;
  return {
    context,
    request: context.runtime().then(({ fetch }) =>
      fetch("https://api.example.com/secret?key=hidden")
    ),
    answer: () => answer(),
    written: () => written,
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !holds(); tries++) await pause(10);
  expect(holds()).toBe(true);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What a terminal shows on the line after `written`. */
function shown(written: string): string {
  return written.split("\n").at(-1)!.split("\r\x1b[K").at(-1)!;
}

test("a slow request is named by its server alone, moves, and leaves nothing behind", async () => {
  const { request, answer, written } = slowly({});
  await until(() => written().split(LINE).length > 3);
  expect(written()).not.toContain("hidden");
  expect(shown(written())).toMatch(/^[⠋⠙⠸⠴⠦⠇] Waiting for api\.example\.com$/u);
  answer();
  expect(await (await request).text()).toBe("done");
  expect(shown(written())).toBe("");
  const before = written();
  await pause(300);
  expect(written()).toBe(before);
});

test("other output takes the line's place, and the line fits the terminal", async () => {
  const { context, request, answer, written } = slowly({ columns: 14 });
  await until(() => written().includes("Waiting"));
  expect(shown(written())).toHaveLength(12);
  context.output.say("Said meanwhile");
  expect(written()).toContain("\r\x1b[KSaid meanwhile\n");
  await until(() => shown(written()).includes("Waiting"));
  answer();
  await request;
});

for (
  const [name, situation] of Object.entries({
    "without a terminal": { tty: false },
    "with --quiet": { argv: ["--quiet"] },
    "with --json": { argv: ["--json"] },
    "on a command's terminal": { leavesTerminal: true },
  })
) {
  test(`${name} nothing is drawn`, async () => {
    const { request, answer, written } = slowly(situation);
    await pause(700);
    answer();
    await request;
    expect(written()).toBe("");
  });
}

test("what is quick is not named", async () => {
  const { request, answer, written } = slowly({});
  await pause(50);
  answer();
  await request;
  await pause(600);
  expect(written()).toBe("");
});
