/**
 * Names for programs that ignore proxies: each name gets an address of its own from a reserved range
 * (198.18.0.0/15, RFC 2544), so that a connection to the address identifies the name. No server is asked.
 *
 * @module
 */

const TYPE_A = 1;
const CLASS_IN = 1;
const NAME_ERROR = 3;
const NOT_IMPLEMENTED = 4;
const FIRST = (198 << 24 | 18 << 16) >>> 0;
/** Most names at a time; the oldest gives its address away. */
const SIZE = 60_000;
const LOOPBACK = "127.0.0.1";
/** Seconds. Short, so that no program keeps an address that was given away. */
const TTL = 30;

/** Addresses by name, and back. */
export class AddressMap {
  readonly #addresses = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #next = 1;

  /** The address of `name`, always the same while there is room. */
  addressOf(name: string): string {
    const key = name.toLowerCase().replace(/\.$/, "");
    if (key === "localhost" || key.endsWith(".localhost")) return LOOPBACK;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const number = FIRST + this.#next;
    const address = [24, 16, 8, 0].map((bits) => number >>> bits & 255)
      .join(".");
    this.#next = this.#next % SIZE + 1;
    const previous = this.#names.get(address);
    if (previous !== undefined) this.#addresses.delete(previous);
    this.#addresses.set(key, address);
    this.#names.set(address, key);
    return address;
  }

  /** The name that `address` was given for. */
  nameOf(address: string): string | undefined {
    return this.#names.get(address);
  }
}

/**
 * The answer to a query (RFC 1035 §4): an address for A, no data for any other type. `undefined` for what is no query
 * at all.
 */
export function answerQuery(
  query: Uint8Array,
  addresses: AddressMap,
): Uint8Array | undefined {
  if (query.length < 12 || query.length > 4_096 || query[2]! & 0x80) {
    return undefined;
  }
  const questions = query[4]! << 8 | query[5]!;
  if ((query[2]! & 0x78) !== 0 || questions !== 1) {
    return response(query, 12, NOT_IMPLEMENTED, 0);
  }
  const question = readQuestion(query);
  if (!question) return undefined;
  const { name, type, class: kind, end } = question;
  if (kind !== CLASS_IN) return response(query, end, NAME_ERROR, 1);
  if (type !== TYPE_A || name === "") return response(query, end, 0, 1);
  const address = addresses.addressOf(name).split(".").map(Number);
  return response(query, end, 0, 1, [
    ...[0xc0, 12, 0, TYPE_A, 0, CLASS_IN],
    ...[0, 0, 0, TTL],
    ...[0, 4, ...address],
  ]);
}

function readQuestion(query: Uint8Array) {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at++];
    // A compressed name cannot come first.
    if (length === undefined || length > 63 || at + length > query.length) {
      return undefined;
    }
    if (length === 0) break;
    const label = String.fromCharCode(...query.subarray(at, at + length));
    if (!/^[A-Za-z0-9_-]+$/.test(label)) return undefined;
    labels.push(label);
    at += length;
  }
  const name = labels.join(".");
  if (at + 4 > query.length || name.length > 253) return undefined;
  return {
    name,
    type: query[at]! << 8 | query[at + 1]!,
    class: query[at + 2]! << 8 | query[at + 3]!,
    end: at + 4,
  };
}

function response(
  query: Uint8Array,
  end: number,
  code: number,
  questions: number,
  answer: readonly number[] = [],
): Uint8Array {
  const bytes = new Uint8Array(end + answer.length);
  bytes.set(query.subarray(0, end));
  // A response, recursion available; operation and "recursion desired" as asked.
  bytes[2] = 0x80 | query[2]! & 0x79;
  bytes[3] = 0x80 | code;
  bytes.set([0, questions, 0, answer.length > 0 ? 1 : 0, 0, 0, 0, 0], 4);
  bytes.set(answer, end);
  return bytes;
}
