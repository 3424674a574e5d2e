/**
 * Changes one member of a JSON text and leaves every other character as it is: comments, trailing commas, indentation and
 * line ends.
 *
 * @module
 */

/** Where a value stands, and what it is. */
interface Node {
  start: number;
  end: number;
  /** Of an object; in a doubled name the last one counts, as for every reader. */
  members?: Map<string, Member>;
  /** Where the last value of a container ends; `undefined` if it is empty. */
  lastEnd?: number;
  value: unknown;
}

interface Member {
  keyStart: number;
  node: Node;
}

/** A text that is not JSON, even with comments and trailing commas. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/** The value of the text, comments and trailing commas allowed. An empty text is an empty object. Throws {@linkcode NotJson}. */
export function parseJsonText(text: string): unknown {
  return isEmpty(text) ? {} : parse(text).value;
}

/** `text` with `value` at `path`; objects on the way are made. Throws {@linkcode NotJson}. */
export function withMember(
  text: string,
  path: readonly string[],
  value: unknown,
): string {
  const end = /\r\n/.test(text) ? "\r\n" : "\n";
  if (isEmpty(text)) {
    const bom = text.startsWith("\ufeff") ? "\ufeff" : "";
    return bom + render(nested(path, value), "  ", "", end) + end;
  }
  const unit = /^([ \t]+)(?=["}])/m.exec(text)?.[1] ?? "  ";
  let node = parse(text);
  for (const [depth, name] of path.entries()) {
    if (!node.members) throw new NotJson("it holds no object there");
    const member = node.members.get(name);
    if (!member) {
      const rest = nested(path.slice(depth + 1), value);
      return inserted(text, node, name, rest, unit, end);
    }
    node = member.node;
  }
  if (JSON.stringify(node.value) === JSON.stringify(value)) return text;
  const indent = indentAt(text, node.start);
  return text.slice(0, node.start) + render(value, unit, indent, end) +
    text.slice(node.end);
}

/** `text` without the member at `path`, if there is one. Throws {@linkcode NotJson}. */
export function withoutMember(text: string, path: readonly string[]): string {
  if (isEmpty(text)) return text;
  let parent: Node | undefined;
  let node = parse(text);
  let member: Member | undefined;
  for (const name of path) {
    member = node.members?.get(name);
    if (!member) return text;
    parent = node;
    node = member.node;
  }
  if (!member || !parent) return text;
  let start = member.keyStart;
  let end = node.end;
  const comma = /^\s*,/.exec(text.slice(end));
  if (comma) {
    end += comma[0].length;
    // The rest of its line, if nothing stands there.
    const rest = /^[ \t]*(\r?\n)/.exec(text.slice(end));
    const line = lineStart(text, start);
    if (rest && text.slice(line, start).trim() === "") {
      return text.slice(0, line) + text.slice(end + rest[0].length);
    }
    return text.slice(0, start) +
      text.slice(end + /^[ \t]*/.exec(text.slice(end))![0].length);
  }
  // The last one: the comma before it goes too.
  const before = [...parent.members!.values()]
    .filter(({ node: other }) => other.end <= start)
    .reduce((last, { node: other }) => Math.max(last, other.end), -1);
  if (before >= 0) {
    const gap = text.slice(before, start);
    const at = before + commaIn(gap);
    const kept = text.slice(at + 1, start).replace(/\s+$/, "");
    return text.slice(0, at) + kept + text.slice(end);
  }
  const line = lineStart(text, start);
  if (text.slice(line, start).trim() === "") start = line;
  const after = /^[ \t]*\r?\n/.exec(text.slice(end));
  if (start === line && after) end += after[0].length;
  return text.slice(0, start) + text.slice(end);
}

function isEmpty(text: string): boolean {
  return text.replace(/^\ufeff/, "").trim() === "";
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, name) => ({ [name]: inner }), value);
}

