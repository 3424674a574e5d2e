// Live runs are files of the home: what is listed lives, what a killed one left goes, and what is nobody's is said.
import { expect } from "expect";
import { test } from "node:test";
import { fateOf, ownMark } from "../../../lib/host/runs/process_mark.ts";
import {
  ancestors,
  processFacts,
  readTable,
} from "../../../lib/host/runs/process_table.ts";
import { runFiles } from "../../../lib/host/runs/run_files.ts";
import { stopProcess } from "../../../lib/host/runs/stop_process.ts";
import type { LiveRun } from "../../../lib/ports/runs.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";

const RUN: Omit<LiveRun, "pid" | "started"> = {
  id: "0123456789abcdef",
  program: "claude",
  folder: "/home/me/work",
  since: 1_795_000_000_000,
  profile: "default",
  providers: ["github", "openai"],
  sandbox: true,
  readOnly: false,
};
const LINUX = Deno.build.os === "linux" ? false : "it looks into /proc";

function opened(home: string) {
  const said: string[] = [];
  return { said, runs: runFiles(home, (line) => said.push(line)) };
}

test("a run is listed from its beginning to its end, in a file of this user alone", () =>
  withHome(async (home) => {
    const { runs, said } = opened(home);
    expect(await runs.list()).toEqual([]);
    const end = runs.add(RUN);
    const later = runs.add({ ...RUN, id: "00".repeat(8), since: 1 });
    const list = await runs.list();
    expect(list.map(({ id }) => id)).toEqual(["00".repeat(8), RUN.id]);
    expect(list[1]).toEqual({ ...RUN, pid: Deno.pid, started: ownMark() });
    const path = `${home}/runs/${RUN.id}.json`;
    if (Deno.build.os !== "windows") {
      expect(Deno.lstatSync(path).mode! & 0o777).toBe(0o600);
      expect(Deno.lstatSync(`${home}/runs`).mode! & 0o777).toBe(0o700);
    }
    end();
    end();
    later();
    expect(await runs.list()).toEqual([]);
    expect([...Deno.readDirSync(`${home}/runs`)]).toEqual([]);
    expect(said).toEqual([]);
  }));

test(
  "what a killed run left is removed, also when its number is another process's now",
  {
    skip: LINUX,
  },
  () =>
    withHome(async (home) => {
      const { runs, said } = opened(home);
      runs.add(RUN);
      const path = `${home}/runs/${RUN.id}.json`;
      const file = JSON.parse(Deno.readTextFileSync(path));
      const parts = file.started.split(".");
      // The same number, another start.
      parts[parts.length - 1] = String(Number(parts.at(-1)) + 1);
      Deno.writeTextFileSync(
        path,
        JSON.stringify({ ...file, started: parts.join(".") }),
      );
      expect(await runs.stop(RUN.id)).toBe(false);
      expect(await runs.list()).toEqual([]);
      expect([...Deno.readDirSync(`${home}/runs`)]).toEqual([]);
      expect(said).toEqual([]);
    }),
);

test("a run of another machine or container is not listed, and not removed", {
  skip: LINUX,
}, () =>
  withHome(async (home) => {
    const { runs } = opened(home);
    runs.add(RUN);
    const path = `${home}/runs/${RUN.id}.json`;
    const file = JSON.parse(Deno.readTextFileSync(path));
    Deno.writeTextFileSync(
      path,
      JSON.stringify({ ...file, started: `elsewhere.${Deno.pid}.1` }),
    );
    expect(await runs.list()).toEqual([]);
    expect([...Deno.readDirSync(`${home}/runs`)]).toHaveLength(1);
  }));

