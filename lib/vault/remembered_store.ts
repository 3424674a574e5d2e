/**
 * A {@linkcode Store} that notices older records than were there before: a record, or the whole file, that was put back.
 * What was last written is remembered outside of the store, by a {@linkcode Witness}.
 *
 * Invariant: a line is written after the record that it is about, and read before it. So what is remembered is never newer
 * than the store, and a crash between the two, or another process in between, is not taken for a rollback.
 *
 * @module
 */
import type {
  Change,
  Revisions,
  Store,
  StoredRecord,
  Witness,
} from "../ports/store.ts";
import { KEY_RECORD } from "./key_record.ts";

/** In the place of a nonce: the record was deleted. */
const DELETED = "-";
/** Nonces of one record that are remembered: an older value than that is known by its revision alone. */
const NONCES = 64;

/** From so many questions on, every line is parsed. */
const PARSED_FROM = 32;

/** What is remembered of a record: its last revision, and the revision of each nonce that it had lately. */
interface Remembered {
  revision: number;
  nonce: string;
  nonces: Map<string, number>;
}

/** Passes everything on to a store, and calls `notice` when a record is older than one that is remembered. */
export class RememberedStore implements Store {
  /** The names in the store of the records that were found older. */
  readonly older: Set<string> = new Set();
  readonly #store: Store;
  readonly #witness: Witness;
  readonly #notice: () => void;
  /** Every line; that of a vault with thousands of records is parsed as a whole only where many are asked for. */
  #text: string | undefined;
  #asked = 0;
  #memory: Map<string, Remembered> | undefined;

  constructor(store: Store, witness: Witness, notice: () => void) {
    this.#store = store;
    this.#witness = witness;
    this.#notice = notice;
  }

  async get(key: string): Promise<StoredRecord | undefined> {
    this.#read();
    const record = await this.#store.get(key);
    if (!record) return record;
    const remembered = this.#recall(idOf(key, record.value));
    if (remembered && isOlder(record, remembered)) this.#noticeOlder(key);
    return record;
  }

