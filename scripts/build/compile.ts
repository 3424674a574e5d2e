/**
 * Makes single executables with `deno compile`: `build/deno/authsome-<platform>` for the platforms that are named, else
 * for every one, with checksums and a bill of materials. With `DENORT_BIN`, a base for one platform, only for that one:
 * the one that is named, else this machine's.
 *
 * @module
 */
import { bundleForDeno } from "./bundle.ts";
import { hostPlatform, isPlatform, type Platform } from "./node_binary.ts";
import {
  writeBillOfMaterials,
  writeChecksums,
} from "../release/release_files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const BUILD = `${ROOT}build/deno`;

const TARGETS: Record<Platform, string> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
};

const wrong = Deno.args.find((name) => !isPlatform(name));
if (wrong !== undefined) {
  console.error(
    `Error: unknown platform "${wrong}"; choose one of: ${
      Object.keys(TARGETS).join(", ")
    }`,
  );
  Deno.exit(2);
}
const named = Deno.args.filter(isPlatform);
const platforms = named.length > 0
  ? named
  : Deno.env.get("DENORT_BIN")
  ? [hostPlatform()]
  : Object.keys(TARGETS) as Platform[];

await Deno.mkdir(BUILD, { recursive: true });
// Elsewhere, or Deno would take the project's packages into the executable.
const work = await Deno.makeTempDir();
const files: string[] = [];
let failed = false;
try {
  await bundleForDeno(work);
  for (const platform of platforms) {
    const file = await compile(work, platform);
    if (!file) {
      failed = true;
      break;
    }
    files.push(file);
  }
} finally {
  await Deno.remove(work, { recursive: true });
}
if (failed) Deno.exit(1);
await writeBillOfMaterials(`${BUILD}/authsome.cdx.json`, {
  name: "deno",
  version: Deno.version.deno,
});
await writeChecksums(BUILD, [...files, "authsome.cdx.json"]);

/** The name of the executable, or nothing after saying why there is none. */
async function compile(
  folder: string,
  platform: Platform,
): Promise<string | undefined> {
  const name = `authsome-${platform}${
    platform === "windows-x64" ? ".exe" : ""
  }`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--no-config", "--no-check", "--allow-all"],
      ...["--unstable-lazy-dynamic-imports", "--unstable-net"],
      // What is loaded on demand is not looked for.
      ...["--include", `${folder}/lib`, "--target", TARGETS[platform]],
      ...["--output", `${BUILD}/${name}`, `${folder}/authsome.mjs`],
    ],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (success) {
    const { size } = await Deno.stat(`${BUILD}/${name}`);
    console.log(`build/deno/${name}  ${Math.round(size / 1e6)} MB`);
    return name;
  }
  const said = new TextDecoder().decode(stderr).trim();
  console.error(
    /base binary|denort/.test(said)
      ? `Error: cannot get Deno's runtime base (denort ${Deno.version.deno}) for ${platform}; download it elsewhere and set DENORT_BIN to the file`
      : said,
  );
}
