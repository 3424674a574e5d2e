/**
 * Checks that every dependency has a licence that allows what we do with it, and that the changelog has the number and the
 * size of those that a user installs.
 *
 * @module
 */
import {
  installedPackages,
  type Package,
  runtimePackages,
} from "./build/packages.ts";

/** Licences (SPDX) that ask for no more than their text and a notice. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
  "Unlicense",
]);

/** For what only tests load and nobody is given. Its files stay as they are. */
const ALLOWED_FOR_DEVELOPMENT = new Set(["MPL-2.0"]);

/** Whether an SPDX expression of `AND` and `OR` can be met with allowed licences, for what users are given or not. */
export function isAllowed(licence: string, isGiven = true): boolean {
  return licence.replace(/[()]/g, "").split(" OR ").some((choice) =>
    choice.split(" AND ").every((part) =>
      ALLOWED.has(part.trim()) ||
      !isGiven && ALLOWED_FOR_DEVELOPMENT.has(part.trim())
    )
  );
}

/** The line that the changelog must hold. */
export function summary(packages: readonly Package[]): string {
  const bytes = packages.reduce((sum, one) => sum + one.bytes, 0);
  return `${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB`;
}

if (import.meta.main) {
  const all = await installedPackages();
  const names = await runtimePackages();
  const runtime = all.filter(({ name, version }) =>
    names.has(`${name}@${version}`)
  );
  let failed = false;
  const fail = (message: string) => {
    console.error(`Error: ${message}`);
    failed = true;
  };
  for (const { name, version, licence } of all) {
    if (!isAllowed(licence, names.has(`${name}@${version}`))) {
      fail(`${name}@${version} has the licence "${licence}"`);
    }
  }
  if (runtime.length !== names.size) {
    fail(
      `${names.size - runtime.length} packages are locked and not installed`,
    );
  }
  console.log(`at run time: ${summary(runtime)}`);
  console.log(`with those for development: ${summary(all)}`);
  const changelog = await Deno.readTextFile(
    new URL("../CHANGELOG.md", import.meta.url),
  );
  if (!changelog.replace(/\s+/g, " ").includes(summary(runtime))) {
    fail(`CHANGELOG.md does not say "${summary(runtime)}"`);
  }
  Deno.exitCode = failed ? 1 : 0;
}
