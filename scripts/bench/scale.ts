/**
 * What commands cost with 10,000 connections in the vault, compared with 10: whole commands in pairs that take turns,
 * `deno run -A scripts/bench/scale.ts [--quick] [command…]`, each by its name in the table. CPU time, with that of the processes that each starts, says it on a busy
 * machine too.
 *
 * @module
 */
import {
  encodeConnection,
  encodeName,
  recordKeys,
} from "../../lib/connection/record.ts";
import { sketchOf } from "../../lib/connection/listing/sketch.ts";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { AUTHSOME, buildAuthsome } from "./authsome.ts";
import { stopped } from "./process.ts";
import { PROVIDER } from "./startup.ts";
import { median, paired, short, spread, table } from "./statistics.ts";

const FEW = 10;
const MANY = 10_000;

/** What the median of the ratios may be at most. */
const TARGET = 1.5;

/** Bundled providers of one API key each; a profile has connections of all of them. */
const SPREAD = [PROVIDER, "anthropic", "cohere", "deepgram", "elevenlabs"]
  .concat("exa", "firecrawl", "groq", "mistral", "replicate");

/** The vaults: how `count` connections are laid out. */
const SHAPES: Record<string, { providers: string[]; profiles: string[] }> = {
  "of one provider": { providers: [PROVIDER], profiles: ["default"] },
  "of ten providers, in four profiles": {
    providers: SPREAD,
    profiles: ["default", "work", "home", "lab"],
  },
};

/** A command; `bounded` if its time must not follow the number of connections. */
interface Measured {
  args: string[];
  input?: string;
  terminal?: boolean;
  bounded: boolean;
}

const COMMANDS: Record<string, Measured> = {
  "get": { args: ["get", PROVIDER], bounded: true },
  "token": { args: ["token", PROVIDER], bounded: true },
  "run -- true": { args: ["run", "--", "true"], bounded: true },
  "run --only … -- true": {
    args: ["run", "--only", PROVIDER, "--", "true"],
    bounded: true,
  },
  "login --stdin": {
    args: ["login", PROVIDER, "--stdin", "--force", "--connection", "bench"],
    input: "sk-bench-00000000000000000000000000\n",
    bounded: true,
  },
  "list at a terminal": { args: ["list"], terminal: true, bounded: true },
  "list into a pipe": { args: ["list"], bounded: false },
  "list --json": { args: ["list", "--json"], bounded: false },
  "vault verify": { args: ["vault", "verify"], bounded: false },
};

/** Milliseconds of one run. */
interface Times {
  wall: number;
  cpu: number;
}

/** Makes a home with `count` connections; the environment that leads there. */
async function makeHome(
  home: string,
  count: number,
  { providers, profiles }: (typeof SHAPES)[string],
): Promise<Record<string, string>> {
  await Deno.mkdir(home, { mode: 0o700 });
  const store = openSqliteStore(`${home}/vault.db`);
  const now = Date.now();
  const records: { key: string; text: string; expected: number }[] = [];
  for (const profile of profiles.slice(1)) {
    records.push({
      key: `profiles/${profile}`,
      text: JSON.stringify({ v: 1, name: profile, created_at: now }),
      expected: 0,
    });
  }
  const seen = new Set<string>();
  for (let at = 0; at < count; at++) {
    const profile =
      profiles[Math.floor(at / providers.length) % profiles.length]!;
    const provider = providers[at % providers.length]!;
    const keys = recordKeys(profile);
    const first = !seen.has(`${profile}/${provider}`);
    seen.add(`${profile}/${provider}`);
    const name = first ? "default" : `account-${at}`;
    const key = `sk-${crypto.randomUUID()}${crypto.randomUUID()}`;
    const text = encodeConnection({
      ...{ provider, name, revision: 0, state: "connected" },
      account: `person${at}@example.com`,
      ...{ createdAt: now, updatedAt: now, loggedInAt: now },
      credential: { type: "api_key", fields: { api_key: new Secret(key) } },
    });
    records.push({ key: keys.connection(provider, name), text, expected: 0 });
    if (first) {
      const text = encodeName(name);
      records.push({ key: keys.default(provider), text, expected: 0 });
    }
  }
  try {
    const keyring = fileKeyring(`${home}/master.key`);
    const vault = await Vault.open(store, keyring, { digest: sketchOf });
    if (!await vault.putAll(records)) throw new Error("the vault was not made");
  } finally {
    store.close();
  }
  return {
    AUTHSOME_HOME: home,
    AUTHSOME_NO_VERIFY: "1",
    // Of its own, since what other programs left in Deno's caches slows every start.
    DENO_DIR: `${home}/../deno`,
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
    TERM: "xterm",
  };
}

