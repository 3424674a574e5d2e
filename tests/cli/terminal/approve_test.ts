// `authsome approve` at a terminal: one key for each request that waits.
import { expect } from "expect";
import { test } from "node:test";
import { cliCommand, moduleCommand } from "../../support/program.ts";
import { Session } from "../../support/terminal/terminal_script.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";

const RUN = new URL("../../support/workers/asking_run.ts", import.meta.url);

/** A run that asks about a path; its answer once it has ended. */
function ask(session: Session, path: string): Promise<string> {
  const [program, ...args] = moduleCommand(
    RUN,
    JSON.stringify({ request: { path } }),
  );
  return new Deno.Command(program!, {
    args,
    cwd: session.work,
    clearEnv: true,
    env: session.environment,
    stdin: "null",
    stderr: "inherit",
  }).output().then(({ stdout }) => new TextDecoder().decode(stdout));
}

test(
  "each request is shown and takes one key; what was typed before takes none",
  {
    skip: NO_PSEUDO_TERMINAL,
  },
  async () => {
    await using session = await Session.open();
    const asking = ["/first", "/second"].map((path) => ask(session, path));
    for (let shown = ""; !/first[^]*second|second[^]*first/.test(shown);) {
      shown = (await session.run("authsome approve list")).stdout;
    }
    await using terminal = new PseudoTerminal(cliCommand("approve"), {
      env: session.environment,
      cwd: session.work,
    });
    // Before anything is shown.
    await terminal.type("yyy");
    await terminal.shows("POST https://api.github.com/");
    await terminal.shows("(1 more)");
    await terminal.shows("s skip: ");
    const [, first] = /github\.com(\/\w+)/.exec(terminal.screen)!;
    // What is pasted is no key, and x is none of them.
    for (const keys of ["ya", "x", "T"]) {
      await terminal.type(keys);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await terminal.shows("Allowed for ten minutes.");
    await terminal.shows("s skip: ");
    await terminal.type("n");
    await terminal.shows("Denied.");
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
    const answers = await Promise.all(asking);
    const [allowed, denied] = first === "/first" ? answers : answers.reverse();
    expect(allowed).toContain('answer {"decision":"allow","scope":"10m"');
    expect(denied).toContain('answer {"decision":"deny","scope":"once"');
  },
);

test("with --watch requests are asked about as they come, until Ctrl-C", {
  skip: NO_PSEUDO_TERMINAL,
}, async () => {
  await using session = await Session.open();
  await using terminal = new PseudoTerminal(cliCommand("approve", "--watch"), {
    env: session.environment,
    cwd: session.work,
  });
  await terminal.shows("Waiting for requests; Ctrl-C ends it.");
  const asking = ask(session, "/later");
  await terminal.shows("/later");
  await terminal.shows("s skip: ");
  await terminal.type("y");
  await terminal.shows("Allowed once.");
  expect(await asking).toContain('answer {"decision":"allow","scope":"once"');
  await terminal.type("\x03");
  expect((await terminal.ended()).code).toBe(130);
});
