/** What conditions can ask for. @module */
import { isObject } from "../../object.ts";
import type { Operation } from "../../operation/operation.ts";
import { decode, type Segments } from "../../wire/reading/path_readings.ts";
import { queryOf } from "../../wire/reading/folded_words.ts";
import type { Facts } from "../match/facts.ts";
import { readBody } from "./read_body.ts";

/** The members of the variables that have some. */
export const MEMBERS: Readonly<
  Record<"request" | "operation", readonly string[]>
> = {
  request: ["method", "host", "port", "path", "query", "headers"],
  operation: ["name", "reads"],
};

/** What a condition asks for. */
export interface Wanted {
  request: Set<string>;
  operation: Set<string>;
  body: boolean;
  /** How deep its loops are in each other. */
  loops: number;
}

/** Headers that hold no credential. */
const HEADERS = new Set([
  "accept",
  "anthropic-beta",
  "anthropic-version",
  "content-length",
  "content-type",
  "mcp-method",
  "mcp-name",
  "openai-beta",
  "user-agent",
  "x-amz-target",
  "x-github-api-version",
]);
/** Most ways to read a request that a condition is asked about. */
const MAX_READINGS = 200;
/** Most parameters of a query. */
const MAX_PARAMETERS = 500;
/** Most values of a body over which loops are in each other. */
const MAX_VALUES = 1_000;

/**
 * The variables, once for each way in which a server may read the request; `undefined` if it cannot be read, `body` if the
 * body is to be read first.
 */
export function variablesOf(
  facts: Facts,
  wanted: Wanted,
): Record<string, unknown>[] | "body" | undefined {
  const { head, provider = "", connection = "", authority } = facts.request;
  const wantsOperation = wanted.operation.size > 0;
  const wantsMethod = wanted.request.has("method");
  if (
    wanted.body && !facts.body || wantsOperation && !facts.operations ||
    wantsMethod && facts.namesOtherMethod === undefined
  ) return "body";
  if (wantsMethod && facts.namesOtherMethod) return undefined;
  let body: unknown;
  if (wanted.body) {
    const read = readBody(head.fields, facts.body!.bytes);
    if (!read || wanted.loops > 1 && countOf(read.value) > MAX_VALUES) {
      return undefined;
    }
    body = read.value;
  }
  const query = wanted.request.has("query") ? queryNames(head.target) : {};
  const readings = wanted.request.has("path") ? facts.readings : [[]];
  if (!query || !readings) return undefined;
  const methods = wantsMethod ? facts.methods : [head.method];
  const operations: readonly Operation[] = wantsOperation
    ? facts.operations!
    : [{ name: "" }];
  if (methods.length * readings.length * operations.length > MAX_READINGS) {
    return undefined;
  }
  const headers = wanted.request.has("headers") ? safeHeaders(facts) : {};
  const { profile, program, folder } = facts.circumstances;
  const shared = { provider, connection, profile, program, folder, body };
  const now = new Date(facts.now);
  return methods.flatMap((method) =>
    readings.flatMap((segments: Segments) =>
      operations.map(({ name, reads }) => ({
        ...shared,
        now,
        request: {
          method,
          host: facts.host,
          port: BigInt(authority.port),
          path: `/${segments.join("/")}`,
          query,
          headers,
        },
        operation: { name, reads: reads === true },
      }))
    )
  );
}

/** Name → values, decoded; `undefined` if there are too many. */
function queryNames(target: string): Record<string, string[]> | undefined {
  const parts = queryOf(target).split("&").filter(Boolean);
  if (parts.length > MAX_PARAMETERS) return undefined;
  const names = Object.create(null) as Record<string, string[]>;
  for (const part of parts) {
    const at = part.indexOf("=");
    const name = plain(at < 0 ? part : part.slice(0, at));
    (names[name] ??= []).push(at < 0 ? "" : plain(part.slice(at + 1)));
  }
  return names;
}

function plain(text: string): string {
  return decode(text.replaceAll("+", " "));
}

function safeHeaders({ request }: Facts): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const { name, value } of request.head.fields) {
    const lower = name.toLowerCase();
    if (!HEADERS.has(lower)) continue;
    headers[lower] = lower in headers ? `${headers[lower]}, ${value}` : value;
  }
  return headers;
}

function countOf(value: unknown): number {
  let count = 0;
  const open = [value];
  while (open.length > 0 && count <= MAX_VALUES) {
    const each = open.pop();
    count++;
    if (Array.isArray(each)) open.push(...each.slice(0, MAX_VALUES + 1));
    else if (isObject(each)) {
      open.push(...Object.values(each).slice(0, MAX_VALUES + 1));
    }
  }
  return count;
}
