import { expect } from "expect";
import { test } from "node:test";
import { findSandboxPrograms } from "../../lib/host/sandbox/sandbox_bubblewrap.ts";
import {
  runSandboxed,
  type SandboxCommand,
  sandboxTools,
} from "../../lib/host/sandbox/sandbox_command.ts";
import { withHome } from "../support/home.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";

const skip = noSandbox;

/** Begins a command that writes `started` in its folder, and resolves when bubblewrap is at work. */
async function begin(
  folder: string,
  { env = {}, ready }: {
    env?: Record<string, string>;
    ready: Promise<void>;
  },
): Promise<{ code: Promise<number> }> {
  const run = `${folder}/run`;
  const working = `${folder}/work`;
  Deno.mkdirSync(run, { mode: 0o700 });
  Deno.mkdirSync(working);
  const programs = findSandboxPrograms({
    get: (name) => Deno.env.get(name),
    toObject: () => Deno.env.toObject(),
  });
  const begun = Promise.withResolvers<void>();
  const sandbox: SandboxCommand = {
    programs,
    view: {
      steps: [{ kind: "writable", path: working }],
      workingWritable: true,
    },
    working,
    network: undefined,
    folder: run,
    input: undefined,
    tools: await sandboxTools(programs),
    unixSockets: false,
    begun: begun.resolve,
    ready,
  };
  const code = runSandboxed(
    ["/bin/sh", "-c", 'printf %s "$VALUE" >started; exit 3'],
    { PATH: "/usr/bin:/bin", ...env },
    sandbox,
  );
  code.catch(begun.resolve);
  await begun.promise;
  return { code };
}

/** Waits until bubblewrap has said which process it has made. */
async function made(folder: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    try {
      const text = Deno.readTextFileSync(`${folder}/run/status`);
      if (text.includes("child-pid")) return;
    } catch { /* Not yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("bubblewrap made no process");
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

test(
  "a command is held back until it may start, and its environment lies nowhere",
  {
    skip,
  },
  () =>
    withHome(async (folder) => {
      const ready = Promise.withResolvers<void>();
      const { code } = await begin(folder, {
        env: { VALUE: "canary" },
        ready: ready.promise,
      });
      await made(folder);
      expect(names(`${folder}/work`)).toEqual([]);
      expect(names(`${folder}/run`)).toEqual(["errors", "gate", "status"]);
      ready.resolve();
      expect(await code).toBe(3);
      expect(Deno.readTextFileSync(`${folder}/work/started`)).toBe("canary");
    }),
);

test(
  "a command that will never be ready does not start",
  { skip },
  () =>
    withHome(async (folder) => {
      const ready = Promise.withResolvers<void>();
      const { code } = await begin(folder, { ready: ready.promise });
      await made(folder);
      ready.reject(new Error("no proxy"));
      await expect(code).rejects.toThrow("no proxy");
      // Every process of the sandbox has ended with bubblewrap.
      expect(names(`${folder}/work`)).toEqual([]);
    }),
);
