/**
 * Changes one member of a JSON text and leaves every other character as it is: comments, trailing commas, indentation and
 * line ends.
 *
 * @module
 */
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  parse,
  type ParseError,
  parseTree,
} from "jsonc-parser";
import { isObject } from "../../object.ts";

/** A text that is not JSON, even with comments and trailing commas. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/** The value of the text, comments and trailing commas allowed. An empty text is an empty object. Throws {@linkcode NotJson}. */
export function parseJsonText(text: string): unknown {
  const { body } = split(text);
  if (body.trim() === "") return {};
  const errors: ParseError[] = [];
  const value = parse(body, errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new NotJson("it is not JSON");
  return value;
}

/** `text` with `value` at `path`; objects on the way are made. Throws {@linkcode NotJson}. */
export function withMember(
  text: string,
  path: readonly string[],
  value: unknown,
): string {
  const { mark, body } = split(text);
  parseJsonText(body);
  return mark +
    changed(body.trim() === "" ? `{}${eolOf(body)}` : body, path, value);
}

/** `text` without the member at `path`, if there is one. Throws {@linkcode NotJson}. */
export function withoutMember(text: string, path: readonly string[]): string {
  const { mark, body } = split(text);
  const isThere = valueAt(parseJsonText(body), path) !== undefined;
  return isThere ? mark + changed(body, path, undefined) : text;
}

function changed(
  body: string,
  path: readonly string[],
  value: unknown,
): string {
  const found = findNodeAtLocation(parseTree(body)!, [...path]);
  if (found && JSON.stringify(getNodeValue(found)) === JSON.stringify(value)) {
    return body;
  }
  let result: string;
  try {
    result = applyEdits(
      body,
      modify(body, [...path], value, {
        formattingOptions: { ...indentationOf(body), eol: eolOf(body) },
      }),
    );
  } catch {
    throw new NotJson("it holds no object there");
  }
  // Of a doubled name every reader takes the last, and the first was changed.
  const is = JSON.stringify(valueAt(parseJsonText(result), path));
  if (is !== JSON.stringify(value)) throw new NotJson("a name is there twice");
  return result;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined,
    value,
  );
}

/** A byte order mark is no part of the JSON. */
function split(text: string): { mark: string; body: string } {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  return { mark, body: text.slice(mark.length) };
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function indentationOf(text: string) {
  const unit = /^([ \t]+)(?=["}])/m.exec(text)?.[1] ?? "  ";
  return { insertSpaces: !unit.startsWith("\t"), tabSize: unit.length };
}
