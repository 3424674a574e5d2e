// What is said of files that a sandboxed command and something outside both write.
import { expect } from "expect";
import { test } from "node:test";
import { whileKept } from "../../../lib/host/sandbox/replaceable/keeper.ts";
import {
  copyIn,
  type KeptFile,
} from "../../../lib/host/sandbox/replaceable/write_back.ts";
import { withHome } from "../../support/home.ts";

test("what was changed outside again and again is said once, when the command has ended", () =>
  withHome(async (home) => {
    const folder = `${home}/run/1`;
    Deno.mkdirSync(folder, { recursive: true });
    const file: KeptFile = {
      ...{ asked: "~/state", copy: `${folder}/state`, target: `${home}/state` },
      ...{ copyMark: "", targetMark: "" },
    };
    Deno.writeTextFileSync(file.target, "0");
    await copyIn(file);
    const said: string[] = [];
    const during: string[] = [];
    await whileKept([file], {
      ...{ home, folder },
      warn: (message) => said.push(message),
    }, async () => {
      for (const turn of ["1", "2", "3"]) {
        Deno.writeTextFileSync(file.target, `outside ${turn}`);
        Deno.writeTextFileSync(file.copy, `inside ${turn}`);
        for (let tries = 0; tries < 600; tries++) {
          if (Deno.readTextFileSync(file.target) === `inside ${turn}`) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      during.push(...said);
      return 0;
    });
    const kept = [...Deno.readDirSync(`${home}/kept`)]
      .map(({ name }) => `${home}/kept/${name}`);
    expect(kept.map((path) => Deno.readTextFileSync(path)).sort())
      .toEqual(["outside 1", "outside 2", "outside 3"]);
    const last = kept.find((path) =>
      Deno.readTextFileSync(path) === "outside 3"
    );
    expect([during, said]).toEqual([[], [
      `"${file.target}" was changed outside while the command ran. What the command wrote is there now; of 3 other versions the last is in ${last}`,
    ]]);
  }));
