/**
 * Changes one table of a TOML text (`[mcp_servers.name]`, as Codex has it) and leaves every other line as it is. Only what
 * is needed for that is read of TOML 1.0: where tables begin, and where values end.
 *
 * @module
 */

/** A table that a header of its own begins. */
export interface Table {
  path: string[];
  /** Lines from the header up to the next one. */
  from: number;
  to: number;
  /** The keys that stand in it as they are, and the lines of each. */
  keys: Map<string, { from: number; to: number; text: string }>;
}

/** A text that this cannot change. */
export class NotTables extends Error {
  override readonly name = "NotTables";
}

/**
 * The table `[<name>]`; `undefined` if there is none.
 *
 * @throws {NotTables} also if `name` is given in another form.
 */
export function tomlTable(text: string, name: string): Table | undefined {
  const { tables } = scan(text);
  const table = tables.find(({ path }) =>
    path.length === 1 && path[0] === name
  );
  if (!table) scan(text, name);
  return table;
}

/** The strings of a value that is a list of such, or one. */
export function tomlStrings(value: string): string[] {
  return stringsIn(value);
}

/** The entries below `[<root>.<name>]`: `command` and `args`, and the names of the tables. Throws {@linkcode NotTables}. */
export function tomlEntries(
  text: string,
  root: string,
): Map<string, { command?: string; args?: string[] }> {
  const { tables } = scan(text);
  const found = new Map<string, { command?: string; args?: string[] }>();
  for (const { path: [first, name, ...rest], keys } of tables) {
    if (first !== root || name === undefined || rest.length > 0) continue;
    const command = keys.get("command")?.text;
    const args = keys.get("args")?.text;
    found.set(name, {
      ...command === undefined ? {} : { command: stringsIn(command)[0] ?? "" },
      ...args === undefined ? {} : { args: stringsIn(args) },
    });
  }
  return found;
}

/** `text` with `command` and `args` in `[<root>.<name>]`; a new table stands at the end. Throws {@linkcode NotTables}. */
export function withTomlEntry(
  text: string,
  root: string,
  name: string,
  { command, args }: { command: string; args: readonly string[] },
): string {
  const end = /\r\n/.test(text) ? "\r\n" : "\n";
  const { tables, lines } = scan(text, root);
  const written = {
    command: `command = ${quoted(command)}`,
    args: `args = [${args.map(quoted).join(", ")}]`,
  };
  const table = tables.find(({ path }) => isAt(path, root, name));
  if (!table) {
    const before = text === "" || text.endsWith("\n") ? text : text + end;
    const gap = before.trim() === "" ? "" : end;
    return before + gap +
      [`[${root}.${keyOf(name)}]`, written.command, written.args]
        .map((line) => line + end).join("");
  }
  const changed: (string | null)[] = [...lines];
  const missing: string[] = [];
  for (const key of ["args", "command"] as const) {
    const at = table.keys.get(key);
    if (at) {
      const comment = at.to - at.from === 1 ? commentOf(lines[at.from]!) : "";
      const cut = Array.from({ length: at.to - at.from - 1 }, () => null);
      changed.splice(at.from, at.to - at.from, ...[
        written[key] + comment,
        ...cut,
      ]);
    } else missing.unshift(written[key]);
  }
  changed[table.from] = [changed[table.from]!, ...missing].join(end);
  return joined(changed, text, end);
}

/** `text` without `[<root>.<name>]` and the tables below it. Throws {@linkcode NotTables}. */
export function withoutTomlEntry(
  text: string,
  root: string,
  name: string,
): string {
  const end = /\r\n/.test(text) ? "\r\n" : "\n";
  const { tables, lines } = scan(text, root);
  const changed: (string | null)[] = [...lines];
  for (const { path, from, to } of tables) {
    if (path[0] !== root || path[1] !== name) continue;
    // What stands before the next header belongs to that one.
    let last = to;
    while (last > from + 1 && /^\s*(?:#|$)/.test(lines[last - 1]!)) last--;
    if (last < to && /^\s*$/.test(lines[last]!)) last++;
    changed.fill(null, from, last);
  }
  return joined(changed, text, end);
}

/** `text` without `env` in `[<root>.<name>]`, be it a key or a table. Throws {@linkcode NotTables}. */
export function withoutTomlVariables(
  text: string,
  root: string,
  name: string,
): string {
  const end = /\r\n/.test(text) ? "\r\n" : "\n";
  const { tables, lines } = scan(text, root);
  const changed: (string | null)[] = [...lines];
  for (const { path, from, to, keys } of tables) {
    if (path[0] !== root || path[1] !== name) continue;
    const key = path.length === 2 ? keys.get("env") : undefined;
    if (key) changed.fill(null, key.from, key.to);
    if (path[2] === "env") changed.fill(null, from, to);
  }
  return joined(changed, text, end);
}

function joined(lines: (string | null)[], text: string, end: string): string {
  const kept = lines.filter((line) => line !== null);
  const all = kept.join(end);
  return all === "" || !/\n$/.test(text) ? all : all + end;
}

function isAt(path: string[], root: string, name: string): boolean {
  return path.length === 2 && path[0] === root && path[1] === name;
}

const PART = /"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+/y;

/** The parts of a dotted key at the beginning of `text`, and what follows it. */
function dotted(text: string): { path: string[]; rest: string } | undefined {
  const path: string[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))![0].length;
    PART.lastIndex = at;
    const part = PART.exec(text)?.[0];
    if (part === undefined) return undefined;
    path.push(plain(part));
    at += part.length;
    const dot = /^\s*\./.exec(text.slice(at));
    if (!dot) return { path, rest: text.slice(at) };
    at += dot[0].length;
  }
}

