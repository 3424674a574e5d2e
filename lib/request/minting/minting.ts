/**
 * Whether a request asks its provider for a new credential. The answer would hold it, and it would outlive the run.
 *
 * Invariant: a request is one in every spelling that a server might obey: other cases and escapes, a method in a header
 * or parameter, an action in the query and the body. What cannot be read where the body decides counts as one.
 *
 * @module
 */
import type { Field, Framing } from "../../wire/http1.ts";
import {
  foldName,
  foldValue,
  holds,
  queryOf,
  readForm,
} from "../../wire/reading/folded_words.ts";
import {
  ANY_FORM,
  bodyText,
  FORM,
  hasType,
  METHOD_NAME,
} from "../../wire/reading/body_text.ts";
import type { Refusal } from "../refusal.ts";
import type { MintingRule, Route } from "../route.ts";

/** What of a request decides. */
interface MintingRequest {
  method: string;
  target: string;
  fields: readonly Field[];
}

/** Longest form, in bytes, that is read before it is decided about. */
const MAX_FORM = 65_536;
/** Most times that an escape of an escape is undone. */
const MAX_ESCAPED = 8;
/** Longest body that is searched for words, such as GraphQL, in bytes. */
const MAX_TEXT = 1_048_576;

/** The one of `rules` (see `mintingRulesAt`) that the head alone fulfils. */
export function mintedByHead(
  rules: readonly MintingRule[],
  request: MintingRequest,
): MintingRule | undefined {
  return rulesFor(rules, request).find((rule) => {
    const query = queryOf(request.target);
    return rule.form
      ? holds(rule.form, readForm(query))
      : rule.mentions
      ? mentionsOne(rule.mentions, query)
      : true;
  });
}

/** A body that must be read before the request is decided about. */
interface DecidingBody {
  /** Longest that is read, in bytes. */
  limit: number;
  /** The rule that the body fulfils, or may fulfil: then `why` says what keeps it from being read. */
  minted(body: Uint8Array): { rule: MintingRule; why?: string } | undefined;
  /** The rule that stands if the body cannot be read. */
  unread: MintingRule;
}

/** What of the body decides about `request`, after {@linkcode mintedByHead}; `undefined` if nothing does. */
export function decidingBody(
  rules: readonly MintingRule[],
  request: MintingRequest,
): DecidingBody | undefined {
  const deciding = rulesFor(rules, request)
    .filter(({ form, mentions }) => form ?? mentions);
  const [first] = deciding;
  if (!first) return undefined;
  const limit = deciding.some(({ mentions }) => mentions) ? MAX_TEXT : MAX_FORM;
  return {
    limit,
    unread: first,
    minted(body) {
      const text = bodyText(body, request.fields);
      if (body.length === 0) return undefined;
      for (const rule of deciding) {
        const readable = text !== undefined &&
          (!rule.form ||
            body.length <= MAX_FORM && hasType(request.fields, FORM));
        if (!readable) return { rule, why: "its body cannot be read" };
        if (
          rule.form
            ? holds(rule.form, readForm(text))
            : mentionsOne(rule.mentions!, text)
        ) return { rule };
      }
    },
  };
}

/** Why a body that is longer than `limit`, in bytes, or of no known length is refused. */
export function unreadable(limit: number): string {
  return `its body cannot be read first: it needs HTTP/1.1 and a Content-Length of at most ${limit}`;
}

/** Whether `framing` lets the whole body be read within `limit`. */
export function isReadable(framing: Framing, limit: number): boolean {
  return framing.kind === "length" && framing.length <= limit;
}

/** The answer to who may not; `reason` is a rule's, `why` says what kept the body from being read. */
export function mintingRefusal(
  { provider, connection }: Pick<Route, "provider" | "connection">,
  reason: string,
  why?: string,
): Refusal {
  return {
    status: 403,
    reason: "minting_refused",
    message: why === undefined
      ? `This request asks ${provider} for a new credential, which would outlive the run: ${reason}`
      : `This request may ask ${provider} for a new credential (${reason}), and ${why}`,
    hint: `Allow it with: authsome run --allow-minting ${provider}`,
    provider,
    connection,
    detail: reason,
  };
}

/** The rules of the place whose method, query and headers are those of `request`. */
function rulesFor(
  rules: readonly MintingRule[],
  request: MintingRequest,
): MintingRule[] {
  if (rules.length === 0) return [];
  const query = readForm(queryOf(request.target));
  const headers = request.fields.flatMap(({ name, value }) =>
    [value, ...value.split(",")].map((part) =>
      [foldName(name), foldValue(part)] as const
    )
  );
  return rules.filter((rule) =>
    hasMethod(rule, request, query) &&
    (!rule.query || holds(rule.query, query)) &&
    (!rule.header || holds(rule.header, headers))
  );
}

function hasMethod(
  { methods }: MintingRule,
  { method, fields }: MintingRequest,
  query: readonly (readonly [name: string, value: string])[],
): boolean {
  if (!methods) return true;
  const named = [
    method === "HEAD" ? "GET" : method,
    ...[
      ...query,
      ...fields.map(({ name, value }) => [foldName(name), value] as const),
    ].filter(([name]) => METHOD_NAME.test(name)).map(([, value]) =>
      foldValue(value).toUpperCase()
    ),
  ];
  if (methods.some((each) => named.includes(each))) return true;
  // Google takes headers from a parameter; a form that is posted may name its method (`_method`).
  return query.some(([name, value]) =>
    name === "httpheaders" && value.includes("method")
  ) ||
    (method === "POST" && hasType(fields, ANY_FORM));
}

/** Whether one of `names` stands in `text`, also with escapes of JSON, of a form or a query, in each other. */
function mentionsOne(names: readonly string[], text: string): boolean {
  const plain = withoutEscapes(text);
  return names.some((name) =>
    new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`, "i").test(plain)
  );
}

/** A batch has addresses with escapes in a text with escapes. */
function withoutEscapes(text: string): string {
  for (let times = 0; times < MAX_ESCAPED; times++) {
    const next = text.replace(
      /%([0-9a-f]{2})|\\{1,8}u([0-9a-f]{4})/gi,
      (_, percent?: string, unicode?: string) =>
        String.fromCharCode(parseInt(percent ?? unicode!, 16)),
    );
    if (next === text) break;
    text = next;
  }
  return text;
}
