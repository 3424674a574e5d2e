// The set-up at a terminal, and beside a registry that does not answer.
import { expect } from "expect";
import { after, test } from "node:test";
import { DENO, DENO_ONLY } from "../support/program.ts";
import { missing, spawn } from "../support/scenario.ts";
import { Terminal } from "../support/terminal/terminal.ts";
import type { Session } from "../support/terminal/terminal_script.ts";
import { runInstaller } from "../../scripts/setup/installer.ts";
import { type Clone, withClone } from "./fresh_clone.ts";

function installed({ root }: Clone): boolean {
  try {
    return Deno.statSync(`${root}node_modules`).isDirectory;
  } catch {
    return false;
  }
}

/** Lets the registry wait until the promise; when it was asked first. */
function holdBack({ registry }: Clone, until: Promise<void>): Promise<void> {
  const asked = Promise.withResolvers<void>();
  registry.before = () => {
    asked.resolve();
    return until;
  };
  return asked.promise;
}

const noTerminal = await missing("python3") || await missing("bash");
test("Ctrl-C at the terminal ends it, with its progress shown until then", {
  skip: noTerminal,
}, async () => {
  await withClone(async (clone) => {
    const open = Promise.withResolvers<void>();
    const asked = holdBack(clone, open.promise);
    // Deno itself: the one in node_modules is started by a script of Node, which ends before it at Ctrl-C.
    await Deno.mkdir(`${clone.work}/bin`);
    await Deno.symlink(await Deno.realPath(DENO), `${clone.work}/bin/deno`);
    await Deno.writeTextFile(`${clone.env.HOME}/.bashrc`, "PS1='ready> '\n");
    const session = {
      work: clone.work,
      environment: {
        ...clone.env,
        PATH: `${clone.work}/bin:${clone.env.PATH}`,
        DENO_CERT: clone.caFile,
      },
    } as unknown as Session;
    try {
      await using terminal = await Terminal.open(session, ["bash", "-i"]);
      await terminal.type(`cd '${clone.root}'; deno task demo; echo code $?\r`);
      await terminal.shows(/\d+ requests, 0 packages in place/);
      await asked;
      await terminal.type("\x03");
      await terminal.shows(/Interrupted[^]*code 130/);
      expect(installed(clone)).toBe(false);
      open.resolve();
      await terminal.type("deno task demo\r");
      await terminal.shows(/Installed [^]*demo ran/);
      await terminal.type("exit\r");
    } finally {
      // Or the registry never ends.
      open.resolve();
    }
  });
});

test(
  "an installer that the signal ended first was interrupted, and a second signal does not end what clears up",
  {
    skip: DENO_ONLY || await missing("sh", "-c", ":"),
  },
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "authsome-setup-" });
    try {
      const ending = (code: number) => {
        const path = `${folder}/ends-with-${code}`;
        Deno.writeTextFileSync(path, `#!/bin/sh\nexit ${code}\n`, {
          mode: 0o755,
        });
        return path;
      };
      const ended = async (code: number) => {
        const { stdout } = await spawn(
          [
            DENO,
            "eval",
            "--no-config",
            "--no-lock",
            AFTER,
            ending(code),
            folder,
          ],
          { PATH: Deno.env.get("PATH")!, HOME: folder, NO_COLOR: "1" },
          undefined,
          folder,
        );
        return stdout;
      };
      for (const code of [129, 130, 143]) {
        expect(await ended(code)).toBe(`interrupted ${code}\nlives\n`);
      }
      expect(await ended(1)).toBe("failed 1\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Runs the installer that is its first argument, and signals itself after an interruption. */
const AFTER = `
import { runInstaller } from ${
  JSON.stringify(import.meta.resolve("../../scripts/setup/installer.ts"))
};
const [deno, root] = Deno.args;
const ended = await runInstaller({ deno, root, env: {}, registry: "https://localhost:9/" });
console.log(ended.kind, ended.code ?? 1);
if (ended.kind === "interrupted") {
  Deno.kill(Deno.pid, "SIGINT");
  console.log("lives");
}
Deno.exit(0);`;

const LIMITS = {
  answer: 200,
  again: 10,
  silence: { answering: 60_000, slow: 2_000, unreachable: 60_000 },
  line: 60_000,
};

test(
  "a registry that does not answer is named, and not waited for without an end",
  {
    skip: DENO_ONLY,
  },
  async () => {
    await withClone(async (clone) => {
      const open = Promise.withResolvers<void>();
      after(() => open.resolve());
      holdBack(clone, open.promise);
      const ended = await runInstaller({
        deno: Deno.execPath(),
        root: clone.root,
        env: { ...clone.env, DENO_CERT: clone.caFile },
        registry: "https://registry.npmjs.org/",
        limits: LIMITS,
      });
      open.resolve();
      expect(ended).toEqual({
        kind: "failed",
        said: [
          "https://registry.npmjs.org/ did not answer within 0.2 s",
          expect.stringMatching(/^nothing new for \d+ s$/),
        ],
      });
    });
  },
);

test(
  "a registry that is not trusted is named",
  {
    skip: DENO_ONLY,
  },
  async () => {
    await withClone(async (clone) => {
      const ended = await runInstaller({
        deno: Deno.execPath(),
        root: clone.root,
        env: clone.env,
        registry: "https://registry.npmjs.org/",
        limits: { ...LIMITS, silence: { ...LIMITS.silence, unreachable: 1 } },
      });
      // By the test request, or by the installer if that is faster.
      expect(ended).toMatchObject({
        kind: "failed",
        said: expect.arrayContaining([
          expect.stringContaining("UnknownIssuer"),
        ]),
      });
    });
  },
);
