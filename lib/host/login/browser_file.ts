/**
 * Hands the browser an address through a file. The arguments of a program can be read by every user of the machine
 * (`/proc/<pid>/cmdline`, `ps`), so an address that must stay secret is in a file that only this user may read, and the
 * browser is given the name of the file, which forwards.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type { Env } from "../../ports/system.ts";
import { tryLock } from "../home/lock.ts";
import { findHome } from "../home/paths.ts";
import { othersMayReplace } from "../home/replaceable.ts";
import { isAbandoned } from "../run/run_folder.ts";
import { restrictToOwner } from "../home/windows_acl.ts";

/** Begins the name of every folder that is made here. */
const PREFIX = "authsome-login-";
const NAME = /^authsome-login-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A file that forwards. */
interface HandOff {
  /** Its `file:` URL. */
  url: string;
  /** Removes it with its folder. May be called twice. */
  remove(): void;
}

/**
 * Writes a page of mode 0600, in a new folder of mode 0700, that forwards to `url`, and sweeps what killed logins left.
 *
 * @returns `undefined` if no place for it is this user's alone.
 */
export function handOff(url: URL, env: Env): HandOff | undefined {
  for (const place of places(env)) {
    try {
      sweep(place);
      return write(place, url);
    } catch { /* The next place. */ }
  }
}

/** Where the file may lie, the best first: real paths. Never a folder in which others may write, or that they may replace. */
export function places(
  env: Env,
  snaps: boolean = Deno.build.os === "linux" && isFolder("/snap/bin"),
): string[] {
  const runtime = env.get("XDG_RUNTIME_DIR");
  const candidates = [
    // A browser that is a snap reads the home only, and no hidden folder in it.
    snaps ? env.get("HOME") : undefined,
    Deno.build.os === "linux" ? runtime : undefined,
    authsomeHome(env),
  ];
  return candidates.flatMap((path) => {
    const real = realFolder(path);
    return real !== undefined && isOurs(real) ? real : [];
  });
}

/** The browser is given no path that leads through a link: who may change the link would choose the page. */
function realFolder(path: string | undefined): string | undefined {
  // Relative ones are invalid (XDG Base Directory Specification), and lie in whatever folder this is.
  if (!path || Deno.build.os !== "windows" && !path.startsWith("/")) {
    return undefined;
  }
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function authsomeHome(env: Env): string | undefined {
  try {
    return findHome(env);
  } catch {
    return undefined;
  }
}

function isOurs(path: string): boolean {
  try {
    const { isDirectory, uid, mode } = Deno.statSync(path);
    return isDirectory && (uid === null || uid === Deno.uid()) &&
      (Deno.build.os === "windows" || ((mode ?? 0) & 0o022) === 0) &&
      !othersMayReplace(path);
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function write(place: string, url: URL): HandOff {
  const folder = `${place}/${PREFIX}${crypto.randomUUID()}`;
  // Fails if anything is there; a link that was put there is never followed.
  Deno.mkdirSync(folder, { mode: 0o700 });
  if (Deno.build.os === "windows") restrictToOwner(folder);
  const lock = tryLock(`${folder}/lock`);
  let removed = false;
  const remove = () => {
    if (removed) return;
    removed = true;
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch { /* It is gone, or the next login sweeps it. */ }
    lock?.release();
  };
  try {
    const path = `${folder}/login.html`;
    Deno.writeTextFileSync(path, page(url), { createNew: true, mode: 0o600 });
    return { url: pathToFileURL(path).href, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function sweep(place: string): void {
  for (const { name } of Deno.readDirSync(place)) {
    // A person may have files whose names begin alike.
    if (!NAME.test(name)) continue;
    const path = `${place}/${name}`;
    try {
      if (Deno.lstatSync(path).isDirectory && isAbandoned(path)) {
        Deno.removeSync(path, { recursive: true });
      }
    } catch { /* Another login sweeps too, or it is not ours to remove. */ }
  }
}

/** Text browsers do not forward by themselves, so there is a link too. */
function page({ href }: URL): string {
  const url = href.replaceAll("&", "&amp;").replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${url}">
<title>authsome</title>
<p><a href="${url}">Continue to the login</a></p>
`;
}
