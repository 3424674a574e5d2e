/** A folder that shows what is in an agent's own folder, by links, but for the file of its login. @module */
import type { LoginView } from "../../connection/agents/agent_login.ts";

/** Links everything of `own` in `view`, but `file`. */
export function linkOwn(
  own: string,
  view: string,
  rules: LoginView,
  file: string,
): void {
  for (const name of rules.made?.folders ?? []) {
    Deno.mkdirSync(`${own}/${name}`, { recursive: true, mode: 0o700 });
  }
  const wanted = new Set(rules.made?.files ?? []);
  for (const { name } of Deno.readDirSync(own)) wanted.add(name);
  for (const name of wanted) {
    if (isOfLogin(name, rules, file)) continue;
    try {
      Deno.symlinkSync(`${own}/${name}`, `${view}/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
  for (const { name, isSymlink } of Deno.readDirSync(view)) {
    // What is gone there is gone here; another folder may be its own by now.
    if (
      isSymlink && (!wanted.has(name) ||
        Deno.readLinkSync(`${view}/${name}`) !== `${own}/${name}`)
    ) relink(own, view, name, wanted.has(name));
  }
}

/** Links in `base` what the agent looks for beside its folder `own`. */
export function linkAround(own: string, base: string, rules: LoginView): void {
  const around = own.replace(/\/[^/]*$/, "");
  for (const name of rules.around ?? []) {
    try {
      Deno.removeSync(`${base}/${name}`);
    } catch { /* There is none, or it is a folder that the agent made. */ }
    try {
      Deno.symlinkSync(`${around}/${name}`, `${base}/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

function relink(own: string, view: string, name: string, wanted: boolean) {
  Deno.removeSync(`${view}/${name}`);
  if (wanted) Deno.symlinkSync(`${own}/${name}`, `${view}/${name}`);
}

/** Moves what was made in `view` to `own`: new files and folders, and files that took the place of a link. */
export function moveToOwn(
  own: string,
  view: string,
  rules: LoginView,
  file: string,
): void {
  for (const { name, isSymlink } of [...Deno.readDirSync(view)]) {
    if (isSymlink || isOfLogin(name, rules, file)) continue;
    move(`${view}/${name}`, `${own}/${name}`);
  }
}

/** Moves a file over an older one, and what is in a folder into the one that is there. */
function move(from: string, to: string): void {
  const there = infoOf(to);
  const { isDirectory, mtime } = Deno.lstatSync(from);
  if (there?.isDirectory && isDirectory) {
    for (const { name } of [...Deno.readDirSync(from)]) {
      move(`${from}/${name}`, `${to}/${name}`);
    }
    Deno.removeSync(from, { recursive: true });
    return;
  }
  const older = there?.isFile &&
    (there.mtime?.getTime() ?? 0) <= (mtime?.getTime() ?? 0);
  if (there && (isDirectory || !older)) {
    Deno.removeSync(from, { recursive: true });
    return;
  }
  const place = there ? Deno.realPathSync(to) : to;
  try {
    Deno.renameSync(from, place);
  } catch {
    // Another file system.
    copy(from, `${place}.authsome`);
    Deno.renameSync(`${place}.authsome`, place);
    Deno.removeSync(from, { recursive: true });
  }
}

function copy(from: string, to: string): void {
  const { isDirectory, isSymlink, mode } = Deno.lstatSync(from);
  if (isSymlink) Deno.symlinkSync(Deno.readLinkSync(from), to);
  else if (isDirectory) {
    Deno.mkdirSync(to, { mode: 0o700, recursive: true });
    for (const { name } of Deno.readDirSync(from)) {
      copy(`${from}/${name}`, `${to}/${name}`);
    }
  } else {
    Deno.copyFileSync(from, to);
    if (mode !== null && Deno.build.os !== "windows") {
      Deno.chmodSync(to, mode & 0o777);
    }
  }
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function isOfLogin(
  name: string,
  { beside = [] }: LoginView,
  file: string,
): boolean {
  return name === file || beside.some((start) => name.startsWith(start));
}
