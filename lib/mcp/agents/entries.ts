/** The MCP servers in the text of an agent's configuration: reads, adds and removes them. @module */
import { isObject } from "../../object.ts";
import type { EntryForm } from "./agents.ts";
import { parseJsonText, withMember, withoutMember } from "./json_text.ts";
import {
  tomlEntries,
  withoutTomlEntry,
  withoutTomlVariables,
  withTomlEntry,
} from "./toml_text.ts";

/** The command of a server, whatever form it is written in. */
export interface Entry {
  name: string;
  /** Empty for a server that is reached without a command. */
  words: string[];
}

/** Every entry, in order. Throws `NotJson` or `NotTables`. */
export function entriesIn(text: string, form: EntryForm): Entry[] {
  if (form.kind === "toml") {
    return [...tomlEntries(text, form.root)].map(([name, entry]) => ({
      name,
      words: entry.command === undefined
        ? []
        : [entry.command, ...entry.args ?? []],
    }));
  }
  const all = parseJsonText(text);
  const found = isObject(all) ? all[form.root] : undefined;
  if (!isObject(found)) return [];
  return Object.entries(found).map(([name, entry]) => {
    const { command, args } = isObject(entry) ? entry : {};
    const words = Array.isArray(command)
      ? command
      : [command ?? [], args ?? []].flat();
    return { name, words: words.filter((word) => typeof word === "string") };
  });
}

/**
 * `text` with the entry; of one of that name only what says how it is started is replaced.
 *
 * @param bare takes the variables from it too: with another program they may hold a token.
 */
export function withEntry(
  text: string,
  form: EntryForm,
  { name, words }: Entry,
  bare = false,
): string {
  const [command = "", ...args] = words;
  if (form.kind === "toml") {
    const base = bare ? withoutTomlVariables(text, form.root, name) : text;
    return withTomlEntry(base, form.root, name, { command, args });
  }
  if (bare) {
    const variables = form.kind === "opencode" ? "environment" : "env";
    const base = withoutMember(text, [form.root, name, variables]);
    return withEntry(base, form, { name, words });
  }
  const path = [form.root, name];
  const isThere = entriesIn(text, form).some((entry) => entry.name === name);
  if (form.kind === "opencode") {
    return isThere
      ? withMember(text, [...path, "command"], [...words])
      : withMember(text, path, {
        type: "local",
        command: [...words],
        enabled: true,
      });
  }
  if (!isThere) {
    const type = form.type ? { type: form.type } : {};
    return withMember(text, path, { ...type, command, args });
  }
  const changed = withMember(text, [...path, "command"], command);
  return withMember(changed, [...path, "args"], args);
}

/** `text` without the entry called `name`. */
export function withoutEntry(
  text: string,
  form: EntryForm,
  name: string,
): string {
  return form.kind === "toml"
    ? withoutTomlEntry(text, form.root, name)
    : withoutMember(text, [form.root, name]);
}

/** What an entry of ours serves, as it is typed; `undefined` for another's. */
export function servedBy(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) =>
    /(?:^|[\\/])authsome(?:\.exe)?$/.test(word)
  );
  if (at < 0) return undefined;
  const rest = words.slice(at + 1).filter((word) => !word.startsWith("--"));
  const mcp = rest.indexOf("mcp");
  return mcp < 0 ? undefined : rest[mcp + 1];
}

/** The server of an entry that runs `mcp-remote`; `undefined` for another's. */
export function remoteOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^mcp-remote(?:@.*)?$/.test(word));
  return at < 0
    ? undefined
    : words.slice(at + 1).find((word) => /^https?:/i.test(word));
}
