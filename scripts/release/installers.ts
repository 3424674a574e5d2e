/** The files that install a release. @module */
import { checksumOf, EXECUTABLES, type Release } from "./release.ts";

const TEMPLATES = new URL("templates/", import.meta.url);

/** Texts by file name: `install.sh`, `install.ps1`, and what the release is complete enough for. */
export async function installers(
  release: Release,
): Promise<Map<string, string>> {
  const { version, baseUrl, homepage } = release;
  for (const value of [version, baseUrl, homepage]) {
    // They will stand between quotes of a shell.
    if (!/^[A-Za-z0-9.:/_+-]+$/.test(value)) {
      throw new Error(`cannot use ${JSON.stringify(value)} in a script`);
    }
  }
  const there = EXECUTABLES.filter((name) => release.checksums.has(name));
  const values: Record<string, string> = {
    VERSION: version,
    BASE_URL: baseUrl,
    HOMEPAGE: homepage,
    CHECKSUMS: there.flatMap((name) => [name, `${name}.xz`])
      .filter((name) => release.checksums.has(name)).map((name) =>
        `${checksumOf(release, name)}  ${name}`
      )
      .join("\n"),
  };
  const files = new Map([
    ["install.sh", await fill("install.sh", values)],
    ["install.ps1", await fill("install.ps1", values)],
    ["index.json", index(release)],
  ]);
  if (there.length === EXECUTABLES.length) {
    for (const name of there) {
      const key = name.replace(/^authsome-|\.exe$/g, "").replaceAll("-", "_");
      values[`SHA_${key.toUpperCase()}`] = checksumOf(release, name);
    }
    files.set("authsome.rb", await fill("authsome.rb", values));
    files.set("authsome.json", scoop(release));
  }
  return files;
}

async function fill(
  name: string,
  values: Record<string, string>,
): Promise<string> {
  const text = await Deno.readTextFile(new URL(name, TEMPLATES));
  return text.replace(/@([A-Z][A-Z0-9_]+)@/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name} wants ${key}`);
    return value;
  });
}

/** What `authsome upgrade --check` reads. */
function index({ version, checksums }: Release): string {
  const files = [...checksums].map(([name, sha256]) => ({ name, sha256 }));
  return JSON.stringify({ v: 1, version, files }, null, 2) + "\n";
}

/** A manifest of Scoop. */
function scoop(release: Release): string {
  const name = "authsome-windows-x64.exe";
  return JSON.stringify(
    {
      version: release.version,
      description: "Local-first credential broker for AI agents",
      homepage: release.homepage,
      license: "MIT",
      architecture: {
        "64bit": {
          url: `${release.baseUrl}/${name}#/authsome.exe`,
          hash: checksumOf(release, name),
        },
      },
      bin: "authsome.exe",
    },
    null,
    2,
  ) + "\n";
}