function inserted(
  text: string,
  object: Node,
  name: string,
  value: unknown,
  unit: string,
  end: string,
): string {
  const outer = indentAt(text, object.start);
  const indent = outer + unit;
  const { lastEnd } = object;
  const isOneLine = lastEnd !== undefined &&
    !text.slice(object.start, object.end).includes("\n");
  const rendered = render(value, unit, indent, end);
  const member = `${JSON.stringify(name)}: ${
    isOneLine ? rendered.replace(/\r?\n\s*/g, " ") : rendered
  }`;
  if (lastEnd === undefined) {
    // What stands in it are comments.
    const inside = text.slice(object.start + 1, object.end - 1).trimEnd();
    return text.slice(0, object.start + 1) + inside + end + indent + member +
      end + outer + text.slice(object.end - 1);
  }
  const tail = text.slice(lastEnd, object.end - 1);
  const comma = commaIn(tail);
  const between = isOneLine ? " " : end + indent;
  if (comma >= 0) {
    const at = lastEnd + comma + 1;
    // A comment on that line belongs to the value before.
    const rest = /^[^\r\n]*/.exec(text.slice(at, object.end - 1))![0];
    const cut = at + (isOneLine ? 0 : rest.trimEnd().length);
    return `${text.slice(0, cut)}${between}${member},${text.slice(cut)}`;
  }
  const rest = isOneLine ? "" : /^[^\r\n]*/.exec(tail)![0].trimEnd();
  return `${text.slice(0, lastEnd)},${rest}${between}${member}${
    text.slice(lastEnd + rest.length)
  }`;
}

/** Where the comma is in what stands between two values; -1 if there is none. */
function commaIn(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const comment = commentAt(text, at);
    if (comment > at) at = comment - 1;
    else if (text[at] === ",") return at;
  }
  return -1;
}

function render(
  value: unknown,
  unit: string,
  indent: string,
  end: string,
): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", end + indent);
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** The white space that the line at `at` begins with. */
function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, at)))![0];
}

/** Where the comment at `at` ends; `at` if there is none. */
function commentAt(text: string, at: number): number {
  if (text.startsWith("//", at)) {
    const end = text.slice(at).search(/[\r\n]/);
    return end < 0 ? text.length : at + end;
  }
  if (!text.startsWith("/*", at)) return at;
  const end = text.indexOf("*/", at + 2);
  if (end < 0) throw new NotJson("a comment has no end");
  return end + 2;
}

/** Deepest nesting that is read. */
const DEEPEST = 200;
const STRING = /"(?:[^"\\\r\n]|\\.)*"/y;
const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y;

function parse(text: string): Node {
  let at = text.startsWith("\ufeff") ? 1 : 0;

  function skip(): void {
    for (;;) {
      while (/\s/.test(text[at] ?? "")) at++;
      const end = commentAt(text, at);
      if (end === at) return;
      at = end;
    }
  }

  function token(pattern: RegExp): unknown {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new NotJson(`at character ${at + 1}`);
    at += found.length;
    try {
      return JSON.parse(found);
    } catch {
      throw new NotJson(`at character ${at + 1}`);
    }
  }

  function container(depth: number): Node {
    const start = at;
    const isObject = text[at++] === "{";
    const close = isObject ? "}" : "]";
    const members = new Map<string, Member>();
    const value: Record<string, unknown> | unknown[] = isObject
      ? Object.create(null)
      : [];
    let lastEnd: number | undefined;
    for (let isFirst = true;; isFirst = false) {
      skip();
      if (!isFirst && text[at] === ",") {
        at++;
        skip();
      } else if (!isFirst && text[at] !== close) {
        throw new NotJson(`at character ${at + 1}`);
      }
      if (text[at] === close) break;
      const keyStart = at;
      if (!isObject) {
        const node = read(depth);
        (value as unknown[]).push(node.value);
        lastEnd = node.end;
        continue;
      }
      const key = String(token(STRING));
      skip();
      if (text[at++] !== ":") throw new NotJson(`at character ${at}`);
      skip();
      const node = read(depth);
      members.set(key, { keyStart, node });
      (value as Record<string, unknown>)[key] = node.value;
      lastEnd = node.end;
    }
    const end = ++at;
    return {
      start,
      end,
      value,
      ...isObject ? { members } : {},
      ...lastEnd === undefined ? {} : { lastEnd },
    };
  }

  function read(depth: number): Node {
    if (depth > DEEPEST) throw new NotJson("it is nested too deep");
    const start = at;
    if (text[at] === "{" || text[at] === "[") return container(depth + 1);
    const value = token(text[at] === '"' ? STRING : SCALAR);
    return { start, end: at, value };
  }

  skip();
  const node = read(0);
  skip();
  if (at < text.length) throw new NotJson(`at character ${at + 1}`);
  return node;
}
