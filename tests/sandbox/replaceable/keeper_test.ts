// What is said of files that a sandboxed command and something outside both write.
import { expect } from "expect";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { whileKept } from "../../../lib/host/sandbox/replaceable/keeper.ts";
import {
  copyIn,
  type KeptFile,
} from "../../../lib/host/sandbox/replaceable/write_back.ts";
import {
  recoverFiles,
  saveList,
} from "../../../lib/host/sandbox/replaceable/kept_list.ts";
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

test("of a database that a killed run wrote, what is only in its log is kept too", () =>
  withHome(async (home) => {
    const folder = `${home}/run/1`;
    Deno.mkdirSync(folder, { recursive: true });
    const written = new DatabaseSync(`${home}/written.db`);
    written.exec(
      "pragma journal_mode = wal; create table t (v); insert into t values (1)",
    );
    for (const suffix of ["", "-wal"]) {
      Deno.copyFileSync(
        `${home}/written.db${suffix}`,
        `${folder}/state.db${suffix}`,
      );
    }
    written.close();
    const target = `${home}/state.db`;
    Deno.writeTextFileSync(target, "newer");
    saveList(folder, [{
      ...{ asked: "~/state.db", copy: `${folder}/state.db`, target },
      ...{ copyMark: "", targetMark: "" },
    }]);
    const said: string[] = [];
    await recoverFiles(home, (message) => said.push(message));
    expect(Deno.readTextFileSync(target)).toBe("newer");
    const kept = /What that run wrote is in (.*)$/.exec(said.join())![1]!;
    const database = new DatabaseSync(kept);
    try {
      expect(database.prepare("select v from t").all().map(({ v }) => v))
        .toEqual([1]);
    } finally {
      database.close();
    }
  }));
