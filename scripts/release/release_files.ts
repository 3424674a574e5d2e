/** What stands beside the executables: checksums and a bill of materials. @module */

const ROOT = new URL("../..", import.meta.url).pathname;

/** Writes `SHA256SUMS` in `folder`, as `sha256sum --check` reads it. */
export async function writeChecksums(
  folder: string,
  files: readonly string[],
): Promise<void> {
  const lines: string[] = [];
  for (const name of [...files].sort()) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    lines.push(`${new Uint8Array(digest).toHex()}  ${name}\n`);
  }
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
}

/** One entry of package-lock.json (version 3). */
interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
}

/**
 * Writes a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/) to `path`: what the lock file installs for use,
 * and the runtime.
 */
export async function writeBillOfMaterials(
  path: string,
  runtime: { name: string; version: string },
): Promise<void> {
  const lock = JSON.parse(
    await Deno.readTextFile(`${ROOT}package-lock.json`),
  ) as { version: string; packages: Record<string, Locked> };
  const packages = Object.entries(lock.packages)
    .filter(([place, { dev, optional }]) => place && !dev && !optional)
    .map(([place, locked]) => component(nameOf(place), locked));
  const program = reference("authsome", lock.version);
  const runtimePart = {
    type: "platform",
    "bom-ref": `${runtime.name}@${runtime.version}`,
    ...runtime,
  };
  const components = [...packages, runtimePart];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": program,
        name: "authsome",
        version: lock.version,
        purl: program,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components,
    dependencies: [{
      ref: program,
      dependsOn: components.map((part) => part["bom-ref"]),
    }],
  };
  await Deno.writeTextFile(path, JSON.stringify(document, null, 2) + "\n");
}

function component(name: string, { version, license, integrity }: Locked) {
  const purl = reference(name, version);
  // The lock file has base64, CycloneDX wants hexadecimal.
  const hash = integrity?.startsWith("sha512-")
    ? Uint8Array.fromBase64(integrity.slice(7)).toHex()
    : undefined;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: license ? [{ license: { id: license } }] : undefined,
    hashes: hash ? [{ alg: "SHA-512", content: hash }] : undefined,
  };
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + 13);
}

/** A package URL (https://github.com/package-url/purl-spec). */
function reference(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
