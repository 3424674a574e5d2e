/** @module */
import { PLACEHOLDER } from "../child_env.ts";
import type { ForwardedHead } from "../forwarded_head.ts";
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
    message: `${PLACEHOLDER} stands in ${place}, where no credential is put`,
    hint,
  };
}

function placeOf(
  { target, fields }: Pick<ForwardedHead, "target" | "fields">,
): string | undefined {
  if (target.includes(PLACEHOLDER)) return "the request target";
  for (const { name, value } of fields) {
    if (value.includes(PLACEHOLDER) || holdsEncoded(value)) {
      return `the header ${name}`;
    }
  }
}

function holdsEncoded(value: string): boolean {
  const [, base64] = /^basic +([a-z0-9+/]+=*)$/i.exec(value) ?? [];
  if (base64 === undefined) return false;
  try {
    return atob(base64).includes(PLACEHOLDER);
  } catch {
    return false;
  }
}
