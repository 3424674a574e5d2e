// Programs that have a vault open while another process changes its keys, each a process of its own.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import { type Scenario, spawn, withScenario } from "../support/scenario.ts";
import { cliCommand, textCommand } from "../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../support/terminal/pseudo_terminal.ts";

const KEY = `sk-${"o1".repeat(20)}`;
const HOST = "api.openai.com";
const PASS = "canary-passphrase-of-the-vault";
const NEXT = "canary-another-passphrase";

/** A program that asks the vault once for each line of its stdin, and prints what it got. */
const LIBRARY = textCommand(`
  import { Authsome } from ${
  JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
};
  import { createInterface } from "node:readline";
  await using authsome = await Authsome.open();
  const ask = async () => {
    try {
      await authsome.setDefaultConnection("openai", "default");
      console.log(JSON.stringify(await authsome.getAuthHeaders("openai")));
    } catch ({ code, message, hint }) {
      console.log([code, message, hint].join("; "));
    }
  };
  await ask();
  for await (const _ of createInterface({ input: process.stdin })) await ask();
`);

/** A command that asks the API once for each line of its stdin, and prints the answer. */
const CURL =
  `ask() { curl -sS --max-time 60 https://${HOST}/ 2>&1 | tr '\\n' ' '; echo; }; ask; while read -r line; do ask; done`;

/** A process that answers with a line for each line. */
class Asked implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor([program, ...args]: string[], env: Record<string, string>) {
    this.#child = new Deno.Command(program!, {
      ...{ args, env, clearEnv: true },
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = lines(this.#child.stdout);
  }

