/**
 * Makes Node single executables: `build/authsome` for this machine, or `build/authsome-<platform>` for each platform
 * that is named (`all`: every one), with checksums and a bill of materials. Those that are named are compressed, too, where
 * xz is installed.
 *
 * @module
 */
import { bundle } from "./bundle.ts";
import {
  hostPlatform,
  isPlatform,
  NODE_VERSION,
  nodeBinary,
  type Platform,
  PLATFORMS,
} from "./node_binary.ts";
import { stripped } from "./strip.ts";
import {
  writeBillOfMaterials,
  writeChecksums,
} from "../release/release_files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const BUILD = `${ROOT}build`;

const wrong = Deno.args.filter((name) => name !== "all" && !isPlatform(name));
if (wrong.length > 0) {
  console.error(
    `Error: unknown platform "${wrong[0]}"; choose one of: ${
      Object.keys(PLATFORMS).join(", ")
    }, all`,
  );
  Deno.exit(2);
}
const platforms = Deno.args.includes("all")
  ? Object.keys(PLATFORMS) as Platform[]
  : Deno.args.filter(isPlatform);

await Deno.mkdir(BUILD, { recursive: true });
const MAIN = "authsome.cjs";
await bundle({
  entryPoints: ["lib/host/node/node_command_line.ts"],
  outfile: `${BUILD}/${MAIN}`,
  format: "cjs",
  // Inside of an executable there is only require(), and only for Node's own modules.
  supported: { "dynamic-import": false },
  // Nor is there a module's address; only Deno asks for it.
  define: { "import.meta.main": "false", "import.meta.url": '"file:///"' },
  minifySyntax: true,
  minifyWhitespace: true,
});
const files: string[] = [];
if (platforms.length === 0) {
  files.push(await inject("authsome", hostPlatform()));
}
for (const platform of platforms) {
  const end = platform === "windows-x64" ? ".exe" : "";
  const name = await inject(`authsome-${platform}${end}`, platform);
  files.push(name, ...await compress(name));
}
await Deno.remove(`${BUILD}/${MAIN}`);
await writeBillOfMaterials(`${BUILD}/authsome.cdx.json`, {
  name: "node",
  version: NODE_VERSION,
});
await writeChecksums(BUILD, [...files, "authsome.cdx.json"]);

/** Puts the bundle into Node's binary; the name of the file that came out. */
async function inject(name: string, platform: Platform): Promise<string> {
  const host = platform === hostPlatform();
  const config = `${BUILD}/${name}.json`;
  const executable = `${BUILD}/${name}.node`;
  await Deno.writeFile(
    executable,
    stripped(await Deno.readFile(await nodeBinary(platform))),
    // That of what is made of it.
    { mode: 0o755 },
  );
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      // Their paths are put into the executable, which must not depend on the folder that it was made in.
      main: MAIN,
      output: name,
      executable,
      // The code of one platform's V8 is not that of another's.
      useCodeCache: host,
      disableExperimentalSEAWarning: true,
      // NODE_OPTIONS is for the commands that are run, not for their keeper.
      execArgvExtension: "none",
    }),
  );
  const node = await nodeBinary(hostPlatform());
  const { success } = await new Deno.Command(node, {
    // Without it the code cache is another one each time. It is no flag of the executable.
    args: ["--random-seed=1", "--build-sea", config],
    cwd: BUILD,
    stdout: "null",
  }).spawn().status;
  await Deno.remove(config);
  await Deno.remove(executable);
  if (!success) Deno.exit(1);
  await report(name);
  return name;
}

/** Compresses what is downloaded; the names of the files that came of it. */
async function compress(name: string): Promise<string[]> {
  let success = false;
  try {
    ({ success } = await new Deno.Command("xz", {
      args: ["--keep", "--force", "-9", `${BUILD}/${name}`],
    }).spawn().status);
  } catch { /* It is not installed. */ }
  if (!success) {
    console.error(`Note: no build/${name}.xz, since xz does not work here`);
    return [];
  }
  await report(`${name}.xz`);
  return [`${name}.xz`];
}

async function report(name: string): Promise<void> {
  const { size } = await Deno.stat(`${BUILD}/${name}`);
  console.log(`build/${name}  ${Math.round(size / 1e6)} MB`);
}
