// Files that are made for the time of a run, where several runs share a folder.
import { expect } from "expect";
import { test } from "node:test";
import {
  makeStandIns,
} from "../../../lib/host/sandbox/protection/sandbox_stand_ins.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

function runFolder(home: string, name: string): string {
  const folder = `${home}/run/${name}`;
  Deno.mkdirSync(folder, { recursive: true });
  return folder;
}

test("what another run took away since it was looked for is made again", () =>
  withHome(async (home) => {
    const path = `${home}/commondir`;
    const standIn = { path, text: ".\n" };
    const first = await makeStandIns(
      [{ ...standIn, there: false }],
      runFolder(home, "first"),
    );
    expect(exists(path)).toBe(true);
    // The second has looked while it was there.
    const second = runFolder(home, "second");
    await first.remove();
    expect(exists(path)).toBe(false);
    const made = await makeStandIns([{ ...standIn, there: true }], second);
    expect([made.made, exists(path)]).toEqual([[path], true]);
    await made.remove();
    expect(exists(path)).toBe(false);
  }));

test("what is the person's own is neither made nor removed", () =>
  withHome(async (home) => {
    const path = `${home}/commondir`;
    Deno.writeTextFileSync(path, "../..\n");
    const { made, remove } = await makeStandIns(
      [{ path, text: ".\n", there: true }],
      runFolder(home, "run"),
    );
    expect(made).toEqual([]);
    await remove();
    expect(Deno.readTextFileSync(path)).toBe("../..\n");
  }));

test("runs that begin and end at the same moment take nothing from each other", () =>
  withHome(async (home) => {
    const path = `${home}/commondir`;
    const script = `
      import { makeStandIns } from ${
      JSON.stringify(
        new URL(
          "../../../lib/host/sandbox/protection/sandbox_stand_ins.ts",
          import.meta.url,
        ).href,
      )
    };
      const [folder, path] = Deno.args.slice(-2);
      let lost = 0;
      for (let round = 0; round < 200; round++) {
        const { remove } = await makeStandIns([{ path, text: ".\\n", there: round % 2 === 0 }], folder);
        for (let look = 0; look < 3; look++) {
          try { Deno.lstatSync(path); } catch { lost++; break; }
        }
        await remove();
      }
      console.log(lost);
    `;
    const lost = await Promise.all(["a", "b", "c"].map(async (name) => {
      const { stdout, stderr } = await processOf(
        textCommand(script, runFolder(home, name), path),
      ).output();
      return new TextDecoder().decode(stdout) +
        new TextDecoder().decode(stderr);
    }));
    expect(lost).toEqual(["0\n", "0\n", "0\n"]);
    expect(exists(path)).toBe(false);
  }));