test("half-written and foreign files are ignored and said", {
  skip: Deno.build.os === "windows" ? "modes and links" : false,
}, () =>
  withHome(async (home) => {
    const { runs, said } = opened(home);
    const end = runs.add(RUN);
    const folder = `${home}/runs`;
    const text = Deno.readTextFileSync(`${folder}/${RUN.id}.json`);
    const write = (name: string, content: string, mode = 0o600) => {
      Deno.writeTextFileSync(`${folder}/${name}`, content);
      Deno.chmodSync(`${folder}/${name}`, mode);
      Deno.utimeSync(`${folder}/${name}`, 1, 1);
    };
    const half = "a".repeat(16);
    write(`${half}.json`, text.slice(0, 40));
    write(`${"b".repeat(16)}.json`, "");
    // Its name says another run than it does.
    write(`${"c".repeat(16)}.json`, text);
    write(
      `${"d".repeat(16)}.json`,
      text.replaceAll(RUN.id, "d".repeat(16)),
      0o622,
    );
    write("notes.txt", "mine");
    Deno.symlinkSync(
      `${folder}/${RUN.id}.json`,
      `${folder}/${"e".repeat(16)}.json`,
    );
    for (const bad of ["pid", "since", "program", "providers"]) {
      const name = { pid: "1", since: "2", program: "3", providers: "4" }[bad]!
        .repeat(16);
      write(
        `${name}.json`,
        JSON.stringify({ ...JSON.parse(text), id: name, [bad]: {} }),
      );
    }
    expect((await runs.list()).map(({ id }) => id)).toEqual([RUN.id]);
    expect(said).toHaveLength(10);
    expect(said.every((line) => line.startsWith(`Ignored "${folder}/`)))
      .toBe(true);
    // Nothing of a person's is removed.
    expect([...Deno.readDirSync(folder)]).toHaveLength(11);
    end();
  }));

test("a run whose file cannot be written goes on, and says so", () =>
  withHome(async (home) => {
    Deno.writeTextFileSync(`${home}/runs`, "in the way");
    const { runs, said } = opened(home);
    runs.add(RUN)();
    expect(said).toEqual([
      expect.stringMatching(/^This run is not in "authsome runs list": /),
    ]);
    expect(await runs.list()).toEqual([]);
  }));

test(
  "a process knows which run it was started by",
  { skip: LINUX },
  () =>
    withHome(async (home) => {
      const { runs } = opened(home);
      expect(await runs.around()).toBeUndefined();
      const end = runs.add(RUN);
      // Not itself.
      expect(await runs.around()).toBeUndefined();
      const module = new URL(
        "../../../lib/host/runs/run_files.ts",
        import.meta.url,
      );
      const text = `import { runFiles } from "${module}";
      console.log(await runFiles(${JSON.stringify(home)}, () => {}).around());`;
      // By way of a shell, and without what the environment says.
      const words = textCommand(text).map((word) => `'${word}'`).join(" ");
      const { stdout } = await processOf(["sh", "-c", `${words}; exit 0`])
        .output();
      expect(new TextDecoder().decode(stdout).trim()).toBe(RUN.id);
      end();
      expect((await ancestors(Deno.pid)).length).toBeGreaterThan(0);
    }),
);

test("a program that takes one signal is told by the next", {
  skip: Deno.build.os === "windows" ? "signals" : false,
}, async () => {
  for (
    const [script, patience] of [
      ["sleep 60", 2000],
      ["trap '' INT; echo ready; while :; do sleep 0.05; done", 300],
      ["trap '' INT TERM; echo ready; while :; do sleep 0.05; done", 300],
    ] as const
  ) {
    const child = processOf(["sh", "-c", script], {
      stdout: script.includes("ready") ? "piped" : "null",
    }).spawn();
    if (script.includes("ready")) {
      await child.stdout.getReader().read();
    }
    await stopProcess(
      child.pid,
      async () => (await processFacts([child.pid])).get(child.pid),
      patience,
    );
    expect((await child.status).success).toBe(false);
  }
});

test("what ps says of processes is read, and a start within a second or two is the same", () => {
  const table = readTable(
    `  4711     1  4711  4711       02:05
  4712  4711  4712  4711    01:00:00
 99999     1 99999     0 2-03:04:05
  bad line
`,
    1_000_000_000,
    true,
  );
  expect([...table]).toEqual([
    [4711, {
      parent: 1,
      began: 1_000_000_000 - 125_000,
      group: 4711,
      inForeground: true,
    }],
    [4712, {
      parent: 4711,
      began: 1_000_000_000 - 3_600_000,
      group: 4712,
      inForeground: false,
    }],
    [99999, {
      parent: 1,
      began: 1_000_000_000 - (2 * 86_400 + 3 * 3600 + 4 * 60 + 5) * 1000,
      group: 99999,
      inForeground: false,
    }],
  ]);
  expect(fateOf(4711, "1", undefined)).toBe("ended");
  expect(fateOf(4711, "what", undefined)).toBe("elsewhere");
});
