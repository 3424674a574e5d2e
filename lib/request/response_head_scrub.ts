/**
 * Takes the credentials that a run has injected out of the heads and trailers of responses: servers repeat the query and
 * the path in `Location`, `Link` and the like, and some repeat headers. The client gets its placeholder in their place,
 * which works where it is sent again: the injection replaces it, and a query or a cookie that a server has set is put back
 * as it was. Bodies are passed on as they are.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { secretField } from "../connection/export_variables.ts";
import type { AcceptedPlace, Injection } from "../provider/definition.ts";
import { fieldNames, fillTemplate } from "../template.ts";
import { concat, EMPTY, latin1 } from "../wire/byte_stream.ts";
import type { FieldRecord } from "../wire/http2.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { Injected } from "./injector.ts";
import {
  hasEscapes,
  readEscapes,
  replaceSpellings,
  type Spellings,
  spellingsOf,
} from "./spellings.ts";

/** Shorter values are left alone, in characters: they would be found in dates, lengths and words. */
const MIN_SCRUBBED_LENGTH = 8;
/** Values of one run that are remembered, and cookies and targets that hold them. */
const MAX_VALUES = 256;
/**
 * Fields that identify an account, of a definition that does not say which are no secrets. Servers use them in paths and
 * host names, and no request is allowed by them alone.
 */
const IDENTIFIER = /(?:^|_)(?:id|sid|email|user|username)$|^public_key$/;
/** Fields whose change would change the message; any other value of theirs frames nothing. */
const FRAMING =
  /^(?:content-length:[ \t]*\d+|transfer-encoding:[ \t]*chunked|connection:[ \t]*(?:close|keep-alive|upgrade)(?:[ \t]*,[ \t]*(?:close|keep-alive|upgrade))*)[ \t]*$/i;

interface Value {
  length: number;
  spellings: Spellings;
  placeholder: string;
  /** Provider and connection. */
  account: string;
}

/** The values that a run has injected, those that were renewed since included. */
export class InjectedValues {
  readonly #values = new Map<string, Value>();
  /** What servers set that the client has with placeholders, by account and the client's text. */
  readonly #originals = new Map<string, string>();

