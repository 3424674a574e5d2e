/**
 * Placeholders that carry the name of a connection: several accounts of one provider in one run.
 * `authsome-proxy-managed.work` has the name itself, percent-encoded where a header or a URL could not hold it. The other
 * forms, which clients take for keys, have a tag of 12 hexadecimal digits in its place.
 *
 * @module
 */
import {
  basicCredentials,
  holdsPlaceholder,
  isBasic,
  PLACEHOLDER,
  PLACEHOLDER_FORM,
  withoutEscapes,
} from "../placeholder.ts";
import type { Field } from "../wire/http1.ts";

/** `placeholder`, which has no name, as that of the connection called `name`. */
export function namedPlaceholder(
  name: string,
  placeholder: string = PLACEHOLDER,
): string {
  return placeholder.replace(
    PLACEHOLDER_FORM,
    (_, hyphens, __, underscores, ___, plain) =>
      hyphens
        ? `${hyphens}.${encodedName(name)}`
        : underscores
        ? `${underscores}_${tagOf(name)}`
        : plain + tagOf(name),
  );
}

function encodedName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** FNV-1a of the name in UTF-8, 64 bits folded to 48. It only tells the connections of one run apart. */
function tagOf(name: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  const folded = (hash >> 48n) ^ BigInt.asUintN(48, hash);
  return folded.toString(16).padStart(12, "0");
}

/**
 * Variables of connections by their name, with the placeholder in each: `GH_TOKEN` of `work` is `GH_TOKEN__WORK`.
 * `valueOf` says what else a variable holds. `without`: names that make no variable of their own, since nothing of them is left or another makes the same.
 */
export function namedVariables<
  W extends {
    variable: string;
    connection: string;
    /** What it would hold without a name. */
    placeholder?: string;
  },
>(
  wanted: readonly W[],
  valueOf: (wanted: W) => string = ({ connection, placeholder }) =>
    namedPlaceholder(connection, placeholder),
): { variables: Map<string, string>; without: string[] } {
  const owners = Map.groupBy(wanted, ({ variable, connection }) => {
    const suffix = connection.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
    return `${variable}__${suffix}`;
  });
  const variables = new Map<string, string>();
  const without = new Set<string>();
  for (const [name, owned] of owners) {
    const names = new Set(owned.map(({ connection }) => connection));
    if (names.size === 1 && !/__+$/.test(name)) {
      variables.set(name, valueOf(owned[0]!));
    } else names.forEach((each) => without.add(each));
  }
  return { variables, without: [...without] };
}

/** What carries a name, or a tag: `PLACEHOLDER_FORM` without what carries none. */
const NAMED =
  /authsome-proxy-managed\.((?:[\w.~-]|%[0-9A-Fa-f]{2})+)|(?:authsome_proxy_managed_|authsomeproxymanaged|61757468736[fF]6[dD]65)(?!0{12})([0-9a-fA-F]{12})/g;

/**
 * The names that the placeholders of a request carry, each once: in any field, in Basic credentials, in the target.
 *
 * @param known the connections that a tag may stand for. A tag of none of them, or of several, is given as it is,
 * with a slash before it, which no name has.
 */
export function connectionNames(
  { target, fields }: { target: string; fields: readonly Field[] },
  known?: ReadonlyMap<string, unknown>,
): string[] {
  let names: Set<string> | undefined;
  const collect = (text: string, encodings: number) => {
    for (const [, name, tag] of text.matchAll(NAMED)) {
      (names ??= new Set()).add(
        name === undefined
          ? nameOf(tag!.toLowerCase(), known)
          : decode(name, encodings),
      );
    }
  };
  for (const { value } of fields) {
    if (holdsPlaceholder(value)) collect(value, 1);
    else if (isBasic(value)) collect(basicCredentials(value), 1);
  }
  // A client may have encoded the placeholder once more.
  if (holdsPlaceholder(target)) collect(target, 2);
  else if (target.includes("%")) collect(withoutEscapes(target), 1);
  return names ? [...names] : [];
}

function nameOf(tag: string, known?: ReadonlyMap<string, unknown>): string {
  const names = [...known?.keys() ?? []].filter((name) => tagOf(name) === tag);
  return names.length === 1 ? names[0]! : `/${tag}`;
}

/** Whether `text` is a placeholder in a part of a path, with or without a name: nothing follows that is not of it. */
export function isPlaceholderSegment(text: string): boolean {
  if (text === PLACEHOLDER) return true;
  const plain = withoutEscapes(text);
  if (!holdsPlaceholder(plain)) return false;
  const [last] = [...plain.matchAll(PLACEHOLDER_FORM)].slice(-1);
  const rest = plain.slice(last!.index + last![0].length);
  // Names have hyphens and dots themselves, so what follows one cannot be told from it.
  return last![1] ? rest === "" : /^[\w.:~-]*$/.test(rest);
}

function decode(text: string, times: number): string {
  let decoded = text;
  try {
    for (let time = 0; time < times && decoded.includes("%"); time++) {
      decoded = decodeURIComponent(decoded);
    }
  } catch {
    // What is no encoding is the name as it stands.
  }
  return decoded;
}
