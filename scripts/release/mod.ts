/**
 * Writes what installs a release into `build/release/`: install.sh, install.ps1, index.json, Debian packages, and, when
 * all five executables are there, a Homebrew formula and a Scoop manifest. Reads the executables and `SHA256SUMS` from
 * `build/`, where `deno task sea all` puts them.
 *
 * Usage: `deno run -A scripts/release/mod.ts <base-url> [homepage]`
 *
 * @module
 */
import { VERSION } from "../../lib/version.ts";
import { writeDeb } from "./deb.ts";
import { installers } from "./installers.ts";
import { parseChecksums, type Release } from "./release.ts";

const BUILD = new URL("../../build", import.meta.url).pathname;
const OUT = `${BUILD}/release`;
const DEBIAN = { "linux-x64": "amd64", "linux-arm64": "arm64" };

const [baseUrl, homepage = baseUrl] = Deno.args;
if (!/^https?:\/\//.test(baseUrl ?? "") || !homepage) {
  console.error(
    "Usage: deno run -A scripts/release/mod.ts <base-url> [homepage]",
  );
  Deno.exit(2);
}
let sums: string;
try {
  sums = await Deno.readTextFile(`${BUILD}/SHA256SUMS`);
} catch {
  console.error("Error: there is no build/SHA256SUMS\nHint: deno task sea all");
  Deno.exit(1);
}
const release: Release = {
  version: VERSION,
  baseUrl: baseUrl.replace(/\/+$/, ""),
  homepage,
  checksums: parseChecksums(sums),
};
await Deno.mkdir(OUT, { recursive: true });
for (const [name, text] of await installers(release)) {
  await Deno.writeTextFile(`${OUT}/${name}`, text);
  console.log(`build/release/${name}`);
}
for (const [platform, architecture] of Object.entries(DEBIAN)) {
  const executable = `${BUILD}/authsome-${platform}`;
  if (!release.checksums.has(`authsome-${platform}`)) continue;
  const path = await writeDeb({
    version: VERSION,
    architecture,
    executable,
    homepage,
    folder: OUT,
  });
  console.log(path.slice(path.indexOf("build/release/")));
}
