/** A package of nothing for npm and one for pip, and the two indexes that serve them. @module */
import { type Ended, missing, spawn } from "../scenario.ts";

const PYTHON = "/usr/bin/python3";
/** Why the packages cannot be made here, or `false`. */
export const noPackages: string | false = await missing(PYTHON) ||
  await missing("tar");

/** Files by the path that they are served at. */
export type PackageIndex = Record<string, Uint8Array<ArrayBuffer> | string>;

/** `tiny` 1.0.0 as `registry.npmjs.org` and `pypi.org` have it. Packed in `folder` by tar and Python. */
export async function packageIndex(folder: string): Promise<PackageIndex> {
  const path = `${folder}/packages`;
  Deno.mkdirSync(`${path}/package`, { recursive: true });
  Deno.writeTextFileSync(
    `${path}/package/package.json`,
    JSON.stringify({ name: "tiny", version: "1.0.0", main: "index.js" }),
  );
  Deno.writeTextFileSync(
    `${path}/package/index.js`,
    "module.exports = 'tiny from npm';",
  );
  const wheel = "tiny-1.0.0-py3-none-any.whl";
  const script = `
import zipfile
with zipfile.ZipFile("${path}/${wheel}", "w") as wheel:
    wheel.writestr("tiny.py", "NAME = 'tiny from pip'\\n")
    wheel.writestr("tiny-1.0.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0.0\\n")
    wheel.writestr("tiny-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tiny-1.0.0.dist-info/RECORD", "")`;
  const env = { PATH: Deno.env.get("PATH")! };
  for (
    const command of [
      ["tar", "-czf", `${path}/tiny.tgz`, "-C", path, "package"],
      [PYTHON, "-c", script],
    ]
  ) succeeded(await spawn(command, env));
  return {
    "/tiny": JSON.stringify({
      name: "tiny",
      "dist-tags": { latest: "1.0.0" },
      versions: {
        "1.0.0": {
          name: "tiny",
          version: "1.0.0",
          dist: { tarball: "https://registry.npmjs.org/tiny/-/tiny-1.0.0.tgz" },
        },
      },
    }),
    "/tiny/-/tiny-1.0.0.tgz": Deno.readFileSync(`${path}/tiny.tgz`),
    "/simple/tiny/": `<a href="/files/${wheel}">${wheel}</a>`,
    [`/files/${wheel}`]: Deno.readFileSync(`${path}/${wheel}`),
  };
}

function succeeded({ code, stderr }: Ended): void {
  if (code !== 0) throw new Error(stderr);
}
