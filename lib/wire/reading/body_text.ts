/** Bodies as text, where whoever decides must read what the server reads. @module */
import type { Field } from "../http1.ts";
import { foldName, foldValue } from "./folded_words.ts";

/** Folded names of headers and parameters that servers take for the method, in the order of no server. */
export const METHOD_NAME =
  /^(?:x?http)?(?:method|methodoverride)$|^xmethodoverride$/;

/** A form, or what could be one: without a type. */
export const FORM =
  /^(?:application\/x-www-form-urlencoded(?:;charset="?(?:utf-?8|us-ascii|iso-8859-1)"?)?;?)?$/;
/** Any form. */
export const ANY_FORM =
  /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/;

/** Whether the folded `Content-Type` is of `type`; never if there are several. */
export function hasType(fields: readonly Field[], type: RegExp): boolean {
  const types = fields.filter(({ name }) => foldName(name) === "contenttype");
  return types.length <= 1 && type.test(foldValue(types[0]?.value ?? ""));
}

/** A character set in which other bytes than those of ASCII may be letters. */
const RECODED = /;charset=(?!"?(?:utf-?8|us-ascii|iso-8859-1)"?(?:;|$))/;
/** The same for a part of a body, and an encoding of one. */
const RECODED_PART =
  /^content-(?:transfer-encoding:[ \t]*(?:base64|quoted-printable)|type:.*;[ \t]*charset=(?!"?(?:utf-?8|us-ascii|iso-8859-1)"?[ \t]*(?:;|\r?$)))/im;

/** The body as text; `undefined` if a server could read another one. */
export function bodyText(
  body: Uint8Array,
  fields: readonly Field[],
): string | undefined {
  const encoded = fields.some(({ name, value }) =>
    foldName(name) === "contentencoding" && foldValue(value) !== "identity"
  );
  const recoded = fields.some(({ name, value }) =>
    foldName(name) === "contenttype" && RECODED.test(foldValue(value))
  );
  if (encoded || recoded) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // deno-lint-ignore no-control-regex
    return /[\0-\x08\x0e-\x1f]/.test(text) || RECODED_PART.test(text)
      ? undefined
      : text;
  } catch {
    return undefined;
  }
}
