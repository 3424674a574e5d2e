/**
 * Where Node begins: refuses one that is too old before anything that it cannot read is loaded, and lets Node keep what
 * it compiled. Bundled by itself, in words that old Nodes know.
 *
 * @module
 */
import module from "node:module";

const OLDEST = [22, 13];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major! < OLDEST[0]! || major === OLDEST[0] && minor! < OLDEST[1]!) {
  console.error(
    `Error: authsome needs Node ${
      OLDEST.join(".")
    } or newer; this is Node ${process.versions.node}`,
  );
  process.exitCode = 1;
} else {
  const folder = cacheFolder();
  if (folder) module.enableCompileCache(folder);
  // @ts-ignore: it is beside the bundle of this module.
  await import("./cli.mjs");
}

/** The user's own: write access to a program's cache is write access to the program, and Node would take the common /tmp. */
function cacheFolder(): string | undefined {
  const { env, platform } = process;
  if (env.NODE_COMPILE_CACHE) return undefined;
  const absolute = (path: string | undefined) =>
    path && /^(\/|[A-Za-z]:[\\/])/.test(path) ? path : undefined;
  const home = absolute(env.HOME ?? env.USERPROFILE);
  const caches = platform === "win32"
    ? absolute(env.LOCALAPPDATA)
    : absolute(env.XDG_CACHE_HOME) ??
      (home &&
        `${home}/${platform === "darwin" ? "Library/Caches" : ".cache"}`);
  return caches && `${caches}/authsome/node`;
}
