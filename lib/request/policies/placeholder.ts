/** @module */
import { PLACEHOLDER } from "../../placeholder.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import type { Refusal } from "../refusal.ts";

/**
 * Refuses a head that would carry the placeholder to a server: in a field that no credential replaced, in the query, or
 * inside Basic credentials.
 */
export function placeholderRefusal(
  head: Pick<ForwardedHead, "target" | "fields">,
  hint: string,
): Refusal | undefined {
  const place = placeOf(head);
  return place === undefined ? undefined : {
    status: 403,
    reason: "placeholder_misplaced",
    message: `${PLACEHOLDER} is in ${place}, where no credential is injected`,
    hint,
  };
}

function placeOf(
  { target, fields }: Pick<ForwardedHead, "target" | "fields">,
): string | undefined {
  if (holds(target)) return "the request target";
  for (const { name, value } of fields) {
    if (holds(value) || holdsEncoded(value)) return `the header ${name}`;
  }
}

/** Whether `text` holds the placeholder, also where its hyphens are escaped once or twice. */
function holds(text: string): boolean {
  if (text.includes(PLACEHOLDER)) return true;
  return /%(?:25)?2d/i.test(text) &&
    text.replace(/%(?:25)?2d/gi, "-").includes(PLACEHOLDER);
}

function holdsEncoded(value: string): boolean {
  const [, base64] = /^basic\s+([a-z0-9+/_-]+=*)$/i.exec(value) ?? [];
  if (base64 === undefined) return false;
  try {
    return holds(atob(base64.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return false;
  }
}
