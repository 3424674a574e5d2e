/** Reads JSON of other programs, of which nothing is certain. @module */
import { AuthsomeError } from "../errors.ts";
import { type Fields, parseObject } from "../object.ts";
import type { SourceFile } from "../ports/other_programs.ts";

/** The object in a file. Throws `StoreUnavailable` if there is none; the cause is left out, since it would quote the text. */
export function readObject({ path, text }: SourceFile): Fields {
  const value = parseObject(text);
  if (value) return value;
  throw unreadable(path, "is not a JSON object");
}

/** A file of another program that is not what it should be. */
export function unreadable(path: string, state: string): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot import from "${path}": it ${state}`,
    "Name another one with --path",
    { subject: { file: path } },
  );
}

/** The member if it is a text that is not empty. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The member if it is a finite number. */
export function numberOf(fields: Fields, name: string): number | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}

/** Scopes as a list or as text with spaces or commas between them. */
export function scopesOf(value: unknown): string[] {
  if (typeof value === "string") return value.split(/[\s,]+/).filter(Boolean);
  return Array.isArray(value)
    ? value.filter((each) => typeof each === "string")
    : [];
}
