import { expect } from "expect";
import { test } from "node:test";
import { startInBackground } from "../../../lib/host/login/background.ts";
import { withHome } from "../../support/home.ts";

/** Writes a program and starts it. */
async function start(folder: string, program: string, args: string[] = []) {
  const path = `${folder}/program.ts`;
  await Deno.writeTextFile(path, program);
  return await startInBackground(args, { GIVEN: "value" }, path);
}

test("startInBackground() returns the output before the empty line, while the program goes on", () =>
  withHome(async (folder) => {
    const { text, exitCode } = await start(
      folder,
      `console.log(JSON.stringify([Deno.args, Deno.env.get("GIVEN")]) + "\\n");
       await new Promise((done) => setTimeout(done, 100));
       Deno.writeTextFileSync(Deno.args[0] + ".new", "done");
       Deno.renameSync(Deno.args[0] + ".new", Deno.args[0]);`,
      [`${folder}/out`],
    );
    expect(JSON.parse(text)).toEqual([[`${folder}/out`], "value"]);
    expect(exitCode).toBe(undefined);
    let done = "";
    for (let tries = 0; tries < 200 && !done; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      done = await Deno.readTextFile(`${folder}/out`).catch(() => "");
    }
    expect(done).toBe("done");
  }));

test("startInBackground() returns everything and the exit code of a program that has ended", () =>
  withHome(async (folder) => {
    expect(await start(folder, `console.log("no"); Deno.exit(6);`))
      .toEqual({ text: "no\n", exitCode: 6 });
  }));