/** A key or a string without its quotes. */
function plain(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  try {
    return JSON.parse(part);
  } catch {
    return part.slice(1, -1);
  }
}

/** `root` must be given as tables only, or what is written would be a second definition of it. */
function scan(
  text: string,
  root?: string,
): { tables: Table[]; lines: string[] } {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (text === "") lines.pop();
  const tables: Table[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.replace(/^\ufeff/, "");
    if (/^\s*(?:#|$)/.test(line)) continue;
    const header = /^\s*\[(?!\[)/.exec(line) &&
      dotted(line.replace(/^\s*\[/, ""));
    if (header && /^\s*\]/.test(header.rest)) {
      const last = tables.at(-1);
      if (last) last.to = at;
      const { path } = header;
      tables.push({ path, from: at, to: lines.length, keys: new Map() });
      continue;
    }
    if (/^\s*\[\[/.test(line)) {
      const last = tables.at(-1);
      if (last) last.to = at;
      const list = dotted(line.replace(/^\s*\[\[/, ""));
      tables.push({
        path: ["[[", ...list?.path ?? []],
        from: at,
        to: lines.length,
        keys: new Map(),
      });
      continue;
    }
    const key = dotted(line);
    if (!key || !/^\s*=/.test(key.rest)) {
      throw new NotTables(`line ${at + 1} is not TOML`);
    }
    const table = tables.at(-1);
    const full = [...table?.path ?? [], ...key.path];
    if (
      root !== undefined && full[0] === root && (table?.path.length ?? 0) < 2
    ) {
      throw new NotTables(
        `line ${at + 1} gives ${root} in another form than [${root}.<name>]`,
      );
    }
    const from = at;
    at = valueEnd(lines, at, line.length - key.rest.length + 1);
    if (key.path.length === 1) {
      table?.keys.set(key.path[0]!, {
        from,
        to: at + 1,
        text: [
          key.rest.replace(/^\s*=/, ""),
          ...lines.slice(from + 1, at + 1),
        ].join("\n"),
      });
    }
  }
  return { tables, lines };
}

/** The last line of the value that begins in line `at`. */
function valueEnd(
  lines: readonly string[],
  at: number,
  column: number,
): number {
  let depth = 0;
  let quote = "";
  for (let line = at;; line++) {
    const text = lines[line];
    if (text === undefined) throw new NotTables("a value has no end");
    for (let i = line === at ? column : 0; i < text.length; i++) {
      if (quote !== "") {
        if (text[i] === "\\" && quote.startsWith('"')) i++;
        else if (text.startsWith(quote, i)) {
          i += quote.length - 1;
          quote = "";
        }
        continue;
      }
      const opened = /^(?:"""|'''|"|')/.exec(text.slice(i))?.[0];
      if (opened) {
        quote = opened;
        i += opened.length - 1;
      } else if (text[i] === "#") break;
      else if (text[i] === "[" || text[i] === "{") depth++;
      else if (text[i] === "]" || text[i] === "}") depth--;
    }
    if (quote.length === 1) throw new NotTables(`line ${line + 1} is not TOML`);
    if (quote === "" && depth <= 0) return line;
  }
}

/** The strings of a value, in order. */
function stringsIn(value: string): string[] {
  const strings = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/g;
  return [...value.matchAll(strings)].map(([part]) => part)
    .filter((part) => !part.startsWith("#")).map(plain);
}

/** The comment at the end of a line with a value, and the space before it. */
function commentOf(line: string): string {
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (quote !== "") {
      if (character === "\\" && quote === '"') i++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "#") {
      return line.slice(line.slice(0, i).trimEnd().length);
    }
  }
  return "";
}

function keyOf(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name);
}

/** A basic string of TOML: JSON's escapes are all allowed in it. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
