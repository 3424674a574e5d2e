// The short form of `deno task torture`: fewer processes and faults, the same phases. No write that was acknowledged may be
// lost, and nothing may be torn.
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect } from "expect";
import { after, test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { sealAge } from "../../lib/broker/custody/age_file.ts";
import { encodeCopy } from "../../lib/broker/custody/vault_copy.ts";
import { openRuntime } from "../../lib/host/wiring.ts";
import { buildFaults, call } from "../../scripts/torture/call.ts";
import { mountOptions, onDisk } from "../../scripts/torture/disk.ts";
import {
  type Figures,
  Ledger,
  noFigures,
} from "../../scripts/torture/ledger.ts";
import { newHome, PHASES, runPhase } from "../../scripts/torture/phases.ts";
import { randomNumbers } from "../../scripts/torture/random.ts";
import { missing } from "../support/missing.ts";
import { DENO_ONLY } from "../support/program.ts";

// What makes the faults is Deno's, and so is the program that they strike.
const skip = DENO_ONLY ||
  (Deno.build.os === "linux"
    ? await missing("gcc")
    : "the faults are made for Linux");
const folder = Deno.makeTempDirSync({ prefix: "authsome-torture-" });
after(() => Deno.removeSync(folder, { recursive: true }));

let library: string | undefined;
const rig = () => ({
  library: library ??= buildFaults(folder),
  folder,
  ...{ writers: 6, rounds: 1, step: 47 },
});

function judge(figures: Figures): void {
  const { tried, acknowledged, lost, torn, faults } = figures;
  expect(faults).toEqual([]);
  expect({ lost, torn }).toEqual({ lost: 0, torn: 0 });
  // Otherwise nothing was tried.
  expect(tried).toBeGreaterThan(3);
  expect(acknowledged).toBeGreaterThan(0);
}

for (const [name, phase] of Object.entries(PHASES)) {
  test(`writers ${name}: no acknowledged write is lost`, { skip }, async () => {
    judge(await runPhase({ ...rig(), random: randomNumbers(1) }, phase));
  });
}

const options = Deno.build.os === "linux" ? mountOptions() : undefined;
test(
  "writers on a full and on a read-only disk: no acknowledged write is lost",
  { skip: skip || options === undefined && "this user may not mount a tmpfs" },
  async () => {
    const all = await onDisk(rig(), options!);
    expect(Object.keys(all)).toHaveLength(2);
    for (const figures of Object.values(all)) {
      judge(figures);
      expect(figures.refused).toBeGreaterThan(0);
    }
  },
);

test("a fault strikes at the call that it is for", { skip }, async () => {
  const { library } = rig();
  const home = newHome(folder);
  const line = [
    ["login", "openai", "--force", "--stdin"],
    "sk-proj-".padEnd(56, "x"),
  ] as const;
  const free = await call(home, library, line);
  expect(free).toMatchObject({ acknowledged: true, killed: false, code: 0 });
  expect(free.calls).toBeGreaterThan(50);
  const killed = await call(home, library, line, { at: 20, action: "before" });
  expect(killed).toMatchObject({ acknowledged: false, killed: true });
  const full = await call(home, library, line, { at: 1, action: 28 });
  expect(full).toMatchObject({ acknowledged: false, code: 9 });
});

test(
  "vault import that is killed writes every record, or none",
  { skip },
  async () => {
    const { library } = rig();
    const identity = await generateX25519Identity();
    const records = Object.fromEntries(["a", "b", "c"].map((name) => [
      `profile/default/connection/openai/${name}`,
      JSON.stringify({
        ...{ v: 1, provider: "openai", name, state: "connected" },
        ...{ created_at: 1, updated_at: 1 },
        credential: { type: "api_key", fields: { api_key: `sk-${name}` } },
      }),
    ]));
    const text = await sealAge(
      encodeCopy({ config: {}, definitions: {}, records }, "2026-11-27"),
      { recipients: [await identityToRecipient(identity)] },
    );
    Deno.writeTextFileSync(`${folder}/home.age`, text);
    Deno.writeTextFileSync(`${folder}/key.txt`, identity);
    const line = [[
      ...["vault", "import", `${folder}/home.age`, "--yes"],
      ...["--identity", `${folder}/key.txt`],
    ]] as const;
    const found: number[] = [];
    for (let at = 40; at < 1_000; at += 53) {
      const home = newHome(folder);
      const count = async () => {
        await using broker = await Broker.open(await openRuntime({ home }));
        return (await broker.connections.list()).length;
      };
      const ended = await call(home, library, line, { at, action: "after" });
      found.push(await count());
      expect((await call(home, library, line)).acknowledged).toBe(true);
      expect(await count()).toBe(3);
      if (!ended.killed) break;
    }
    // Killed before it was written, and in the end not at all.
    expect([...new Set(found)].sort()).toEqual([0, 3]);
  },
);

test("the ledger finds a write that was lost", { skip }, async () => {
  const { library } = rig();
  const ledger = new Ledger(newHome(folder), noFigures());
  const write = async () => {
    const { line, state } = ledger.next("w00");
    ledger.ended("w00", state, await call(ledger.home, library, line));
  };
  await write();
  await ledger.judge();
  const vault = `${ledger.home}/vault.db`;
  Deno.copyFileSync(vault, `${vault}.old`);
  await write();
  Deno.renameSync(`${vault}.old`, vault);
  Deno.chmodSync(vault, 0o600);
  await ledger.judge();
  expect(ledger.figures).toMatchObject({ acknowledged: 2, lost: 1, torn: 0 });
});
