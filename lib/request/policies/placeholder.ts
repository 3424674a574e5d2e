/** @module */
import { carriesPlaceholder, reservedText } from "../../placeholder.ts";
import { placeText } from "../../provider/place_text.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import type { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

/**
 * Refuses a head that would carry a placeholder to a server: in a field that no credential replaced, in the query, or
 * inside Basic credentials. `route`: the one that was taken, whose places are named.
 */
export function placeholderRefusal(
  head: Pick<ForwardedHead, "target" | "fields">,
  hint: string,
  route?: Pick<Route, "provider" | "injections" | "accepts">,
): Refusal | undefined {
  const found = placeOf(head);
  if (!found) return undefined;
  const { place, text } = found;
  const served = route
    ? `; ${route.provider} takes it in ${placesOf(route)}`
    : "";
  return {
    status: 403,
    reason: "placeholder_misplaced",
    message: `${
      reservedText(text)
    } is in ${place}, where no credential is injected${served}`,
    hint,
  };
}

function placeOf(
  { target, fields }: Pick<ForwardedHead, "target" | "fields">,
): { place: string; text: string } | undefined {
  if (carriesPlaceholder(target)) {
    return { place: "the request target", text: target };
  }
  for (const { name, value } of fields) {
    if (carriesPlaceholder(value)) {
      return { place: `the header ${name}`, text: value };
    }
  }
}

function placesOf(
  { injections, accepts = [] }: Pick<Route, "injections" | "accepts">,
): string {
  return [...new Set([...injections, ...accepts].map(placeText))].join(", ");
}
