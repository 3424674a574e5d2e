/**
 * Takes single members out of JSON as it passes, split at any byte, and keeps nothing else of it.
 *
 * @module
 */

/** Longest member that is kept, in bytes; a longer one is left out. */
const MAX_MEMBER = 16_384;
/** Deepest level, arrays included, whose members are compared. */
const MAX_DEPTH = 6;
/** Longest name that is compared, in bytes. */
const MAX_NAME = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads texts of JSON one after the other. Arrays have no place in a path. */
export class JsonPick {
  readonly #wanted: ReadonlySet<string>;
  /** Their last names. */
  readonly #names: ReadonlySet<string>;
  readonly #onMember: (path: string, value: unknown) => void;
  /** Of each open container that is compared: the name that is being read; `null` in an array. */
  #path: (string | null)[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #isName = false;
  #name: string | undefined;
  #member: { path: string; depth: number; bytes: number[] } | undefined;

  /** @param wanted dotted paths. */
  constructor(
    wanted: readonly string[],
    onMember: (path: string, value: unknown) => void,
  ) {
    this.#wanted = new Set(wanted);
    this.#names = new Set(wanted.map((path) => path.replace(/^.*\./, "")));
    this.#onMember = onMember;
  }

  /** Begins a new text. */
  reset(): void {
    this.#path = [];
    this.#depth = 0;
    this.#inString = this.#escaped = this.#isName = false;
    this.#name = this.#member = undefined;
  }

  /** The next bytes of the text. */
  write(bytes: Uint8Array, from = 0, to = bytes.length): void {
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (this.#inString) {
        if (this.#name === undefined && !this.#member && !this.#escaped) {
          // Most of an answer is text that nobody asked for.
          const next = endOfRun(bytes, at, to);
          if (next > at) {
            at = next - 1;
            continue;
          }
        }
        this.#string(byte);
      } else this.#outside(byte);
    }
  }

  #string(byte: number): void {
    this.#keep(byte);
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#name !== undefined) {
        this.#path[this.#path.length - 1] = this.#name;
        this.#name = undefined;
      }
      return;
    }
    // Names that are wanted are ASCII without escapes.
    if (this.#name !== undefined && this.#name.length < MAX_NAME) {
      this.#name += String.fromCharCode(byte);
    }
  }

  #outside(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#keep(byte);
        this.#inString = true;
        if (this.#isName && this.#path.length === this.#depth) this.#name = "";
        return;
      case 0x7b: // {
      case 0x5b: // [
        this.#keep(byte);
        if (this.#path.length === this.#depth) {
          if (this.#depth < MAX_DEPTH) {
            this.#path.push(byte === 0x7b ? "" : null);
          }
        }
        this.#depth++;
        this.#isName = byte === 0x7b;
        return;
      case 0x7d: // }
      case 0x5d: // ]
        this.#end(true);
        this.#keep(byte);
        if (this.#path.length === this.#depth) this.#path.pop();
        this.#depth = Math.max(0, this.#depth - 1);
        this.#isName = false;
        return;
      case 0x2c: // ,
        this.#end(false);
        this.#keep(byte);
        this.#isName = this.#path.length === this.#depth &&
          this.#path[this.#depth - 1] !== null;
        return;
      case 0x3a: // :
        this.#keep(byte);
        this.#isName = false;
        this.#begin();
        return;
      default:
        this.#keep(byte);
    }
  }

  #begin(): void {
    if (this.#member || this.#path.length !== this.#depth) return;
    if (!this.#names.has(this.#path[this.#depth - 1] ?? "")) return;
    const path = this.#path.filter((each) => each !== null).join(".");
    if (this.#wanted.has(path)) {
      this.#member = { path, depth: this.#depth, bytes: [] };
    }
  }

  /** A comma or a closing bracket, which ends the member of its level. */
  #end(closes: boolean): void {
    const member = this.#member;
    if (!member || member.depth !== this.#depth) return;
    // Of an array's elements none is one.
    if (!closes && this.#path[this.#depth - 1] === null) return;
    this.#member = undefined;
    if (member.bytes.length > MAX_MEMBER) return;
    try {
      this.#onMember(member.path, JSON.parse(textOf(member.bytes)));
    } catch {
      // Not JSON: nothing is known of it.
    }
  }

  #keep(byte: number): void {
    if (this.#member && this.#member.bytes.length <= MAX_MEMBER) {
      this.#member.bytes.push(byte);
    }
  }
}

/** Where the run of bytes that end nothing stops. */
function endOfRun(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at++;
  return at;
}

const UTF8 = new TextDecoder();

function textOf(bytes: readonly number[]): string {
  return UTF8.decode(Uint8Array.from(bytes));
}
