/** What a release is made of: a version, an address, and the checksums of its executables. @module */

/** A release. */
export interface Release {
  version: string;
  /** Where its files are, without a slash at the end. */
  baseUrl: string;
  /** The project's page. */
  homepage: string;
  /** SHA-256 in hexadecimal by file name. */
  checksums: ReadonlyMap<string, string>;
}

/** The executables, in the order of the files that name them. */
export const EXECUTABLES = [
  "authsome-linux-arm64",
  "authsome-linux-x64",
  "authsome-macos-arm64",
  "authsome-macos-x64",
  "authsome-windows-x64.exe",
] as const;

/** The checksums in the text of a `SHA256SUMS` file. Throws if a line is none. */
export function parseChecksums(text: string): Map<string, string> {
  return new Map(
    text.split("\n").filter(Boolean).map((line) => {
      const [, sha, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
      if (!sha || !name) throw new SyntaxError(`not a checksum: ${line}`);
      return [name, sha];
    }),
  );
}

/** The checksum of `name`. Throws if the release does not have it. */
export function checksumOf(release: Release, name: string): string {
  const sha = release.checksums.get(name);
  if (!sha) throw new Error(`the release has no ${name}`);
  return sha;
}