  /** Remembers `value` of `account`, in whose place the client knows `placeholder`. */
  add(value: string, placeholder: string, account: string): void {
    if (value.length < MIN_SCRUBBED_LENGTH) return;
    const known = this.#values.get(value);
    if (known) known.placeholder = placeholder;
    else {
      this.#values.set(value, {
        length: value.length,
        spellings: spellingsOf(value),
        placeholder,
        account,
      });
    }
    bound(this.#values);
  }

  /**
   * Puts back what a server of `account` has set: the query of a redirect that is followed to the letter, and cookies.
   * `target` is what the client asked for.
   */
  restore(head: ForwardedHead, account: string, target: string): void {
    if (this.#originals.size === 0) return;
    const original = (text: string) =>
      this.#originals.get(`${account} ${text}`);
    head.target = original(target) ?? head.target;
    for (const field of head.fields) {
      if (!/^cookie$/i.test(field.name)) continue;
      field.value = field.value.split("; ").map((pair) =>
        original(pair) ?? pair
      ).join("; ");
    }
  }

  #remember(found: Value[], name: string, before: string, after: string) {
    if (before === after) return;
    const part = PARTS[name.toLowerCase()];
    const [set, shown] = [part?.(before), part?.(after)];
    const [account, ...others] = new Set(found.map(({ account }) => account));
    if (set === undefined || shown === undefined || others.length > 0) return;
    // A path decides where a request goes, so it stays as it was judged.
    if (set.split("?", 1)[0] !== shown.split("?", 1)[0] && part === targetOf) {
      return;
    }
    this.#originals.set(`${account} ${shown}`, set);
    bound(this.#originals);
  }

  /** A head or a trailer section with placeholders. Returns `bytes` themselves if no value is in them. */
  bytes(bytes: Uint8Array): Uint8Array {
    if (this.#values.size === 0) return bytes;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString("latin1");
    const found = this.#foundIn(text);
    if (found.length === 0) return bytes;
    return latin1(
      text.split("\r\n").map((line, index) => {
        const status = index === 0
          ? /^HTTP\/1\.\d \d{3}/.exec(line)?.[0] ?? ""
          : "";
        if (FRAMING.test(line)) return line;
        const [name] = line.split(":", 1);
        const clean = status + without(found, line.slice(status.length));
        const value = (line: string) => line.slice(name!.length + 1).trim();
        this.#remember(found, name!, value(line), value(clean));
        return clean;
      }).join("\r\n"),
    );
  }

  /** The same for the fields of HTTP/2. Returns `fields` themselves if no value is in them. */
  fields(fields: FieldRecord): FieldRecord {
    if (this.#values.size === 0) return fields;
    let text = "";
    for (const name in fields) text += `${name}\n${fields[name]}\n`;
    const found = this.#foundIn(text);
    if (found.length === 0) return fields;
    const clean: FieldRecord = Object.create(null);
    const cleaned = (name: string, value: string) => {
      const after = without(found, value);
      this.#remember(found, name, value, after);
      return after;
    };
    for (const [name, value] of Object.entries(fields)) {
      const fixed = name.startsWith(":") || FRAMING.test(`${name}: ${value}`);
      clean[fixed ? name : without(found, name).toLowerCase()] = fixed
        ? value
        : Array.isArray(value)
        ? value.map((each) => cleaned(name, each))
        : cleaned(name, value);
    }
    return clean;
  }

  /** The values in `text`, in whatever spelling; the longest first, since it may hold another. */
  #foundIn(text: string): Value[] {
    const lower = text.toLowerCase();
    const read = hasEscapes(text) ? readEscapes(text).text : undefined;
    const found: Value[] = [];
    for (const value of this.#values.values()) {
      const { spellings } = value;
      if (
        spellings.raw.some((each) => lower.includes(each)) ||
        read !== undefined && spellings.read.some((each) => read.includes(each))
      ) found.push(value);
    }
    return found.sort((one, other) => other.length - one.length);
  }
}

/** What comes again of a field: the target that a redirect leads to, and the pair of a cookie. */
const PARTS: Record<string, (value: string) => string | undefined> = {
  "location": targetOf,
  "set-cookie": (value) => value.split(";", 1)[0]!.trim(),
};

function targetOf(value: string): string | undefined {
  return /^(?:https:\/\/[^/?#]*)?(\/[^#]*)/i.exec(value)?.[1];
}

/** Forgets the oldest. */
function bound(map: Map<string, unknown>): void {
  if (map.size > MAX_VALUES) map.delete(map.keys().next().value!);
}

function without(values: readonly Value[], text: string): string {
  return values.reduce(
    (clean, { spellings, placeholder }) =>
      replaceSpellings(clean, spellings, placeholder),
    text,
  );
}

/** Passes the bytes of a response's body on, and its trailer section only once it is whole. */
export class TrailerGate {
  #held = EMPTY;

  /**
   * What of `bytes` may go to the client. `from`: where the trailer section begins or goes on in them, or -1; `whole`:
   * whether it ends with them.
   */
  pass(
    bytes: Uint8Array,
    from: number,
    whole: boolean,
    values: InjectedValues,
  ): Uint8Array {
    if (from < 0) return bytes;
    const section = concat(this.#held, bytes.subarray(from));
    if (!whole) {
      this.#held = section;
      return bytes.subarray(0, from);
    }
    const clean = values.bytes(section);
    if (this.#held.length === 0 && clean === section) return bytes;
    this.#held = EMPTY;
    return concat(bytes.subarray(0, from), clean);
  }
}

/**
 * What must not come back of what `injections` put into a request: the secret fields of their templates, and the pair of
 * Basic credentials. An identifier beside a secret (a user name, an account) is none: what `publicFields` says, else what is
 * named like one. Each with the field whose placeholder stands for it.
 */
export function injectedSecrets(
  { injections, accepts = [], publicFields }: {
    injections: readonly Injection[];
    accepts?: readonly AcceptedPlace[];
    publicFields?: readonly string[];
  },
  { credential, values }: Injected,
): { secret: string; field: string }[] {
  const secrets: { secret: string; field: string }[] = [];
  const secret = (field: string) => secretField(credential, field)?.reveal();
  const value = (field: string) =>
    secret(field) ?? (Object.hasOwn(values, field) ? values[field] : undefined);
  const isShown = (field: string) =>
    publicFields?.includes(field) ?? IDENTIFIER.test(field);
  const add = (template: string) => {
    for (const field of fieldNames(template)) {
      const found = secret(field);
      if (found !== undefined && !isShown(field)) {
        secrets.push({ secret: found, field });
      }
    }
  };
  for (const injection of injections) {
    switch (injection.kind) {
      case "basic": {
        const { username, password } = injection;
        const own = fieldNames(password).length > 0 ? password : username;
        secrets.push({
          secret: fillTemplate(`${username}:${password}`, value),
          field: fieldNames(own)[0] ?? "",
        });
        add(own);
        break;
      }
      case "path":
        add(injection.template);
        break;
      case "sigv4":
        add(injection.secret_access_key);
        if (injection.session_token) add(injection.session_token);
        break;
      default:
        add(injection.value);
    }
  }
  for (const place of accepts) {
    if (place.kind !== "basic" && place.value) add(place.value);
  }
  return secrets;
}
