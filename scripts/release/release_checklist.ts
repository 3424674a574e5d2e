/**
 * What must be true before a tag: checks it, and says what is left for a person.
 *
 * Usage: `deno run -A scripts/release/release_checklist.ts <version>`
 *
 * @module
 */
import { VERSION } from "../../lib/version.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** One point of the list. */
export interface Point {
  text: string;
  done: boolean;
}

/** The points that files can tell. */
export function filePoints(
  version: string,
  files: {
    denoJson: string;
    packageJson: string;
    lock: string;
    changelog: string;
  },
): Point[] {
  const versionIn = (text: string) => JSON.parse(text).version;
  return [
    {
      text: `the version is x.y.z: ${version}`,
      done: /^\d+\.\d+\.\d+$/.test(version),
    },
    { text: `lib/version.ts says ${version}`, done: VERSION === version },
    {
      text: `deno.json says ${version}`,
      done: versionIn(files.denoJson) === version,
    },
    {
      text: `package.json says ${version}`,
      done: versionIn(files.packageJson) === version,
    },
    {
      text: `package-lock.json says ${version}`,
      done: versionIn(files.lock) === version,
    },
    {
      text: `CHANGELOG.md has "## ${version}"`,
      done: files.changelog.split("\n").includes(`## ${version}`),
    },
    {
      text: "CHANGELOG.md has nothing under Unreleased",
      done: !/^## Unreleased\n+(?!## )\S/m.test(files.changelog),
    },
  ];
}

async function commandPoint(
  text: string,
  [program, ...args]: string[],
  wanted?: string,
): Promise<Point> {
  const { success, stdout } = await new Deno.Command(program!, {
    args,
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).output();
  const output = new TextDecoder().decode(stdout).trim();
  return { text, done: success && (wanted === undefined || output === wanted) };
}

if (import.meta.main) {
  const [version] = Deno.args;
  if (!version) {
    console.error(
      "Usage: deno run -A scripts/release/release_checklist.ts <version>",
    );
    Deno.exit(2);
  }
  const read = (name: string) => Deno.readTextFile(ROOT + name);
  const script = (name: string) => [Deno.execPath(), "run", "-A", name];
  const points = [
    ...filePoints(version, {
      denoJson: await read("deno.json"),
      packageJson: await read("package.json"),
      lock: await read("package-lock.json"),
      changelog: await read("CHANGELOG.md"),
    }),
    await commandPoint("nothing is left to commit", [
      "git",
      "status",
      "--porcelain",
    ], ""),
    await commandPoint(`there is no tag v${version} yet`, [
      "git",
      "tag",
      "--list",
      `v${version}`,
    ], ""),
    await commandPoint(
      "licences and sizes",
      script("scripts/check_licences.ts"),
    ),
    await commandPoint("documentation", script("scripts/check_docs.ts")),
  ];
  for (const { text, done } of points) {
    console.log(`${done ? "ok   " : "TODO "} ${text}`);
  }
  console.log(`
Then, by a person:
  deno task outdated                   nothing that mends a hole is left out
  bash .ci/run                         passes on a clean clone
  docs/benchmarks.md                   measured with this version
  docs/platforms.md                    says what was run where
  scripts/generate/client_metadata.ts  its output is what the address in CLIENT_METADATA_URL serves
  git tag -s v${version} && git push origin v${version}
  the workflow "release"               approve the environment, look at the attestations
  install.sh, brew, scoop, apt, npx    each once, from the release`);
  Deno.exitCode = points.every(({ done }) => done) ? 0 : 1;
}
