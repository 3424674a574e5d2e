/** Messages of the Model Context Protocol as they are on the wire: JSON-RPC 2.0. @module */
import { isObject } from "../object.ts";

/** What a request and its answer are known by. */
export type Id = string | number;

/** An error of JSON-RPC. */
export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** Any message; what this program does not know of it is passed on. */
export interface Message {
  jsonrpc: "2.0";
  id?: Id | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: RpcError;
}

/** A message that asks for an answer. */
export type RpcRequest = Message & { id: Id; method: string };

/** Codes of JSON-RPC 2.0 §5.1, and `FAILED` for what has none. */
export const CODES = {
  PARSE: -32700,
  INVALID: -32600,
  UNKNOWN_METHOD: -32601,
  INVALID_PARAMS: -32602,
  FAILED: -32000,
} as const;

/** Whether `value` is a message of JSON-RPC 2.0 that this protocol allows. */
export function isMessage(value: unknown): value is Message {
  if (!isObject(value) || value.jsonrpc !== "2.0") return false;
  const { id, method, params } = value;
  const hasId = typeof id === "string" || typeof id === "number";
  if (method !== undefined) {
    return typeof method === "string" && (id === undefined || hasId) &&
      (params === undefined || isObject(params));
  }
  return isObject(value.result) && hasId ||
    isObject(value.error) && (hasId || id === null || id === undefined);
}

/** Whether `message` asks for an answer. */
export function isRequest(message: Message): message is RpcRequest {
  return message.method !== undefined && message.id !== undefined;
}

/** The answer to the request `id`. */
export function answer(id: Id, result: Record<string, unknown>): Message {
  return { jsonrpc: "2.0", id, result };
}

/** The answer that there is none. */
export function failure(
  id: Id | null,
  code: number,
  message: string,
): Message {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

/** A message that asks for nothing. */
export function notification(
  method: string,
  params?: Record<string, unknown>,
): Message {
  return { jsonrpc: "2.0", method, ...(params ? { params } : {}) };
}
