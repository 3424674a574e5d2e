/**
 * The home of authsome for Python, of every release from 0.1.1 to 0.7.2: `profiles/<name>/store.db` until 0.2,
 * `server/kv_store/cache.db` since 0.3 (beside `client/`, which holds no secret). A record says itself how it was sealed,
 * so a home that several releases wrote is read too.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { parseObject } from "../../object.ts";
import type { ImportWorld, StoredRow } from "../../ports/other_programs.ts";
import { counted, quoted } from "../../text.ts";
import type { Harvest } from "../found.ts";
import type { ImportSource } from "../source.ts";
import { PythonRecords, recordName } from "./python_records.ts";
import { PythonKey, type Stored, storedOf } from "./python_seals.ts";
import { pythonSecrets, SECRET_HINT } from "./python_secret.ts";

/** How many names an error gives. */
const SHOWN = 10;

/** Reads every store of an old home. */
export const pythonAuthsome: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const home = (world.path ?? `${world.userFolder}/.authsome`)
      .replace(/(?<=.)\/+$/, "").replace(/(?<=.)\/(?:server|client)$/, "");
    const rows = (await storedRows(world, home)).map(({ key, value }) => ({
      key,
      stored: storedOf(value),
    }));
    const records = new PythonRecords();
    const definitions = await addDefinitions(world, home, records);
    if (rows.length === 0 && definitions === 0) {
      throw new AuthsomeError(
        "CredentialMissing",
        `Cannot import from "${home}": it is not a home of authsome for Python, or it is empty`,
        "Name it: authsome import python-authsome --path <home>",
        { subject: { file: home } },
      );
    }
    const closed = await open(world, home, rows, records);
    const harvest = records.harvest();
    const sealed = harvest.skipped.filter(({ isSealed }) => isSealed);
    const names = [
      ...closed.map(({ name }) => name),
      ...sealed.map(({ from }) => from.replace(/^python-authsome /, "")),
    ];
    if (names.length > 0 && harvest.found.length === 0) {
      throw notOpened(
        home,
        names,
        closed.length > 0 && closed.every(({ isNewer }) => isNewer),
      );
    }
    for (const { name, isNewer } of closed) {
      harvest.skipped.push({
        from: `python-authsome ${name}`,
        reason: isNewer
          ? NEWER
          : "it does not open with any key that was found",
        hint: isNewer ? "" : SECRET_HINT,
        isSealed: true,
      });
    }
    return harvest;
  },
};

const NEWER = "a release that is newer than 0.7 sealed it";

/** Adds what opens to `records`, and returns what holds a secret and does not open. */
async function open(
  world: ImportWorld,
  home: string,
  rows: readonly { key: string; stored: Stored }[],
  records: PythonRecords,
): Promise<{ name: string; isNewer: boolean }[]> {
  // Each costs a derivation. A home has one.
  const wrapped = rows.flatMap(({ stored }) =>
    stored.kind === "wrapped-key" ? [stored.record] : []
  ).slice(0, 4);
  // All that may need a key; the fields of 0.1 stand in records that need none.
  let left = rows.filter(({ stored }) =>
    stored.kind === "sealed" || stored.kind === "plain"
  );
  const needsKey = ({ stored }: typeof left[number]) =>
    stored.kind === "sealed" || stored.kind === "plain" &&
      JSON.stringify(stored.record).includes('"ciphertext"');
  for (const row of left) {
    if (!needsKey(row) && row.stored.kind === "plain") {
      await records.add(row.stored.record, undefined);
    }
  }
  left = left.filter(needsKey);
  if (left.length > 0) {
    for await (const { secret } of pythonSecrets(world, home)) {
      const master = PythonKey.master(secret);
      const data: PythonKey[] = [];
      if (left.some(({ stored }) => isSealedBy(stored, "data"))) {
        for (const record of wrapped) {
          const key = await PythonKey.data(secret, record);
          if (key) data.push(key);
        }
      }
      const still: typeof left = [];
      for (const row of left) {
        const keys = isSealedBy(row.stored, "data") ? data : [master];
        if (!await addOpened(row.stored, keys, records)) still.push(row);
      }
      left = still;
      if (left.length === 0) break;
    }
  }
  for (const { stored } of left) {
    // Said by name as what does not open.
    if (stored.kind === "plain") await records.add(stored.record, undefined);
  }
  return rows.flatMap(({ key, stored }) => {
    const isNewer = stored.kind === "newer";
    const isDamaged = stored.kind === "other" &&
      /:(?:connection:|client$)/.test(key);
    const isClosed = isNewer || isDamaged ||
      stored.kind === "sealed" && left.some((row) => row.stored === stored);
    const name = isClosed ? recordName(key) : undefined;
    return name === undefined ? [] : [{ name, isNewer }];
  });
}

