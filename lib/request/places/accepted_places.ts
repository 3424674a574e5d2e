/**
 * Takes placeholders out of the other places where a provider takes its credential, or puts the credential there.
 *
 * Invariant: only what holds a placeholder changes. The order and the bytes of everything else stay.
 *
 * @module
 */
import { basicCredentials, carriesPlaceholder } from "../../placeholder.ts";
import type { AcceptedPlace } from "../../provider/definition.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import { parameterName, sameName } from "./field_names.ts";

type Carrier = Pick<ForwardedHead, "target" | "fields">;
type Field = Carrier["fields"][number];

/** The text of a template; throws if it has other characters than `allowed`. */
type Fill = (template: string, allowed: RegExp) => string;

const FIELD_VALUE = /^[\x20-\x7e\x80-\xff]*$/;
/** RFC 6265 §4.1.1. */
const COOKIE_VALUE = /^[!#-+\--:<-[\]-~]*$/;
const ANY = /^/;

/** Serves `places` of `head`. Without `injected`, the credential is not in it yet: what has no value of its own stays. */
export function serveAccepted(
  head: Carrier,
  places: readonly AcceptedPlace[],
  injected: boolean,
  fill: Fill,
): void {
  for (const place of places) {
    const template = place.kind === "basic" ? undefined : place.value;
    if (template === undefined && !injected) continue;
    let isFirst = true;
    /** What takes the place of a placeholder: once the credential, and nothing after that. */
    const next = (allowed: RegExp) => {
      if (template === undefined || !isFirst) return undefined;
      isFirst = false;
      return fill(template, allowed);
    };
    switch (place.kind) {
      case "query":
        head.target = withoutParameter(head.target, place.name, next);
        break;
      case "cookie":
        changeFields(
          head,
          "Cookie",
          (value) => withoutPair(value, place.name, next),
        );
        break;
      case "header":
        changeFields(
          head,
          place.name,
          (value) =>
            isAllPlaceholder(value, place.name) ? next(FIELD_VALUE) : value,
        );
        break;
      case "basic":
        changeFields(
          head,
          "Authorization",
          (value) =>
            carriesPlaceholder(basicCredentials(value)) ? undefined : value,
        );
    }
  }
}

/** Changes the values of the fields called `name`; without a value the field goes. */
function changeFields(
  head: Carrier,
  name: string,
  change: (value: string) => string | undefined,
): void {
  if (!head.fields.some((field) => sameName(field.name, name))) return;
  head.fields = head.fields.flatMap((field): Field[] => {
    if (!sameName(field.name, name)) return [field];
    const value = change(field.value);
    return value === field.value
      ? [field]
      : value === undefined
      ? []
      : [{ ...field, value }];
  });
}

/** Whether nothing but placeholders would be lost with the value. Credentials of several parts are one value. */
function isAllPlaceholder(value: string, name: string): boolean {
  return sameName(name, "Authorization")
    ? carriesPlaceholder(value)
    : value.split(",").every(carriesPlaceholder);
}

function withoutParameter(
  target: string,
  name: string,
  next: (allowed: RegExp) => string | undefined,
): string {
  const start = target.indexOf("?");
  if (start < 0 || !carriesPlaceholder(target)) return target;
  const parts = target.slice(start + 1).split("&");
  const kept = parts.flatMap((part) => {
    const equals = part.indexOf("=");
    // Some servers read a semicolon as an ampersand: then more than this parameter would go.
    const isMeant = equals >= 0 && !part.includes(";") &&
      carriesPlaceholder(part.slice(equals + 1)) &&
      parameterName(part) === name;
    if (!isMeant) return [part];
    const value = next(ANY);
    return value === undefined
      ? []
      : [part.slice(0, equals + 1) + encodeURIComponent(value)];
  });
  if (kept.length === 0) return target.slice(0, start);
  return `${target.slice(0, start)}?${kept.join("&")}`;
}

function withoutPair(
  value: string,
  name: string,
  next: (allowed: RegExp) => string | undefined,
): string | undefined {
  if (!carriesPlaceholder(value)) return value;
  const kept = value.split(";").flatMap((pair) => {
    const equals = pair.indexOf("=");
    const isMeant = equals >= 0 && pair.slice(0, equals).trim() === name &&
      carriesPlaceholder(pair.slice(equals + 1));
    if (!isMeant) return [pair];
    const value = next(COOKIE_VALUE);
    return value === undefined ? [] : [pair.slice(0, equals + 1) + value];
  });
  const rest = kept.join(";").replace(/^[ \t]+/, "");
  return rest === "" ? undefined : rest;
}
