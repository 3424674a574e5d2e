/**
 * GraphQL over HTTP: what kind of operation the document has that is run. Persisted queries, of which only a hash is sent,
 * and uploads are not known.
 *
 * @module
 */
import { parse } from "@0no-co/graphql.web";
import { createHash } from "node:crypto";
import { isObject } from "../../object.ts";
import type { JsonBody } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import type { RequestBody } from "../request_body.ts";
import { type RequestView, valuesOf } from "../request_view.ts";
import { hasOnly, type ProtocolReader } from "./protocol.ts";

/** What is used of a document. The types of the parser are those of a package that is not installed. */
interface Definition {
  kind: string;
  operation?: "query" | "mutation" | "subscription";
  name?: { value: string };
  selectionSet: SelectionSet;
}
interface SelectionSet {
  selections: readonly (
    | { kind: "Field"; name: { value: string } }
    | { kind: "FragmentSpread"; name: { value: string } }
    | { kind: "InlineFragment"; selectionSet: SelectionSet }
  )[];
}

/** Longest document, in UTF-16 code units: the time to parse one is kept to milliseconds. */
const MAX_DOCUMENT = 65_536;
/** Most operations of a batch. */
const MAX_BATCH = 100;
/** Most fields that a name has. */
const MAX_NAMED = 5;
/** Names by which servers take a document that they have, whatever is sent besides; folded. */
const STORED =
  /^(?:id|docid|documentid|documentref|query(?:id|hash)|hash|sha256hash|operationid|persisted(?:query|id)?)$/;
/** Names that say what is run; folded. */
const DECIDING = /^(?:query|operationname|extensions|mutation|operations)$/;

export const graphql: ProtocolReader = {
  asksBody: (view) => !hasOnly(view, "GET", "HEAD", "OPTIONS"),
  read(view, body, isRead) {
    const unknown = [{ name: view.method }];
    const deciding = view.query.filter(({ folded }) =>
      DECIDING.test(folded) || STORED.test(folded)
    );
    if (hasOnly(view, "GET", "HEAD", "OPTIONS")) {
      return deciding.length === 0
        ? undefined
        : byQuery(view, isRead) ?? unknown;
    }
    // Some servers prefer the query to the body.
    if (!hasOnly(view, "POST") || deciding.length > 0) return unknown;
    return byBody(body, isRead) ?? unknown;
  },
};

type Asked = { query: string; operationName?: string | null };

function byQuery(
  view: RequestView,
  isRead: (name: string) => boolean,
): Operation[] | undefined {
  if (view.query.some(({ folded }) => STORED.test(folded))) return undefined;
  const [queries, names, extensions] = ["query", "operationName", "extensions"]
    .map((name) => valuesOf(view.query, name));
  if (queries?.length !== 1 || !names || names.length > 1 || !extensions) {
    return undefined;
  }
  if (extensions.some((each) => /persisted|hash|doc|id/i.test(each))) {
    return undefined;
  }
  const asked: Asked = { query: queries[0]!, operationName: names[0] ?? null };
  const operation = operationOf(asked, isRead);
  return operation && [operation];
}

function byBody(
  body: RequestBody,
  isRead: (name: string) => boolean,
): Operation[] | undefined {
  const { type } = body;
  if (type === "application/graphql") {
    const query = body.text();
    const operation = query === undefined
      ? undefined
      : operationOf({ query }, isRead);
    return operation && [operation];
  }
  if (!/^application\/(?:[a-z0-9.-]+\+)?json$/.test(type ?? "")) {
    return undefined;
  }
  const read = body.json();
  if (!read || read.isDoubtful([])) return undefined;
  const { value } = read;
  const all = Array.isArray(value) ? value : [value];
  if (all.length === 0 || all.length > MAX_BATCH) return undefined;
  return all.map((each, at) =>
    askedOf(each, Array.isArray(value) ? [String(at)] : [], read, isRead) ??
      { name: "graphql" }
  );
}

