/**
 * Placeholders that carry the name of a connection, `authsome-proxy-managed.work`: several accounts of one provider in
 * one run. The name is percent-encoded where a header or a URL could not hold it.
 *
 * @module
 */
import { PLACEHOLDER } from "../placeholder.ts";
import type { Field } from "../wire/http1.ts";

/** The placeholder of the connection called `name`. */
export function namedPlaceholder(name: string): string {
  const encoded = encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${PLACEHOLDER}.${encoded}`;
}

/**
 * Variables of connections by their name, with the placeholder in each: `GH_TOKEN` of `work` is `GH_TOKEN__WORK`.
 * `valueOf` says what else a variable holds. `without`: names that make no variable of their own, since nothing of them is left or another makes the same.
 */
export function namedVariables<
  W extends { variable: string; connection: string },
>(
  wanted: readonly W[],
  valueOf: (wanted: W) => string = ({ connection }) =>
    namedPlaceholder(connection),
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

const NAMED = /authsome-proxy-managed\.((?:[\w.~-]|%[0-9A-Fa-f]{2})+)/g;

/** The names that the placeholders of a request carry, each once: in any field, in Basic credentials, in the target. */
export function connectionNames(
  { target, fields }: { target: string; fields: readonly Field[] },
): string[] {
  let names: Set<string> | undefined;
  const collect = (text: string, encodings: number) => {
    for (const [, name] of text.matchAll(NAMED)) {
      (names ??= new Set()).add(decode(name!, encodings));
    }
  };
  for (const { value } of fields) {
    if (value.includes(PLACEHOLDER)) collect(value, 1);
    else if (/^basic /i.test(value)) collect(basicCredentials(value), 1);
  }
  // A client may have encoded the placeholder once more.
  if (target.includes(PLACEHOLDER)) collect(target, 2);
  return names ? [...names] : [];
}

/** `text` with every placeholder without its name. */
export function withoutNames(text: string): string {
  return text.replace(NAMED, PLACEHOLDER);
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

function basicCredentials(value: string): string {
  try {
    return atob(value.slice("basic ".length).trim());
  } catch {
    return "";
  }
}
