/** A sandboxed command that is held back; as a program, for good, in the folder that is its argument. @module */
import { findSandboxPrograms } from "../../../lib/host/sandbox/sandbox_bubblewrap.ts";
import {
  runSandboxed,
  sandboxTools,
} from "../../../lib/host/sandbox/sandbox_command.ts";

/** Begins a command that writes `started` in `<folder>/work`, and resolves when bubblewrap is at work. */
export async function begin(
  folder: string,
  { env = {}, ready }: { env?: Record<string, string>; ready: Promise<void> },
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
  const code = runSandboxed(
    ["/bin/sh", "-c", 'printf %s "$VALUE" >started; exit 3'],
    { PATH: "/usr/bin:/bin", ...env },
    {
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
    },
  );
  code.catch(begun.resolve);
  await begun.promise;
  return { code };
}

if (import.meta.main) {
  await begin(Deno.args[0]!, { ready: new Promise(() => {}) });
  setTimeout(() => {}, 60_000);
}
