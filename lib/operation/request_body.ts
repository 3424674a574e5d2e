/** The body of a request, read when somebody asks. @module */
import { bodyText, FORM, hasType } from "../wire/reading/body_text.ts";
import { foldName, foldValue } from "../wire/reading/folded_words.ts";
import { type JsonBody, readJson } from "./json_body.ts";
import {
  type Parameter,
  readParameters,
  type RequestView,
} from "./request_view.ts";

/** Longest body, in bytes, that is read to tell its operation. */
export const MAX_BODY = 1_048_576;
/** Longest form, in bytes. */
const MAX_FORM = 262_144;

/** A body. What it gives is `undefined` where a server could read another one. */
export interface RequestBody {
  isEmpty: boolean;
  /** Type as it was sent, without parameters, in lower case; empty without one, `undefined` with several. */
  type: string | undefined;
  text(): string | undefined;
  json(): JsonBody | undefined;
  /** Parameters of a body that is a form; none if it is empty. */
  form(): readonly Parameter[] | undefined;
  /** The same, of a body of any type but JSON. */
  anyForm(): readonly Parameter[] | undefined;
}

/** The body `bytes` of a request; `undefined` for one that cannot be read. */
export function bodyOf(
  bytes: Uint8Array | undefined,
  { fields }: RequestView,
): RequestBody {
  const readable = bytes && bytes.length <= MAX_BODY ? bytes : undefined;
  const isEmpty = readable?.length === 0;
  const text = once(() => readable && bodyText(readable, fields));
  const types = fields.filter(({ name }) => foldName(name) === "contenttype")
    .map(({ value }) => foldValue(value.replace(/;.*$/s, "")));
  const type = types.length > 1 ? undefined : types[0] ?? "";
  const parameters = once(() => {
    const read = text();
    return read !== undefined && read.length <= MAX_FORM
      ? readParameters(read.replace(/\r?\n$/, ""))
      : undefined;
  });
  return {
    isEmpty,
    type,
    text,
    json: once(() => {
      const read = text();
      return read === undefined ? undefined : readJson(read);
    }),
    form: () => isEmpty ? [] : hasType(fields, FORM) ? parameters() : undefined,
    anyForm: () =>
      isEmpty || /^application\/(?:[a-z0-9.+-]+\+)?json$/.test(type ?? "")
        ? []
        : type?.startsWith("multipart/")
        ? undefined
        : parameters(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
