/**
 * Folders in which agents find their own logins with placeholders: `<home>/agents/<provider>/<connection>`. They stay from
 * run to run, so that paths which an agent notes go on to lead somewhere, and nothing is lost with a run that is killed.
 *
 * @module
 */
import { sha256 } from "../../bytes.ts";
import type { ShownAgentLogin } from "../../ports/run_host.ts";
import {
  fingerprints,
  withChanges,
  type Written,
} from "../../run/merged_members.ts";
import { writeFileAtomic } from "../home/atomic_file.ts";
import { type Lock, lock, tryLock } from "../home/lock.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";
import { linkAround, linkOwn, moveToOwn } from "./linked_folder.ts";

/** How long another run may take to make a view, in milliseconds. */
const LOCK_MS = 20_000;

/** Makes the views of `logins`; the variables lead to them. */
export async function showLogins(
  home: string,
  logins: readonly ShownAgentLogin[],
): Promise<{ env: Record<string, string>; settle(): Promise<void> }> {
  const env: Record<string, string> = {};
  const open: { login: ShownAgentLogin; places: Places; user: Lock }[] = [];
  for (const login of logins) {
    const places = placesOf(home, login);
    const user = await exclusively(places, async () => {
      await bringHome(login, places);
      const user = tryLock(`${places.users}/${crypto.randomUUID()}`)!;
      await lay(login, places);
      return user;
    });
    open.push({ login, places, user });
    env[login.view.variable] = places.base;
    for (const name of login.view.ownFolder ?? []) {
      if (login.folder !== undefined && !Deno.env.get(name)) {
        env[name] = login.folder;
      }
    }
  }
  return {
    env,
    async settle() {
      for (const { login, places, user } of open) {
        await exclusively(places, async () => {
          user.release();
          await bringHome(login, places);
          if (!isUsed(places)) await empty(login, places);
        });
      }
    },
  };
}

interface Places {
  /** What its variable names. */
  base: string;
  /** The folder that the agent is led to. */
  view: string;
  /** A lock for each run that uses it. */
  users: string;
  /** What the file was written with; no secret. */
  written: string;
  /** Held while the view is changed. */
  lock: string;
}

function placesOf(
  home: string,
  { provider, connection, view: { below } }: ShownAgentLogin,
): Places {
  const folder = `${home}/agents/${provider}`;
  for (const path of [home, `${home}/agents`, folder]) {
    ensurePrivateFolder(path);
  }
  const base = `${folder}/${encodeURIComponent(connection)}`;
  const places = {
    base,
    view: below === undefined ? base : `${base}/${below}`,
    users: `${base}.users`,
    written: `${base}.json`,
    lock: `${base}.lock`,
  };
  for (const path of [base, places.view, places.users]) {
    ensurePrivateFolder(path);
  }
  return places;
}

async function exclusively<T>(
  places: Places,
  work: () => Promise<T>,
): Promise<T> {
  const held = await lock(places.lock, LOCK_MS);
  try {
    return await work();
  } finally {
    held.release();
  }
}

/** Writes the file with placeholders, and links the rest. */
async function lay(login: ShownAgentLogin, places: Places): Promise<void> {
  const { folder, file, view } = login;
  const own = folder === undefined ? undefined : read(`${folder}/${file}`);
  await write(login, places, own);
  if (view.holds === "folder" && folder !== undefined) {
    linkOwn(folder, places.view, view, file);
    linkAround(folder, places.base, view);
  }
}

/** Leaves nothing but placeholders: other members of the agent's own file may be logins, too, which the home is not to keep. */
async function empty(login: ShownAgentLogin, places: Places): Promise<void> {
  // First: by what was written before, the members would be taken for removed by the agent.
  Deno.removeSync(places.written);
  await write(login, places, undefined);
}

/** Writes the file with placeholders, and with the other members of `own`. */
async function write(
  { file, members, text: textFor }: ShownAgentLogin,
  places: Places,
  own: string | undefined,
): Promise<void> {
  const text = textFor(own);
  const path = `${places.view}/${file}`;
  const written = await fingerprints(text, members, sha256);
  // Another run may have it open; the same text need not be written.
  if (read(path) !== text) writeFileAtomic(path, text, 0o600);
  writeFileAtomic(places.written, JSON.stringify(written), 0o600);
}

/** Takes what an agent changed in the view to its own folder. What others may still write stays until they have ended. */
async function bringHome(
  { folder, file, view, members }: ShownAgentLogin,
  places: Places,
): Promise<void> {
  if (folder === undefined) return;
  const before = parsed(read(places.written));
  const own = read(`${folder}/${file}`);
  const after = read(`${places.view}/${file}`);
  if (before && own !== undefined && after !== undefined) {
    const now = await fingerprints(after, members, sha256);
    const text = withChanges(own, after, before, now, members);
    if (text !== undefined) {
      const path = Deno.realPathSync(`${folder}/${file}`);
      writeFileAtomic(path, text, (Deno.statSync(path).mode ?? 0o600) & 0o777);
      writeFileAtomic(places.written, JSON.stringify(now), 0o600);
    }
  }
  if (view.holds === "folder" && !isUsed(places)) {
    moveToOwn(folder, places.view, view, file);
  }
}

function isUsed({ users }: Places): boolean {
  let used = false;
  for (const { name } of [...Deno.readDirSync(users)]) {
    // SQLite's own, beside a lock that is held.
    if (name.includes("-journal")) continue;
    const left = tryLock(`${users}/${name}`);
    if (!left) {
      used = true;
      continue;
    }
    left.release();
    for (const path of [name, `${name}-journal`]) {
      try {
        Deno.removeSync(`${users}/${path}`);
      } catch { /* There is none, or another run was faster. */ }
    }
  }
  return used;
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

function parsed(text: string | undefined): Written | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text) as Written;
  } catch {
    return undefined;
  }
}
