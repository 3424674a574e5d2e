/**
 * JSON-RPC 2.0, and with it MCP (revisions 2024-11-05 to 2026-07-28): single calls and batches. The body counts;
 * `Mcp-Method` and `Mcp-Name`, which servers of older revisions do not look at, can only cast doubt on it.
 *
 * @module
 */
import { isObject } from "../../object.ts";
import { foldName } from "../../wire/reading/folded_words.ts";
import { type JsonBody, memberAt } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import type { RequestView } from "../request_view.ts";
import { hasOnly, type ProtocolReader } from "./protocol.ts";

/** Most calls in one batch. */
const MAX_BATCH = 1000;
/** What the protocol itself has that only reads; all but `tools/call` and what changes a task. */
const READING =
  /^(?:initialize|ping|server\/discover|tools\/list|resources\/[A-Za-z/]+|prompts\/[A-Za-z/]+|notifications\/[A-Za-z_/-]+|logging\/setLevel|completion\/complete|subscriptions\/listen|roots\/list|tasks\/(?:get|list|result))$/;

export const jsonRpc: ProtocolReader = {
  asksBody: (view) => !hasOnly(view, "GET", "HEAD", "OPTIONS", "DELETE"),
  read(view, body, isRead) {
    // The stream of a session, and its end.
    if (hasOnly(view, "GET", "HEAD", "OPTIONS")) return undefined;
    if (hasOnly(view, "DELETE")) {
      return view.fields.some(({ name }) => foldName(name) === "mcpsessionid")
        ? [{ name: "end of session", reads: true }]
        : undefined;
    }
    const unknown = [{ name: view.method }];
    if (!hasOnly(view, "POST")) return unknown;
    const read = body.json();
    if (read === undefined || read.isDoubtful([])) return unknown;
    const { value } = read;
    const headers = headersOf(view);
    if (!Array.isArray(value)) return [call(read, [], headers, isRead)];
    if (value.length === 0 || value.length > MAX_BATCH) return unknown;
    const calls = value.map((_, at) =>
      call(read, [String(at)], headers, isRead)
    );
    return [...new Map(calls.map((each) => [JSON.stringify(each), each]))
      .values()];
  },
};

/** What the headers say, if they are there. */
interface Headers {
  method?: string;
  name?: string;
  isDoubtful: boolean;
}

function headersOf({ fields }: RequestView): Headers {
  const said = (name: string) =>
    fields.filter((field) => foldName(field.name) === name)
      .map(({ value }) => value);
  const methods = said("mcpmethod");
  const names = said("mcpname");
  return {
    ...methods[0] !== undefined && { method: methods[0] },
    ...names[0] !== undefined && { name: decoded(names[0]) },
    isDoubtful: methods.length > 1 || names.length > 1,
  };
}

/** A name that is no header value is sent as `=?base64?…?=`. */
function decoded(name: string): string {
  const [, encoded] = /^=\?base64\?([A-Za-z0-9+/=_-]*)\?=$/.exec(name) ?? [];
  if (encoded === undefined) return name;
  try {
    const bytes = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(
      Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
    );
  } catch {
    return name;
  }
}

function call(
  { value, isDoubtful }: JsonBody,
  at: readonly string[],
  headers: Headers,
  isRead: (name: string) => boolean,
): Operation {
  const message = memberAt(value, at);
  if (!isObject(message) || isDoubtful(at)) return { name: "json-rpc" };
  const { method, params } = message;
  // In another case it would be one for some servers.
  const names = Object.keys(message).map((name) => name.toLowerCase());
  if (method === undefined && !names.includes("method")) {
    // What a client answers to a server's question.
    return "result" in message || "error" in message
      ? { name: "response", reads: true }
      : { name: "json-rpc" };
  }
  if (typeof method !== "string") return { name: "json-rpc" };
  const tool = isObject(params) && typeof params.name === "string" &&
      !isDoubtful([...at, "params"])
    ? params.name
    : undefined;
  const target = tool ??
    (isObject(params) && typeof params.uri === "string"
      ? params.uri
      : undefined);
  const agrees = !headers.isDoubtful &&
    (headers.method === undefined || headers.method === method) &&
    (headers.name === undefined || headers.name === target);
  if (method === "tools/call") {
    const name = tool === undefined ? method : `${method} ${shown(tool)}`;
    return agrees && tool !== undefined && isRead(tool)
      ? { name, reads: true }
      : { name };
  }
  const name = shown(method);
  return agrees && (READING.test(method) || isRead(method))
    ? { name, reads: true }
    : { name };
}

/** A name as it may stand in a log. */
function shown(name: string): string {
  return name.replace(/[^!-~]+/g, "?").slice(0, 100);
}