/** Adds the record in `stored`, if one of the keys opens it. */
async function addOpened(
  stored: Stored,
  keys: readonly (PythonKey | undefined)[],
  records: PythonRecords,
): Promise<boolean> {
  for (const key of keys) {
    if (!key) continue;
    if (stored.kind === "plain") {
      if (!await opensOne(stored.record, key)) continue;
      await records.add(stored.record, key);
      return true;
    }
    if (stored.kind !== "sealed") continue;
    const text = await key.open(stored.nonce, stored.sealed);
    if (text === undefined) continue;
    const record = parseObject(text);
    // Since 0.5 what was stored is a text in an object.
    const inner = record && typeof record.data === "string"
      ? parseObject(record.data)
      : record;
    if (inner) await records.add(inner, key);
    return true;
  }
  return false;
}

/** Whether `key` opens a field of a record of 0.1. */
async function opensOne(
  record: Readonly<Record<string, unknown>>,
  key: PythonKey,
): Promise<boolean> {
  for (const value of Object.values(record)) {
    if (typeof value !== "object" || value === null) continue;
    if (await key.openField({ ...value }) !== undefined) return true;
  }
  return false;
}

function isSealedBy(stored: Stored, by: "master" | "data"): boolean {
  return stored.kind === "sealed" && stored.by === by;
}

function notOpened(
  home: string,
  names: readonly string[],
  isNewer: boolean,
): AuthsomeError {
  const shown = names.slice(0, SHOWN).map((name) => quoted(name)).join(", ");
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : "";
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open ${
      counted(names.length, "record")
    } of the home at "${home}" (${shown}${more}): ${
      isNewer
        ? NEWER
        : "no key in AUTHSOME_PYTHON_MASTER_KEY, in its master.key or in the keyring opens them"
    }`,
    isNewer
      ? "Log in to them here: authsome login <provider>"
      : SECRET_HINT.replace("<home>", home),
    { subject: { file: home } },
  );
}

async function storedRows(
  world: ImportWorld,
  home: string,
): Promise<{ key: string; value: string }[]> {
  const store = `${home}/server/kv_store`;
  const rows: StoredRow[] = [];
  for (const profile of world.list(`${home}/profiles`)) {
    const path = `${home}/profiles/${profile}/store.db`;
    rows.push(...await world.databaseRows(path, "kv"));
  }
  for (const table of ["Cache", "kv"] as const) {
    rows.push(...await world.databaseRows(`${store}/cache.db`, table));
  }
  return rows.flatMap(({ key, value }) => {
    if (typeof value === "string") return [{ key, value }];
    // diskcache keeps texts of more than 32 KiB in files of names that it draws.
    const file = /^[0-9a-f]{2}[\\/][0-9a-f]{2}[\\/][0-9a-f]+\.val$/.test(
        value.file,
      )
      ? world.read(`${store}/${value.file.replaceAll("\\", "/")}`)
      : undefined;
    return [{ key, value: file?.text ?? "" }];
  });
}

/** Adds the definitions that stand in files (until 0.2) and in the database of the server (since 0.5), and counts them. */
async function addDefinitions(
  world: ImportWorld,
  home: string,
  records: PythonRecords,
): Promise<number> {
  let count = 0;
  for (const file of world.list(`${home}/providers`)) {
    const name = /^(.+)\.json$/.exec(file)?.[1];
    const text = name && world.read(`${home}/providers/${file}`)?.text;
    if (!name || !text) continue;
    records.addDefinition(name, text);
    count++;
  }
  const database = `${home}/server/authsome.db`;
  for (
    const { key, value } of await world.databaseRows(
      database,
      "custom_provider_definitions",
    )
  ) {
    if (typeof value !== "string") continue;
    records.addDefinition(key, value);
    count++;
  }
  return count;
}
