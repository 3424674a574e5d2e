/** The npm packages that are installed here, as npm or Deno laid them out. @module */

const ROOT = new URL("../..", import.meta.url).pathname;

/** An installed package. */
export interface Package {
  name: string;
  version: string;
  /** SPDX expression, as its own package.json says. */
  licence: string;
  /** What its files hold, in bytes; what is installed below it is not counted. */
  bytes: number;
}

/** Every package below `folder` (default: the project's), once, by name. */
export async function installedPackages(
  folder = `${ROOT}node_modules`,
): Promise<Package[]> {
  const found = new Map<string, Package>();
  await visit(folder, found);
  return [...found.values()].sort((a, b) =>
    `${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1
  );
}

/** Names and versions of what a user installs: the lock file without what is for development. */
export async function runtimePackages(): Promise<Set<string>> {
  const { packages } = JSON.parse(
    await Deno.readTextFile(`${ROOT}package-lock.json`),
  ) as { packages: Record<string, { version: string; dev?: boolean }> };
  return new Set(
    Object.entries(packages).filter(([place, { dev }]) => place && !dev)
      .map(([place, { version }]) =>
        `${place.slice(place.lastIndexOf("node_modules/") + 13)}@${version}`
      ),
  );
}

/** `folder` is a node_modules, or a scope in one. */
async function visit(
  folder: string,
  found: Map<string, Package>,
): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    // A link leads to a package that is found where it is.
    if (!isDirectory || name === ".bin") continue;
    const path = `${folder}/${name}`;
    if (name === ".deno") {
      for await (const { name: entry } of Deno.readDir(path)) {
        await visitIfThere(`${path}/${entry}/node_modules`, found);
      }
    } else if (name.startsWith("@")) await visit(path, found);
    else {
      const one = await packageAt(path);
      if (one) found.set(`${one.name}@${one.version}`, one);
      await visitIfThere(`${path}/node_modules`, found);
    }
  }
}

async function visitIfThere(folder: string, found: Map<string, Package>) {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isDirectory) await visit(folder, found);
}

async function packageAt(path: string): Promise<Package | undefined> {
  const text = await Deno.readTextFile(`${path}/package.json`)
    .catch(() => undefined);
  if (text === undefined) return undefined;
  const { name, version, license, licenses } = JSON.parse(text);
  // Before SPDX there was {type} and a list of such.
  const licence = license?.type ?? license ??
    licenses?.map(({ type }: { type: string }) => type).join(" OR ") ?? "";
  return { name, version, licence, bytes: await sizeOf(path) };
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    // Deno leaves marks of its own beside the package's files.
    if (name === "node_modules" || name.startsWith(".deno")) continue;
    const path = `${folder}/${name}`;
    if (isDirectory) bytes += await sizeOf(path);
    else if (isFile) bytes += (await Deno.stat(path)).size;
  }
  return bytes;
}
