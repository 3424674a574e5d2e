/**
 * Compares the proxy with the direct connection, squid and mitmproxy, on loopback only, and prints tables in
 * Markdown: `deno run -A scripts/bench/mod.ts [--quick]`. The repetitions of all ways are interleaved.
 *
 * @module
 */
import { buildAuthsome, startAuthsome } from "./authsome.ts";
import { makeAuthority } from "./certificates.ts";
import { type Pace, Subject } from "./measure.ts";
import {
  type Setting,
  startDirect,
  startMitmproxy,
  startSquid,
} from "./peers.ts";
import { command, missingPackages, stopped } from "./process.ts";
import { absolutes, ratios, targets } from "./report.ts";
import { measureKinds } from "./kinds.ts";
import { measureStartup } from "./startup.ts";
import { startUpstream } from "./upstream.ts";
import type { Way } from "./way.ts";

const FULL: Pace = {
  repetitions: 7,
  warmUpSeconds: 0.5,
  loadSeconds: 3,
  tunnelSeconds: 2,
  startup: { rounds: 5, runs: 10 },
};
const QUICK: Pace = {
  repetitions: 2,
  warmUpSeconds: 0.3,
  loadSeconds: 1,
  tunnelSeconds: 1,
  startup: { rounds: 2, runs: 5 },
};

const WAYS: Record<string, (setting: Setting) => Promise<Way>> = {
  direct: startDirect,
  squid: startSquid,
  mitmproxy: startMitmproxy,
  authsome: startAuthsome,
};

if (import.meta.main) {
  const missing = await missingPackages({
    nginx: "nginx-light",
    openssl: "openssl",
    squid: "squid-openssl",
    mitmdump: "mitmproxy",
    hyperfine: "hyperfine",
    bwrap: "bubblewrap",
  });
  if (missing.length > 0) {
    console.error(`Install first: apt-get install ${missing.join(" ")}`);
    Deno.exit(2);
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  try {
    await bench(Deno.args.includes("--quick") ? QUICK : FULL);
  } catch (error) {
    console.error(stopped.signal.aborted ? "Stopped." : error);
    Deno.exit(1);
  }
}

async function bench(pace: Pace): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "authsome-bench-" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  // squid's own user must reach its folder; the keys in it stay 0600.
  await Deno.chmod(folder, 0o711);

  const authority = await makeAuthority(folder, "upstream");
  const key = crypto.randomUUID();
  await Deno.mkdir(`${folder}/upstream`);
  const upstream = cleanup.use(
    await startUpstream(`${folder}/upstream`, authority, key),
  );

  const setting = async (name: string) => {
    await Deno.mkdir(`${folder}/${name}`);
    return {
      folder: `${folder}/${name}`,
      upstreamCa: authority.cert,
      upstreamPort: upstream.port,
      key,
    };
  };

  await buildAuthsome();
  console.log(await machine());
  // Before the proxies run, since it is the state in which people start a command.
  const startup = await measureStartup(await setting("startup"), pace.startup);
  const kinds = await measureKinds(await setting("kinds"), pace.startup);
  const subjects: Record<string, Subject> = {};
  for (const [name, start] of Object.entries(WAYS)) {
    const way = cleanup.use(await start(await setting(name)));
    const subject = subjects[name] = new Subject(way, upstream.port);
    await subject.check();
  }
  await repeat(Object.values(subjects), pace);

  const { authsome, ...others } = subjects;
  console.log(`Load average after: ${load()}.`);
  for (
    const text of [
      targets(authsome!, others, startup),
      ratios(authsome!, Object.values(others)),
      absolutes(Object.values(subjects)),
      startup.table,
      kinds,
    ]
  ) console.log(`\n${text}`);
}

/** Interleaves the repetitions; another way goes first in each, so that none always follows the same neighbour. */
async function repeat(subjects: Subject[], pace: Pace): Promise<void> {
  for (let round = 0; round < pace.repetitions; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(round + turn) % subjects.length]!;
      console.error(`${round + 1}/${pace.repetitions} ${subject.way.name}`);
      await subject.measure(pace);
    }
  }
}

/** The machine and the versions of what was compared, for readers of the numbers. */
async function machine(): Promise<string> {
  const cpu = /^model name\s*: (.*)$/m.exec(
    await Deno.readTextFile("/proc/cpuinfo"),
  )?.[1];
  const packages = await command("dpkg-query", [
    "--show",
    "--showformat=${Package} ${Version}, ",
    ...["nginx-light", "squid-openssl", "mitmproxy", "hyperfine"],
  ]).catch(() => "");
  return `${navigator.hardwareConcurrency} cores (${cpu}), Linux ${Deno.osRelease()}; ${packages}Deno ${Deno.version.deno}. ` +
    `Load average before: ${load()}.`;
}

function load(): string {
  return Deno.loadavg().map((value) => value.toFixed(2)).join(" ");
}
