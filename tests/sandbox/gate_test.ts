// A sandbox is made while the proxy of its run starts, and its command held back until then.
import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";
import { begin } from "../support/workers/held_command.ts";

const skip = noSandbox;

/** The first process inside, once everything is mounted and the command waits in it. */
async function inside(folder: string): Promise<number> {
  return await eventually(() => {
    const text = Deno.readTextFileSync(`${folder}/run/status`);
    const pid = Number(/"child-pid": *(\d+)/.exec(text)?.[1]);
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    return children === "" ? undefined : pid;
  });
}

/** What `look` gives once that is something; what it throws meanwhile counts as nothing. */
async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 1_000; tries++) {
    try {
      const found = look();
      if (found !== undefined) return found;
    } catch { /* Not yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not happen");
}

/** Resolves once the process has ended. */
async function ended(pid: number): Promise<void> {
  await eventually(() => {
    try {
      return /^State:\s+[ZX]/m.test(
          Deno.readTextFileSync(`/proc/${pid}/status`),
        )
        ? true
        : undefined;
    } catch {
      return true;
    }
  });
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
      await inside(folder);
      expect(names(`${folder}/work`)).toEqual([]);
      expect(names(`${folder}/run`)).toEqual(["errors", "gate", "status"]);
      ready.resolve();
      expect(await code).toBe(3);
      expect(Deno.readTextFileSync(`${folder}/work/started`)).toBe("canary");
    }),
);

test("a command that will never be ready does not start, and leaves nothing", {
  skip,
}, () =>
  withHome(async (folder) => {
    const ready = Promise.withResolvers<void>();
    const { code } = await begin(folder, { ready: ready.promise });
    const pid = await inside(folder);
    ready.reject(new Error("no proxy"));
    await expect(code).rejects.toThrow("no proxy");
    await ended(pid);
    expect(names(`${folder}/work`)).toEqual([]);
  }));

test(
  "a command that is held back ends with authsome",
  { skip },
  () =>
    withHome(async (folder) => {
      const worker = moduleCommand(
        new URL("../support/workers/held_command.ts", import.meta.url).pathname,
        folder,
      );
      const child = processOf(worker, { stdin: "null" }).spawn();
      const pid = await inside(folder);
      child.kill("SIGKILL");
      await child.status;
      await ended(pid);
      expect(names(`${folder}/work`)).toEqual([]);
    }),
);
