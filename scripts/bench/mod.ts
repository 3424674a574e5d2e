/**
 * Compares the proxy with the direct connection, squid and mitmproxy, on loopback only, and prints tables in
 * Markdown: `deno run -A scripts/bench/mod.ts [--quick]`. The repetitions of all ways are interleaved.
 *
 * @module
 */
import { makeAuthority } from "./certificates.ts";
import { type Pace, Subject } from "./measure.ts";
import {
  type Setting,
  startDirect,
  startMitmproxy,
  startSquid,
} from "./peers.ts";
import { command, missingPackages, stopped } from "./process.ts";
import { absolutes, ratios } from "./report.ts";
import { startUpstream } from "./upstream.ts";
import type { Way } from "./way.ts";

const FULL: Pace = {
  repetitions: 7,
  warmUpSeconds: 0.5,
  loadSeconds: 3,
  tunnelSeconds: 2,
};
const QUICK: Pace = {
  repetitions: 2,
  warmUpSeconds: 0.3,
  loadSeconds: 1,
  tunnelSeconds: 1,
};

const WAYS: Record<string, (setting: Setting) => Promise<Way>> = {
  direct: startDirect,
  squid: startSquid,
  mitmproxy: startMitmproxy,
};

if (import.meta.main) {
  const missing = await missingPackages({
    nginx: "nginx-light",
    openssl: "openssl",
    squid: "squid-openssl",
    mitmdump: "mitmproxy",
    hyperfine: "hyperfine",
  });
  if (missing.length > 0) {
    console.error(`Install first: apt-get install ${missing.join(" ")}`);
    Deno.exit(2);
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  await bench(Deno.args.includes("--quick") ? QUICK : FULL);
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

  const subjects: Subject[] = [];
  for (const [name, start] of Object.entries(WAYS)) {
    await Deno.mkdir(`${folder}/${name}`);
    const way = await start({
      folder: `${folder}/${name}`,
      upstreamCa: authority.cert,
      upstreamPort: upstream.port,
      key,
    });
    const subject = new Subject(cleanup.use(way), upstream.port);
    await subject.check();
    subjects.push(subject);
  }

  console.log(await machine());
  for (let round = 0; round < pace.repetitions; round++) {
    // Another way goes first in each round, so that none always follows the same neighbour's load.
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(round + turn) % subjects.length]!;
      console.error(
        `${round + 1}/${pace.repetitions} ${subject.way.name}`,
      );
      await subject.measure(pace);
    }
  }
  console.log(`\nLoad average afterwards: ${load()}.\n`);
  console.log(absolutes(subjects));
  console.log(`\n${ratios(subjects.at(-1)!, subjects.slice(0, -1))}`);
}

/** The machine and the versions of what was compared, for whoever reads the numbers later. */
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
