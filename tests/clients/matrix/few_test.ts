// A few rows of the matrix of clients, with programs that CI has: what the record says of them is so.
import { expect } from "expect";
import { after, test } from "node:test";
import { attempt } from "../../../scripts/clients/attempt.ts";
import {
  type Machine,
  withMachineFor,
} from "../../../scripts/clients/machine.ts";
import { MODES, type Row } from "../../../scripts/clients/row.ts";
import { readRecord } from "../../../scripts/clients/record.ts";
import { ROWS } from "../../../scripts/clients/rows/all.ts";
import { missing } from "../../support/missing.ts";
import { withMachine } from "../../support/sandbox/machine_use.ts";
import { noSandbox } from "../../support/sandbox/sandbox.ts";
import { DENO_ONLY } from "../../support/program.ts";
import { spawn } from "../../support/scenario.ts";

const PROGRAMS =
  new URL("../../../scripts/clients/programs", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";
const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
/** The newer one, where there are two. */
const GO = await missing("/usr/local/go/bin/go")
  ? "go"
  : "/usr/local/go/bin/go";
const NEWER_NODE = [
  "-e",
  "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 24 || a === 24 && b >= 5 || a === 22 && b >= 21 ? 0 : 1)",
];

/** Rows, and what they need. */
const FEW: Readonly<Record<string, string | false>> = {
  "curl": await missing("curl"),
  "curl-http2": await missing("curl"),
  "curl-upload": await missing("curl"),
  "wget": await missing("wget"),
  "git-clone": await missing("git"),
  "git-push": await missing("git"),
  "py-urllib": await missing(PYTHON),
  "py-requests": await missing(PYTHON, "-c", "import requests"),
  "node24-fetch": await missing(NODE, ...NEWER_NODE),
  "node24-https-request": await missing(NODE, ...NEWER_NODE),
  "node24-ws-builtin": await missing(NODE, ...NEWER_NODE),
  "go-default": await missing(GO, "version"),
  "go-http1": await missing(GO, "version"),
  "java-HttpClient": await missing("javac"),
  "java-UrlConn": await missing("javac"),
};

/** The row with this machine's programs in the place of the installed clients. */
async function onThisMachine(row: Row, folder: string): Promise<Row> {
  const places: Readonly<Record<string, string>> = {
    "{python}": PYTHON,
    "{node24}": NODE,
    "{programs}": `${folder}/programs`,
    "{gostandard}": `${folder}/go-standard`,
    "{jars}": `${folder}/classes`,
  };
  await spawn(
    ["cp", "-r", `${PROGRAMS}/.`, `${folder}/programs`],
    { PATH: Deno.env.get("PATH")! },
  );
  for (
    const command of row.name.startsWith("go-")
      ? [[
        GO,
        "build",
        "-o",
        `${folder}/go-standard`,
        `${folder}/programs/go/standard/main.go`,
      ]]
      : row.name.startsWith("java-")
      ? [[
        "javac",
        "-d",
        `${folder}/classes`,
        `${folder}/programs/java/Standard.java`,
      ]]
      : []
  ) {
    const { code, stderr } = await spawn(command, {
      PATH: Deno.env.get("PATH")!,
      HOME: folder,
      GOCACHE: Deno.env.get("GOCACHE") ??
        `${Deno.env.get("HOME")}/.cache/go-build`,
      GO111MODULE: "off",
      CGO_ENABLED: "0",
    });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  }
  return {
    ...row,
    command: row.command.map((word) =>
      word === "Main" ? "Standard" : word.replace(
        /^\{\w+\}/,
        (name) => places[name] ?? name,
      )
    ),
  };
}

const recorded = new Map(readRecord().rows.map((row) => [row.name, row]));
const rows = ROWS.filter(({ name }) => Object.hasOwn(FEW, name));
const end = Promise.withResolvers<void>();
let running: Promise<void> | undefined;
let made: Promise<Machine> | undefined;
after(async () => {
  end.resolve();
  await running;
});

/** The machine of all rows, which is there once one needs it. */
function machineOfAll(): Promise<Machine> {
  return made ??= new Promise((resolve, reject) => {
    const providers = [...new Set(rows.map(({ provider }) => provider))];
    running = withMachineFor(providers, false, async (machine) => {
      resolve(machine);
      await end.promise;
    });
    running.catch(reject);
  });
}

for (const row of rows) {
  test(
    `${row.name} does what the record says`,
    { skip: DENO_ONLY || noSandbox || FEW[row.name] },
    () =>
      withMachine("shared", async () => {
        const machine = await machineOfAll();
        const here = await onThisMachine(row, machine.scenario.folder);
        for (const mode of MODES) {
          const { ok, said } = await attempt(machine, here, mode);
          const was = recorded.get(row.name)?.[mode].ok;
          expect([mode, ok, ok ? "" : said]).toEqual([
            mode,
            was,
            ok ? "" : said,
          ]);
        }
      }),
  );
}
