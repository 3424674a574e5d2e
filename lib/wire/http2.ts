/**
 * Between the fields of HTTP/2 and the heads that policies and injections work on (RFC 9113 §8).
 *
 * Invariant: as in `http1.ts`, a head has one interpretation or none.
 *
 * @module
 */
import { FORBIDDEN_TRAILER } from "./body.ts";
import type { ForwardedHead } from "./forwarded_head.ts";
import {
  checkField,
  checkRequestLine,
  type Field,
  HeadError,
  MAX_FIELDS,
  type RequestHead,
} from "./http1.ts";

/** Fields by name in lower case; a list where a name was repeated. */
export type FieldRecord = Record<string, string | string[]>;

const PSEUDO = /^:(?:method|scheme|authority|path)$/;
/** Fields about a connection, which HTTP/2 does not have (RFC 9113 §8.2.2). */
const CONNECTION =
  /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/;

/**
 * The head of a request. `raw` has names and values in turn; `ended` if no body follows. The method, target and fields
 * are what they would be in HTTP/1.1, its `Host` included.
 *
 * @throws {HeadError} if it has no or more than one interpretation.
 */
export function readRequestHead(
  raw: readonly string[],
  ended: boolean,
): RequestHead {
  const pseudo = new Map<string, string>();
  const fields: Field[] = [];
  for (const field of pairs(raw)) {
    const { name, value } = field;
    if (PSEUDO.test(name) && !pseudo.has(name)) pseudo.set(name, value);
    else {
      // This also refuses every other pseudo-header field.
      checkField(field);
      if (
        name !== name.toLowerCase() || CONNECTION.test(name) ||
        name === "te" && value !== "trailers"
      ) {
        throw new HeadError(400, "a header field is not allowed in HTTP/2");
      }
      fields.push(field);
    }
  }
  const target = pseudo.get(":path") ?? "";
  const method = pseudo.get(":method") ?? "";
  checkRequestLine(method, target);
  if (pseudo.get(":scheme") !== "https") {
    throw new HeadError(400, "the scheme is not https");
  }
  const authority = pseudo.get(":authority");
  const hosts = fields.filter(({ name }) => name === "host");
  const host = authority ?? hosts[0]?.value;
  if (
    host === undefined || hosts.length > 1 ||
    hosts.some(({ value }) => value !== host)
  ) {
    throw new HeadError(400, "Host is missing or repeated");
  }
  checkField({ name: "Host", value: host });
  return {
    method,
    target,
    minor: 1,
    fields: [
      { name: "Host", value: host },
      ...fields.filter(({ name }) => name !== "host"),
    ],
    framing: ended ? { kind: "none" } : { kind: "chunked" },
  };
}

/** The fields of a request to forward. */
export function requestFields(
  { method, target, fields }: ForwardedHead,
): FieldRecord {
  const record: FieldRecord = Object.create(null);
  record[":method"] = method;
  record[":scheme"] = "https";
  record[":path"] = target;
  for (const { name, value } of fields) {
    const lower = name.toLowerCase();
    if (lower === "host") record[":authority"] = value;
    else if (!CONNECTION.test(lower)) add(record, lower, value);
  }
  return record;
}

/** The fields of a response or of trailers, as they came. */
export function fieldRecord(raw: readonly string[]): FieldRecord {
  const record: FieldRecord = Object.create(null);
  for (const { name, value } of pairs(raw)) add(record, name, value);
  return record;
}

/**
 * The fields behind the body of a request.
 *
 * @throws {HeadError} if one decides about the message or its sender.
 */
export function readTrailers(raw: readonly string[]): FieldRecord {
  for (const field of pairs(raw)) {
    checkField(field);
    if (FORBIDDEN_TRAILER.test(field.name)) {
      throw new HeadError(400, "a trailer field is not allowed");
    }
  }
  return fieldRecord(raw);
}

function pairs(raw: readonly string[]): Field[] {
  if (raw.length > 2 * MAX_FIELDS) {
    throw new HeadError(431, "there are too many header fields");
  }
  const fields: Field[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    fields.push({ name: raw[at]!, value: raw[at + 1]! });
  }
  return fields;
}

function add(record: FieldRecord, name: string, value: string): void {
  const known = record[name];
  if (known === undefined) record[name] = value;
  else if (typeof known === "string") record[name] = [known, value];
  else known.push(value);
}
