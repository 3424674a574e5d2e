/** Whether the npm packages are installed, and whole. @module */

/** Its text is the lock file that was installed. */
const STAMP = "node_modules/.authsome-setup";

/** Whether all that is locked is in `node_modules` of `root`, by this set-up, by Deno or by npm. */
export function isInstalled(root: string): boolean {
  const stamped = read(`${root}${STAMP}`);
  return stamped === undefined
    ? isWhole(root)
    : stamped === read(`${root}deno.lock`);
}

/** Records that all that is locked is installed. */
export function stamp(root: string): void {
  Deno.copyFileSync(`${root}deno.lock`, `${root}${STAMP}`);
}

/** What npm or Deno installed without this set-up: each has a last step, and what is asked for is there as it is locked. */
function isWhole(root: string): boolean {
  const modules = `${root}node_modules`;
  return (isThere(`${modules}/.package-lock.json`) || isWholeDeno(modules)) &&
    Object.entries(wanted(root)).every(([name, version]) =>
      JSON.parse(read(`${modules}/${name}/package.json`) ?? "{}").version ===
        version
    );
}

/** As Deno lays packages out: it marks each that is whole, and at last notes how all of them are linked. */
function isWholeDeno(modules: string): boolean {
  const packages = `${modules}/.deno`;
  return isThere(`${packages}/.setup-cache.bin`) &&
    [...Deno.readDirSync(packages)].every(({ name }) =>
      !isThere(`${packages}/${name}/node_modules`) ||
      isThere(`${packages}/${name}/.initialized`)
    );
}

/** Versions by the name of each package that package.json asks for. */
function wanted(root: string): Record<string, string> {
  const { dependencies, devDependencies } = JSON.parse(
    Deno.readTextFileSync(`${root}package.json`),
  );
  return { ...dependencies, ...devDependencies };
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
