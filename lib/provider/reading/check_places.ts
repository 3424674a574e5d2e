/** The rules of placeholders and of accepted places. What breaks one is thrown as a `TypeError`. @module */
import {
  holdsPlaceholder,
  NO_TAG,
  PLACEHOLDER_FORM,
  RESERVED_TEXTS,
} from "../../placeholder.ts";
import { fieldNames, fillTemplate } from "../../template.ts";
import { secretFields } from "../credential_fields.ts";
import type { AcceptedPlace, ProviderDefinition } from "../definition.ts";

/** Checks each placeholder, by the path of its field. */
export function placeholderRules(
  definition: ProviderDefinition,
): [field: string, check: () => void][] {
  const { placeholder } = definition;
  if (placeholder === undefined) return [];
  if (typeof placeholder === "string") {
    return [["placeholder", () => checkPlaceholder(placeholder, definition)]];
  }
  return Object.entries(placeholder).map(([name, text]) => [
    `placeholder.${name}`,
    () => {
      if (!secretFields(definition).includes(name)) {
        throw new TypeError("is not for a secret field of this credential");
      }
      checkPlaceholder(text, definition);
    },
  ]);
}

function checkPlaceholder(
  text: string,
  { public_values = {} }: ProviderDefinition,
): void {
  if (!/^[!-~]+$/.test(text) || text.length > 300) {
    throw new TypeError("must be 1 to 300 visible ASCII characters");
  }
  const unknown = fieldNames(text).find((name) =>
    !Object.hasOwn(public_values, name)
  );
  if (unknown !== undefined) {
    throw new TypeError(
      `uses {${unknown}}, which is not one of public_values`,
    );
  }
  const plain = fillTemplate(text, () => "");
  if (/[{}]/.test(plain)) throw new TypeError("has an unmatched brace");
  // A value between its parts would take the reserved text apart.
  if (!text.split(/\{[^{}]*\}/).some(holdsPlaceholder)) {
    throw new TypeError(
      `must contain one of ${
        RESERVED_TEXTS.join(", ")
      }, so that it is recognised and no real key looks like it`,
    );
  }
  for (const match of text.matchAll(PLACEHOLDER_FORM)) {
    const [found, hyphens, name, , tag, digits, other] = match;
    const carried = tag ?? other;
    if (name !== undefined || carried !== undefined && carried !== NO_TAG) {
      throw new TypeError("has the name of a connection in it");
    }
    if (hyphens && match.index + found.length !== text.length) {
      throw new TypeError(
        `must end with ${hyphens}, since the name of a connection may follow it; ${
          RESERVED_TEXTS[1]
        } may stand anywhere`,
      );
    }
    const next = text.slice(match.index + found.length);
    if (
      /^\d/.test(digits ?? "") && carried === undefined &&
      /^0*[1-9a-f]/i.test(next)
    ) {
      throw new TypeError(
        `must have zeros behind ${digits}, where the name of a connection goes`,
      );
    }
  }
}

/** Checks one accepted place. `isFraming`: headers that a credential may not be in; `known`: fields of templates. */
export function checkAccepted(
  place: AcceptedPlace,
  isFraming: (name: string) => boolean,
  known: ReadonlySet<string>,
): void {
  if (place.kind === "basic") return;
  if (place.name === "") throw new TypeError("has no name");
  if (place.kind === "header" && isFraming(place.name)) {
    throw new TypeError(`may not be the header "${place.name}"`);
  }
  if (place.kind === "header" && /^cookie$/i.test(place.name)) {
    throw new TypeError(
      'may not be the whole header "Cookie"; use "kind": "cookie" with the name of a pair',
    );
  }
  const { value } = place;
  if (value === undefined) return;
  const unknown = fieldNames(value).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `uses {${unknown}}, which is not a field of this credential (${
        [...known].join(", ")
      })`,
    );
  }
  if (/[{}]/.test(fillTemplate(value, () => ""))) {
    throw new TypeError("has an unmatched brace");
  }
}