  /** The next line, without asking. */
  async said(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  async ask(): Promise<string> {
    await this.#writer.write(new TextEncoder().encode("now\n"));
    return await this.said();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>) {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const all = (rest + part).split("\n");
    rest = all.pop()!;
    yield* all;
  }
}

const noCurl = await missing("curl");
const noKeyctl = await missing("keyctl", "session", "-", "true");

const WITH = { AUTHSOME_PASSPHRASE: PASS };
const WITH_NEXT = { AUTHSOME_PASSPHRASE: NEXT };
const SERVED = [expect.stringContaining(KEY), expect.stringContaining(KEY)];
/** What the library says, and what the command gets from the proxy. */
const outrun = (message: string, hint: string) => [
  expect.stringMatching(
    new RegExp(`^MasterKeyUnavailable; .*${message}.*; .*${hint}`),
  ),
  expect.stringMatching(
    new RegExp(`"reason":"refresh_failed".*${message}.*${hint}`),
  ),
];
const NOT_THE_PASSPHRASE = outrun(
  "its keys were changed while this program runs",
  "authsome key unlock",
);

/** A home with a connection, a program with the library and a command of `run` that have its vault open. */
interface Running {
  scenario: Scenario;
  /** A key command in a process of its own. */
  key(args: string[], env?: Record<string, string>): Promise<void>;
  /** What both get now. */
  both(): Promise<string[]>;
}

/** Brings the key into a mode by `first`, starts both with `env`, and ends them after `body`. */
function running(
  first: [args: string[], env: Record<string, string>] | undefined,
  env: (folder: string) => Record<string, string>,
  body: (running: Running) => Promise<void>,
) {
  return () =>
    withScenario(
      { openai: KEY },
      [HOST],
      ({ headers }) => new Response(headers.get("authorization")),
      async (scenario) => {
        const key: Running["key"] = async (args, env = {}) => {
          const ended = await scenario.authsome(["key", ...args], { env });
          expect([args, ended.code, ended.stderr]).toEqual([
            args,
            0,
            expect.any(String),
          ]);
        };
        if (first) await key(...first);
        const all = { ...scenario.env, ...env(scenario.folder) };
        await using library = new Asked(LIBRARY, all);
        await using run = new Asked(
          cliCommand("run", "--quiet", "--", "sh", "-c", CURL),
          all,
        );
        expect(await Promise.all([library.said(), run.said()])).toEqual(SERVED);
        const both = () => Promise.all([library.ask(), run.ask()]);
        await body({ scenario, key, both });
      },
    );
}

const printKey = (folder: string) => {
  const file = `${folder}/printed`;
  Deno.writeTextFileSync(file, btoa("k".repeat(32)), { mode: 0o600 });
  return ["--to", "command", "--", "cat", file];
};

test(
  "programs go on through every key command whose new key they can have",
  { skip: noCurl },
  running(
    [["move", "--to", "passphrase"], WITH],
    () => WITH,
    async ({ key, both, scenario }) => {
      const steps: [string[], Record<string, string>?][] = [
        [["rotate"], WITH],
        [["move", "--to", "file"], WITH],
        [["rotate"]],
        [["move", ...printKey(scenario.folder)]],
        [["rotate"]],
        [["move", "--to", "passphrase"], WITH],
        [["rotate"], WITH],
        // The data key is the same.
        [["passphrase"], { ...WITH, AUTHSOME_NEW_PASSPHRASE: NEXT }],
        [["move", "--to", "file"], WITH_NEXT],
        [["move", "--to", "passphrase"], WITH_NEXT],
      ];
      for (const [args, env] of steps) {
        await key(args, env);
        expect([args, ...await both()]).toEqual([args, ...SERVED]);
      }
      // From here on it is another.
      await key(["rotate"], WITH_NEXT);
      expect(await both()).toEqual(NOT_THE_PASSPHRASE);
      expect(await both()).toEqual(NOT_THE_PASSPHRASE);
      await key(["move", "--to", "file"], WITH_NEXT);
      expect(await both()).toEqual(SERVED);
    },
  ),
);

test(
  "a passphrase that is changed in its file is taken from there",
  { skip: noCurl },
  running(
    [["move", "--to", "passphrase"], WITH],
    (folder) => {
      Deno.writeTextFileSync(`${folder}/pass`, PASS, { mode: 0o600 });
      return { AUTHSOME_PASSPHRASE_FILE: `${folder}/pass` };
    },
    async ({ key, both, scenario }) => {
      await key(["passphrase"], { ...WITH, AUTHSOME_NEW_PASSPHRASE: NEXT });
      await key(["rotate"], WITH_NEXT);
      expect(await both()).toEqual(NOT_THE_PASSPHRASE);
      Deno.writeTextFileSync(`${scenario.folder}/pass`, NEXT);
      expect(await both()).toEqual(SERVED);
    },
  ),
);

test(
  "what was opened by a key that is now behind a passphrase, or by the variable, says what to do once the data key is new",
  { skip: noCurl },
  async () => {
    await running(undefined, () => ({}), async ({ key, both }) => {
      await key(["move", "--to", "passphrase"], WITH);
      expect(await both()).toEqual(SERVED);
      await key(["rotate"], WITH);
      expect(await both()).toEqual(NOT_THE_PASSPHRASE);
    })();
    await running(
      undefined,
      (folder) => ({
        AUTHSOME_MASTER_KEY: btoa(
          String.fromCharCode(
            ...Deno.readFileSync(`${folder}/home/master.key`),
          ),
        ),
      }),
      async ({ key, both }) => {
        await key(["rotate"]);
        expect(await both()).toEqual(outrun(
          "AUTHSOME_MASTER_KEY takes precedence",
          "unset AUTHSOME_MASTER_KEY",
        ));
      },
    )();
  },
);

test(
  "whom an unlock has opened goes on through a rotation, and after a new passphrase with the next unlock",
  { skip: noCurl || noKeyctl },
  () =>
    withScenario(
      { openai: KEY },
      [HOST],
      ({ headers }) => new Response(headers.get("authorization")),
      async ({ authsome, env, folder }) => {
        const moved = await authsome(["key", "move", "--to", "passphrase"], {
          env: WITH,
        });
        expect(moved.code).toBe(0);
        // All of it in one session of the kernel's keyring, that of this shell.
        const cli = cliCommand().map((word) => `'${word}'`).join(" ");
        const script = `#!/bin/sh
          mkfifo asked; exec 9<>asked
          ${cli} run --quiet -- sh -c ${quoted(CURL)} <asked >answers 2>&1 &
          until [ -s answers ]; do sleep 0.1; done
          count=1
          ask() {
            echo >&9; count=$((count+1))
            until [ "$(wc -l <answers)" -ge $count ]; do sleep 0.1; done
          }
          AUTHSOME_PASSPHRASE=${PASS} ${cli} key rotate && ask
          AUTHSOME_PASSPHRASE=${PASS} AUTHSOME_NEW_PASSPHRASE=${NEXT} ${cli} key passphrase && ask
          AUTHSOME_PASSPHRASE=${NEXT} ${cli} key rotate && ask
          AUTHSOME_PASSPHRASE=${NEXT} ${cli} key unlock && ask
          kill %1; exec 9>&-; cat answers`;
        Deno.writeTextFileSync(`${folder}/session`, script, { mode: 0o755 });
        const { stdout, stderr } = await spawn(
          [
            ...["keyctl", "session", "-", "sh", "-c"],
            `AUTHSOME_PASSPHRASE=${PASS} ${cli} key unlock && exec ./session`,
          ],
          env,
          undefined,
          folder,
        );
        expect([stderr, ...stdout.trim().split("\n")]).toEqual([
          expect.stringContaining("Sealed"),
          ...[SERVED[0], SERVED[0], SERVED[0]],
          NOT_THE_PASSPHRASE[1],
          SERVED[0],
        ]);
      },
    ),
);

test(
  "at a terminal that is the command's by now nobody is asked again",
  { skip: noCurl || NO_PSEUDO_TERMINAL },
  () =>
    withScenario(
      { openai: KEY },
      [HOST],
      ({ headers }) => new Response(headers.get("authorization")),
      async ({ authsome, env }) => {
        const done = async (args: string[], env: Record<string, string>) =>
          expect(await authsome(["key", ...args], { env })).toMatchObject({
            code: 0,
          });
        await done(["move", "--to", "passphrase"], WITH);
        await using terminal = new PseudoTerminal(
          cliCommand("run", "--quiet", "--", "sh", "-c", `${CURL}; echo ended`),
          { env },
        );
        await terminal.shows("Passphrase of this vault");
        await terminal.type(`${PASS}\r`);
        await terminal.shows(KEY);
        // The prompt draws its question more than once.
        const questions = () => terminal.screen.split("Passphrase of").length;
        const asked = questions();
        await done(["passphrase"], { ...WITH, AUTHSOME_NEW_PASSPHRASE: NEXT });
        await done(["rotate"], WITH_NEXT);
        await terminal.type("\r");
        await terminal.shows("while this program runs");
        expect(questions()).toBe(asked);
        await terminal.type("\x04");
        await terminal.shows("ended");
      },
    ),
);

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
