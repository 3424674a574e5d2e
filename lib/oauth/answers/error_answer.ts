/** The error in an answer of an authorization server, in the shapes that RFC 6749 §5.2 does not know. @module */
import { defined, isObject } from "../../object.ts";

/** An error in the RFC's words. */
export interface ErrorAnswer {
  error: string;
  error_description?: string;
}

/** Names of members, without case and separators, that hold a code. */
const CODES = ["errorcode", "errortype", "errcode", "errno", "code", "type"];
/** The same of members that say what is wrong. */
const TEXTS = [
  "errordescription",
  "errormessage",
  "errormsg",
  "errorsummary",
  "errmsg",
  "message",
  "msg",
  "faultstring",
  "detail",
  "details",
  "reason",
  "description",
];
/** Words of an answer that say that all is well. */
const SUCCESS = /^(?:0|200|ok|okay|true|success(?:ful)?|succeeded)$/i;
/** Words that say that something is wrong, and nothing else. */
const VAGUE = /^(?:error|err|fail|failed|failure|false)$/i;

/**
 * The error in an answer, whatever its status: `error` as a text or an object, `ok` or `success` that is false, a coded
 * status, or a code and a text in a member of it.
 *
 * @param own the code, where the definition says in which member it is.
 * @param issued whether the answer has an access token: then only what says plainly that it failed is an error.
 */
export function readError(
  answer: Record<string, unknown>,
  own: unknown,
  issued: boolean,
): ErrorAnswer | undefined {
  const { error } = answer;
  const nested = isObject(error) ? error : {};
  const levels = [...levelsOf(answer)];
  const code = firstWord(
    own,
    error,
    nested.code,
    nested.type,
    nested.error,
    // HubSpot and its like.
    issued || typeof answer.status === "number" ? undefined : answer.status,
    ...issued ? [] : levels.flatMap((level) => members(level, CODES)),
  );
  const failed = answer.ok === false || answer.success === false;
  const isError = Boolean(error) && !isFine(error);
  if (!isError && !failed && code === undefined) return undefined;
  const description = errorText(answer, nested.message);
  return {
    error: code ?? "unknown_error",
    ...defined({ error_description: description }),
  };
}

/** What an answer says of what is wrong, `first` if that is a text. */
export function errorText(
  answer: Record<string, unknown>,
  first?: unknown,
): string | undefined {
  const text = firstText(
    answer.error_description,
    first,
    answer.message,
    ...[...levelsOf(answer)].flatMap((level) => members(level, TEXTS)),
    // A sentence in the place of the code.
    ...members(answer, ["error"]).filter((value) => / /.test(String(value))),
  );
  // Strava's "Bad Request" has the reason in a list.
  const entries = firstEntries(answer);
  return firstText(
    entries.includes(text ?? "") ? entries : `${text ?? ""} ${entries}`,
  )?.trim();
}

/** The answer, then the objects in it and the first of each list, then those in them. */
function* levelsOf(
  answer: Record<string, unknown>,
  depth = 2,
): Generator<Record<string, unknown>> {
  yield answer;
  if (depth === 0) return;
  for (const value of Object.values(answer)) {
    const member = Array.isArray(value) ? value[0] : value;
    if (isObject(member)) yield* levelsOf(member, depth - 1);
  }
}

/** The values of the members of those names, in the order of the names. */
function members(
  object: Record<string, unknown>,
  names: readonly string[],
): unknown[] {
  const found = Object.entries(object).map(([name, value]) =>
    [name.toLowerCase().replaceAll(/[_-]/g, ""), value] as const
  );
  return names.flatMap((name) =>
    found.filter(([other]) => other === name).map(([, value]) => value)
  );
}

/** The texts of the first entry of each list. */
function firstEntries(answer: Record<string, unknown>): string {
  return Object.values(answer).filter(Array.isArray).flatMap(([first]) =>
    isObject(first) ? Object.values(first) : [first]
  ).filter((value) => typeof value === "string").join(" ");
}

function isFine(error: unknown): boolean {
  return SUCCESS.test(String(isObject(error) ? error.code : error));
}

/** The first code that says something; else one that only says that it failed. */
function firstWord(...values: unknown[]): string | undefined {
  const words = values.filter((value) =>
    typeof value === "string" || typeof value === "number"
  ).map((value) => String(value).trim())
    .filter((word) => word !== "" && !SUCCESS.test(word));
  return words.find((word) => !VAGUE.test(word) && !/^\d+$/.test(word)) ??
    words.find((word) => !VAGUE.test(word)) ?? words[0];
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string =>
    typeof value === "string" && value.trim() !== "" &&
    !SUCCESS.test(value) && !VAGUE.test(value)
  );
}