/** Runs the command to its end; bash counts what it and its children used. */
async function timesOf(
  { args, input = "", terminal }: Measured,
  env: Record<string, string>,
): Promise<Times> {
  const words = [...AUTHSOME, ...args];
  const run = terminal
    ? [
      "script",
      "-qec",
      words.map((word) => `'${word}'`).join(" "),
      "/dev/null",
    ]
    : words;
  const child = new Deno.Command("bash", {
    args: ["-c", `TIMEFORMAT='%3R %3U %3S'; time "$@" 2>/dev/null`, "bash"]
      .concat(run),
    ...{ env, clearEnv: true, stdin: "piped", stdout: "null" },
    stderr: "piped",
    signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(120_000)]),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input))
    .then(() => writer.close()).catch(() => {});
  const { success, stderr } = await child.output();
  const said = new TextDecoder().decode(stderr).trim();
  const [wall, user, system] = said.split("\n").at(-1)!.split(" ").map(Number);
  if (!success || !(wall! > 0)) {
    throw new Error(`${args.join(" ")} failed: ${said}`);
  }
  return { wall: wall! * 1_000, cpu: (user! + system!) * 1_000 };
}

/** The pairs of one command, each vault first in every other one. */
async function measure(
  command: Measured,
  envs: Record<string, string>[],
  pairs: number,
): Promise<Times[][]> {
  const times: Times[][] = [[], []];
  // The first one fills caches.
  for (let pair = -1; pair < pairs; pair++) {
    for (const at of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      const took = await timesOf(command, envs[at]!);
      if (pair >= 0) times[at]!.push(took);
    }
  }
  return times;
}

/** The commands that are asked for by name; all of them if none is. */
function chosen(names: readonly string[]): [string, Measured][] {
  const unknown = names.find((name) => !Object.hasOwn(COMMANDS, name));
  if (unknown !== undefined) {
    console.error(
      `There is no "${unknown}"; one of: ${Object.keys(COMMANDS).join(", ")}`,
    );
    Deno.exit(2);
  }
  return Object.entries(COMMANDS).filter(([name]) =>
    names.length === 0 || names.includes(name)
  );
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  const commands = chosen(Deno.args.filter((arg) => arg !== "--quick"));
  const pairs = Deno.args.includes("--quick") ? 5 : 15;
  const folder = await Deno.makeTempDir({ prefix: "authsome-bench-" });
  const cpu = ({ cpu }: Times) => cpu;
  const missed: string[] = [];
  try {
    await buildAuthsome();
    const load = Deno.loadavg().map(short).join(" ");
    for (const [shape, layout] of Object.entries(SHAPES)) {
      const envs = [
        await makeHome(`${folder}/${shape}-few`, FEW, layout),
        await makeHome(`${folder}/${shape}-many`, MANY, layout),
      ];
      const rows: string[][] = [];
      for (const [name, command] of commands) {
        const [few, many] = await measure(command, envs, pairs) as [
          Times[],
          Times[],
        ];
        const ratios = (of: (times: Times) => number) =>
          paired(many.map(of), few.map(of), (more, less) => more / less);
        rows.push([
          name,
          ...[few.map(cpu), many.map(cpu), ratios(cpu), ratios((t) => t.wall)]
            .map((values) => spread(values, short)),
        ]);
        if (command.bounded && median(ratios(cpu)) > TARGET) {
          missed.push(`${name}, ${shape}`);
        }
      }
      const head = ["CPU ms, 10", "CPU ms, 10,000", "ratio", "ratio of time"];
      console.log(
        `All ${shape}:\n\n${table([["", ...head], ...rows])}\n`,
      );
    }
    console.log(`${pairs} pairs; load average before: ${load}.`);
    console.log(
      missed.length === 0
        ? `Every median ratio of CPU time ≤ ${TARGET}: yes`
        : `Median ratio of CPU time > ${TARGET}: ${missed.join("; ")}`,
    );
    if (missed.length > 0) Deno.exitCode = 1;
  } catch (error) {
    console.error(stopped.signal.aborted ? "Stopped." : error);
    Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