function askedOf(
  value: unknown,
  at: readonly string[],
  read: JsonBody,
  isRead: (name: string) => boolean,
): Operation | undefined {
  if (!isObject(value) || read.isDoubtful(at)) return undefined;
  const { query, operationName = null, extensions } = value;
  const spelled = Object.keys(value).some((name) => {
    const folded = name.normalize("NFKC").toLowerCase()
      .replace(/[^a-z0-9]/g, "");
    return STORED.test(folded) && value[name] !== null ||
      DECIDING.test(folded) &&
        !/^(?:query|operationName|extensions)$/.test(name);
  });
  if (
    spelled || typeof query !== "string" ||
    operationName !== null && typeof operationName !== "string" ||
    !isOwn(query, extensions, read, at)
  ) return undefined;
  return operationOf({ query, operationName }, isRead);
}

/** Whether `extensions` name no other document than `query`. */
function isOwn(
  query: string,
  extensions: unknown,
  { isDoubtful }: JsonBody,
  at: readonly string[],
): boolean {
  if (extensions === undefined || extensions === null) return true;
  if (!isObject(extensions) || isDoubtful([...at, "extensions"])) return false;
  const { persistedQuery = null, ...others } = extensions;
  if (Object.keys(others).some((name) => /persist|hash|doc/i.test(name))) {
    return false;
  }
  if (persistedQuery === null) return true;
  if (
    !isObject(persistedQuery) ||
    isDoubtful([...at, "extensions", "persistedQuery"])
  ) return false;
  const hash = createHash("sha256").update(query).digest("hex");
  return Object.entries(persistedQuery).every(([name, value]) =>
    name === "version" || name === "sha256Hash" && value === hash
  );
}

/** The operation of a document that is run; `undefined` if there is not one. */
function operationOf(
  { query, operationName }: Asked,
  isRead: (name: string) => boolean,
): Operation | undefined {
  if (query.length > MAX_DOCUMENT) return undefined;
  let definitions: readonly Definition[];
  try {
    ({ definitions } = parse(query, { noLocation: true }));
  } catch {
    // Not GraphQL, or nested so deep that the stack does not hold it.
    return undefined;
  }
  const operations = definitions.filter(({ operation }) => operation);
  const named = operationName
    ? operations.filter(({ name }) => name?.value === operationName)
    : operations;
  const [operation] = named;
  if (!operation || named.length !== 1) return undefined;
  const kind = operation.operation!;
  const fields = rootFields(operation.selectionSet, definitions);
  const name = fields ? `${kind} ${shown(fields)}` : kind;
  const reads = kind === "query" || kind === "subscription" ||
    fields !== undefined && fields.every(isRead);
  return kind === "mutation" || reads ? { name, reads } : { name };
}

/** The fields that `set` asks the root for, each once; `undefined` if they cannot be told. */
function rootFields(
  set: SelectionSet,
  definitions: readonly Definition[],
): string[] | undefined {
  const fragments = new Map(
    definitions.filter(({ operation }) => !operation)
      .map(({ name, selectionSet }) => [name?.value, selectionSet]),
  );
  const fields = new Set<string>();
  const sets = new Set([set]);
  for (const { selections } of sets) {
    for (const each of selections) {
      if (each.kind === "Field") fields.add(each.name.value);
      else if (each.kind === "InlineFragment") sets.add(each.selectionSet);
      else {
        const fragment = fragments.get(each.name.value);
        if (!fragment) return undefined;
        sets.add(fragment);
      }
    }
  }
  return fields.size > 0 ? [...fields] : undefined;
}

function shown(fields: readonly string[]): string {
  const rest = fields.length - MAX_NAMED;
  return [
    ...fields.slice(0, MAX_NAMED).map((each) => each.slice(0, 60)),
    ...rest > 0 ? [`${rest} more`] : [],
  ].join(", ");
}