  #noticeOlder(key: string): void {
    const first = this.older.size === 0;
    this.older.add(key);
    if (first) this.#notice();
  }

  async put(
    key: string,
    value: string,
    expected: number,
  ): Promise<number | undefined> {
    const revision = await this.#store.put(key, value, expected);
    if (revision !== undefined) this.#note([[key, revision, value]]);
    return revision;
  }

  async delete(key: string, expected: number): Promise<boolean> {
    const done = await this.#store.delete(key, expected);
    if (done) this.#note([[key, expected, null]]);
    return done;
  }

  async transact(
    changes: readonly Change[],
    version?: number,
  ): Promise<number[] | undefined> {
    const done = await this.#store.transact(changes, version);
    if (!done) return done;
    this.#note(changes.flatMap(({ key, expected, value, to }, at) => {
      const lines: Line[] = [];
      // Under its old name it is not there any more.
      if (to !== undefined) lines.push([key, expected, null]);
      if (value === null) lines.push([key, expected, null]);
      else if (value !== undefined) {
        lines.push([to ?? key, done[at]!, value]);
      }
      return lines;
    }));
    return done;
  }

  /** Takes the records that are there now for the newest; says how many. */
  async accept(): Promise<number> {
    const lines: Line[] = [];
    for (const key of await this.#store.keys("")) {
      const record = await this.#store.get(key);
      if (record) lines.push([key, record.revision, record.value]);
    }
    this.#note(lines);
    this.older.clear();
    return lines.length;
  }

  /** Whether a record of this name in the store is remembered, and was not deleted by authsome. */
  remembersRecord(name: string): boolean {
    const remembered = this.#load().get(name);
    return remembered !== undefined && remembered.nonce !== DELETED;
  }

  /** How many records are remembered. */
  get remembers(): number {
    return this.#load().size;
  }

  keys(prefix: string): Promise<string[]> {
    return this.#store.keys(prefix);
  }

  revisions(): Promise<Revisions> {
    return this.#store.revisions();
  }

  version(): Promise<number> {
    return this.#store.version();
  }

  close(): void {
    this.#store.close();
  }

  #read(): string {
    return this.#text ??= this.#witness.read();
  }

  /** What is remembered under `id`. */
  #recall(id: string): Remembered | undefined {
    if (this.#memory || ++this.#asked > PARSED_FROM) {
      return this.#load().get(id);
    }
    const text = this.#read();
    const found = new Map<string, Remembered>();
    for (
      let at = text.indexOf(`${id} `);
      id !== "" && at >= 0;
      at = text.indexOf(`${id} `, at + 1)
    ) {
      if (at > 0 && text[at - 1] !== "\n") continue;
      const end = text.indexOf("\n", at);
      takeLine(found, text.slice(at, end < 0 ? undefined : end));
    }
    return found.get(id);
  }

  #load(): Map<string, Remembered> {
    if (this.#memory) return this.#memory;
    this.#memory = new Map();
    for (const line of this.#read().split("\n")) takeLine(this.#memory, line);
    this.#text = "";
    return this.#memory;
  }

  #note(records: readonly Line[]): void {
    this.#read();
    let lines = "";
    for (const [key, revision, value] of records) {
      const id = idOf(key, value ?? "");
      const nonce = value === null ? DELETED : nonceOf(value);
      if (id === "" || nonce === undefined || revision < 1) continue;
      if (this.#memory) remember(this.#memory, id, revision, nonce);
      this.older.delete(key);
      lines += `${id} ${revision} ${nonce}\n`;
    }
    if (lines === "") return;
    this.#witness.append(lines);
    if (this.#memory) return;
    // A line that was cut off must not take the next one with it.
    this.#text += this.#text === "" || this.#text!.endsWith("\n") ? "" : "\n";
    this.#text += lines;
    // What is parsed does not grow with each write.
    if (++this.#asked > PARSED_FROM) this.#load();
  }
}

type Line = [key: string, revision: number, value: string | null];

/** Takes what a line says into `memory`; one that was cut off by a crash says nothing. */
function takeLine(memory: Map<string, Remembered>, line: string): void {
  const [id, revision, nonce, ...more] = line.split(" ");
  if (!nonce || more.length > 0 || !/^[1-9]\d{0,15}$/.test(revision!)) return;
  remember(memory, id!, Number(revision), nonce);
}

/** The last line counts, not the highest revision: who has accepted an older record goes on from there. */
function remember(
  memory: Map<string, Remembered>,
  id: string,
  revision: number,
  nonce: string,
): void {
  const nonces = memory.get(id)?.nonces ?? new Map<string, number>();
  nonces.set(nonce, revision);
  // A process that runs for weeks moves the head of the audit log every few seconds.
  if (nonces.size > NONCES) nonces.delete(nonces.keys().next().value!);
  memory.set(id, { revision, nonce, nonces });
}

function isOlder(
  { revision, value }: StoredRecord,
  remembered: Remembered,
): boolean {
  if (revision < remembered.revision) return true;
  const nonce = nonceOf(value);
  if (nonce === undefined) return false;
  // A deleted record that is back, or another value under the revision.
  if (revision === remembered.revision) return nonce !== remembered.nonce;
  // Each seal has a nonce of its own, so an old value cannot pass for a new one under a higher revision.
  const seen = remembered.nonces.get(nonce);
  return seen !== undefined && seen !== revision;
}

/**
 * What a record is remembered by: its opaque name, which no other vault has; of the key record, whose name every vault has,
 * the name of the data key. Empty for names of format 1.
 */
function idOf(key: string, value: string): string {
  if (!key.includes("/")) return key;
  return key === KEY_RECORD
    ? /"kid":"([0-9a-f]{16})"/.exec(value)?.[1] ?? ""
    : "";
}

/** The nonce of the text: the last one, behind that of the name. */
function nonceOf(value: string): string | undefined {
  const at = value.lastIndexOf('"nonce":"');
  const nonce = at < 0 ? "" : value.slice(at + 9, at + 25);
  return /^[\w+/]{16}$/.test(nonce) ? nonce : undefined;
}
