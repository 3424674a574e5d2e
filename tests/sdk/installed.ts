/** Where the SDKs are, and their versions. `deno task sdk:install` puts them there. @module */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Where the packages are installed. */
export const SDKS: string = Deno.env.get("AUTHSOME_TEST_SDK_FOLDER") ??
  fileURLToPath(new URL("../../build/sdk", import.meta.url));

/** The file that says exactly which packages. */
export const LOCKS = {
  npm: `${HERE}npm/package-lock.json`,
  pypi: `${HERE}python/requirements.txt`,
} as const;

/** Where they come from. */
export type Registry = keyof typeof LOCKS;

/** The file that says that all packages of a lock are there: it holds the hash of the lock. */
export const STAMPS: Readonly<Record<Registry, string>> = {
  npm: `${SDKS}/npm/installed`,
  pypi: `${SDKS}/python/installed`,
};

/** Hash of the lock of a registry. */
export function lockHash(registry: Registry): string {
  return createHash("sha256").update(Deno.readTextFileSync(LOCKS[registry]))
    .digest("hex");
}

/** Why the packages of a registry cannot be tried here, or `false`. */
export function notInstalled(registry: Registry): string | false {
  let stamp;
  try {
    stamp = Deno.readTextFileSync(STAMPS[registry]);
  } catch { /* They were never installed. */ }
  return stamp === lockHash(registry)
    ? false
    : `the ${registry} SDKs are not installed: deno task sdk:install`;
}

let npm: Record<string, { version: string }> | undefined;
let pypi: Map<string, string> | undefined;

/** The version of a package that the lock names. Throws if it names none. */
export function lockedVersion(registry: Registry, name: string): string {
  npm ??= JSON.parse(Deno.readTextFileSync(LOCKS.npm)).packages;
  pypi ??= new Map(
    [...Deno.readTextFileSync(LOCKS.pypi).matchAll(/^([\w.-]+)==(\S+)/gm)]
      .map(([, name, version]) => [normalized(name!), version!]),
  );
  const version = registry === "npm"
    ? npm![`node_modules/${name}`]?.version
    : pypi.get(normalized(name));
  if (!version) throw new Error(`${LOCKS[registry]} has no ${name}`);
  return version;
}

/** A name as PyPI compares it (PEP 503). */
function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
