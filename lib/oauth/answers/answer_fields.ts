/** The members of a token endpoint's answer, in whatever wrapping and encoding they come. @module */
import { isObject, parseObject, valueAt } from "../../object.ts";
import type { Answer } from "../http.ts";

/** How deep it may be wrapped. */
const MAX_DEPTH = 2;

/**
 * The members of an answer: of a JSON object, or of the form encoding of old endpoints (RFC 6749 has it for requests
 * only). Those name all kinds of content types, so the text itself has to look like it. `undefined` if it is neither.
 *
 * @param wanted the member that the answer is for.
 */
export function answerFields(
  { headers, text }: Pick<Answer, "headers" | "text">,
  wanted = "access_token",
): Record<string, unknown> | undefined {
  const body = text.replace(/^\uFEFF/, "").trim();
  const json = parseObject(body);
  if (json) return json;
  const declared = /^application\/x-www-form-urlencoded\b/i
    .test(headers.get("content-type") ?? "");
  // One pair or more of name and value, nothing of which a page or a sentence is made.
  const looks = /^[\w.%[\]-]+=[^\s<>"'{}]*$/.test(body);
  if (!declared && !looks) return undefined;
  const form = new URLSearchParams(body);
  return declared || form.has(wanted) || form.has("error")
    ? Object.fromEntries(form)
    : undefined;
}

/**
 * The answer with the members of the one object in it that holds what is wanted, such as `data` or `result` beside a
 * status word; as it is if that stands at the top, or if it is not clear which object is meant.
 */
export function unwrapped(
  answer: Record<string, unknown>,
  wanted = "access_token",
): Record<string, unknown> {
  if (valueAt(answer, wanted) !== undefined) return answer;
  const found = [...holders(answer, wanted, MAX_DEPTH)];
  return found.length === 1 ? { ...answer, ...found[0] } : answer;
}

function* holders(
  object: Record<string, unknown>,
  wanted: string,
  depth: number,
): Generator<Record<string, unknown>> {
  for (const member of Object.values(object)) {
    if (!isObject(member)) continue;
    const value = valueAt(member, wanted);
    if (typeof value === "string" && value !== "") yield member;
    else if (depth > 1) yield* holders(member, wanted, depth - 1);
  }
}
