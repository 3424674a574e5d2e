/** The methods that a server may take a request for. @module */
import type { RequestHead } from "../../wire/http1.ts";
import { METHOD_NAME } from "../../wire/reading/body_text.ts";
import {
  foldName,
  foldValue,
  queryOf,
  readForm,
} from "../../wire/reading/folded_words.ts";

/** What could hold one of them. */
const MENTIONS = /method/i;

/** The method of `head`, and others that its headers and query name. */
export function methodsOf({ method, target, fields }: RequestHead): string[] {
  const mentioning = fields.filter(({ name }) => MENTIONS.test(name));
  const query = queryOf(target);
  const mayMention = MENTIONS.test(query) || query.includes("%");
  if (mentioning.length === 0 && !mayMention) return [method];
  const named = [
    ...mentioning.map(({ name, value }) =>
      [foldName(name), foldValue(value)] as const
    ),
    ...mayMention ? readForm(query) : [],
  ].filter(([name]) => METHOD_NAME.test(name)).map(([, value]) =>
    value.toUpperCase()
  ).filter((value) => /^[A-Z]{1,20}$/.test(value));
  return [...new Set([method, ...named])];
}
