/**
 * A strict reader of HTTP/1.1 message heads (RFC 9112).
 *
 * Invariant: a head has one interpretation or none. Whatever two servers could read differently (both framings, a
 * repeated length, a folded line, a bare LF) is refused, so what policy saw is what the upstream reads.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Longest head, in bytes, its closing empty line included. */
export const MAX_HEAD_BYTES = 65_536;
/** Most header fields in one head. */
export const MAX_FIELDS = 200;

/** How the body behind a head ends (RFC 9112 §6.3). `length` is in bytes. */
export type Framing =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" }
  | { kind: "until_close" };

/** One header field as it was sent: case kept, surrounding white space removed, one character per byte. */
export interface Field {
  name: string;
  value: string;
}

/** The head of a request. */
export interface RequestHead {
  method: string;
  /** The request target, unchanged (RFC 9112 §3.2). */
  target: string;
  minor: 0 | 1;
  fields: Field[];
  framing: Framing;
}

/** The head of a response. */
export interface ResponseHead {
  minor: 0 | 1;
  /** 100 to 599. */
  status: number;
  reason: string;
  fields: Field[];
  framing: Framing;
}

/** A head that is refused, with the status to answer. The message never quotes a value. */
export class HeadError extends Error {
  override readonly name = "HeadError";

  constructor(readonly status: 400 | 431 | 501 | 505, message: string) {
    super(message);
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Upper case only: no registered method has a lower-case letter, and servers disagree about `get`. */
const METHOD = /^[A-Z][A-Z0-9-]{0,31}$/;
/** No control character, space, delete, or byte above 0x7e (RFC 3986), and no fragment. */
const TARGET = /^[\x21\x22\x24-\x7e]+$/;
/** Visible characters, tab, space and obs-text (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** 15 digits stay exact as a number. */
const LENGTH = /^[0-9]{1,15}$/;

/**
 * Where the head at the start of `bytes` ends: the index behind its empty line, or -1 while it is incomplete.
 *
 * @throws {HeadError} 431 if no head can end within {@linkcode MAX_HEAD_BYTES}.
 */
export function headEnd(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length, MAX_HEAD_BYTES);
  for (
    let at = bytes.indexOf(10, 3);
    at !== -1 && at < limit;
    at = bytes.indexOf(10, at + 1)
  ) {
    if (bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) {
      return at + 1;
    }
  }
  if (bytes.length >= MAX_HEAD_BYTES) {
    throw new HeadError(431, "the head is too long");
  }
  return -1;
}

/**
 * Reads a whole request head, its closing empty line included.
 *
 * @throws {HeadError} if it has no or more than one interpretation.
 */
export function parseRequestHead(bytes: Uint8Array): RequestHead {
  const [line, ...rest] = lines(bytes);
  const parts = line!.split(" ");
  if (parts.length !== 3) {
    throw new HeadError(400, "the request line does not have three parts");
  }
  const [method, target, version] = parts as [string, string, string];
  const minor = parseVersion(version);
  checkRequestLine(method, target);
  const fields = parseFields(rest);
  if (values(fields, "host").length > 1) {
    throw new HeadError(400, "Host is repeated");
  }
  if (minor === 1 && values(fields, "host").length === 0) {
    throw new HeadError(400, "Host is missing");
  }
  const framing = parseFraming(fields, minor);
  return {
    method,
    target,
    minor,
    fields,
    framing: framing ?? { kind: "none" },
  };
}

/**
 * Reads a whole response head to a request with `method`, its closing empty line included.
 *
 * @throws {HeadError} if it has no or more than one interpretation.
 */
export function parseResponseHead(
  bytes: Uint8Array,
  method: string,
): ResponseHead {
  const [line, ...rest] = lines(bytes);
  const match = /^(HTTP\/[0-9]\.[0-9]) ([1-5][0-9][0-9])(?: (.*))?$/.exec(
    line!,
  );
  if (!match) throw new HeadError(400, "the status line is not valid");
  const minor = parseVersion(match[1]!);
  const status = Number(match[2]);
  const reason = match[3] ?? "";
  if (!VALUE.test(reason)) {
    throw new HeadError(400, "the reason phrase is not valid");
  }
  const fields = parseFields(rest);
  const framing = parseFraming(fields, minor);
  const bodiless = method === "HEAD" || status < 200 || status === 204 ||
    status === 304 ||
    (method === "CONNECT" && status < 300);
  return {
    minor,
    status,
    reason,
    fields,
    framing: bodiless ? { kind: "none" } : framing ?? { kind: "until_close" },
  };
}

/** The values of every field called `name` (lower case), in order. */
export function values(fields: readonly Field[], name: string): string[] {
  return fields.filter((field) => field.name.toLowerCase() === name).map((
    field,
  ) => field.value);
}

/**
 * Refuses a method or a target that no request has.
 *
 * @throws {HeadError}
 */
export function checkRequestLine(method: string, target: string): void {
  if (!METHOD.test(method)) throw new HeadError(400, "the method is not valid");
  if (!TARGET.test(target)) {
    throw new HeadError(400, "the request target is not valid");
  }
}

/**
 * Refuses a field whose name or value could be read in two ways.
 *
 * @throws {HeadError}
 */
export function checkField({ name, value }: Field): void {
  if (!TOKEN.test(name)) {
    throw new HeadError(400, "a header field name is not valid");
  }
  if (!VALUE.test(value)) {
    throw new HeadError(400, "a header field value is not valid");
  }
}

function lines(bytes: Uint8Array): string[] {
  if (bytes.length > MAX_HEAD_BYTES) {
    throw new HeadError(431, "the head is too long");
  }
  // Buffer and not TextDecoder, whose "latin1" is windows-1252 and changes the bytes 0x80 to 0x9f.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1");
  if (!text.endsWith("\r\n\r\n")) {
    throw new HeadError(400, "the head is incomplete");
  }
  const result = text.slice(0, -4).split("\r\n");
  for (const line of result) {
    if (/[\r\n\0]/.test(line)) {
      throw new HeadError(400, "a line contains a bare CR, a bare LF or a NUL");
    }
  }
  return result;
}

function parseVersion(version: string): 0 | 1 {
  if (version === "HTTP/1.1") return 1;
  if (version === "HTTP/1.0") return 0;
  if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) {
    throw new HeadError(505, "the HTTP version is not 1.0 or 1.1");
  }
  throw new HeadError(400, "the HTTP version is not valid");
}

function parseFields(lines: string[]): Field[] {
  if (lines.length > MAX_FIELDS) {
    throw new HeadError(431, "there are too many header fields");
  }
  return lines.map((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    // This also refuses obs-fold and a space before the colon: neither is a token character.
    const field = { name, value: trim(line, colon + 1) };
    checkField(field);
    return field;
  });
}

/** Without the spaces and tabs at both ends. A loop, since an unanchored `[ \t]+$` takes quadratic time. */
function trim(line: string, start: number): string {
  let end = line.length;
  while (start < end && (line[start] === " " || line[start] === "\t")) start++;
  while (end > start && (line[end - 1] === " " || line[end - 1] === "\t")) {
    end--;
  }
  return line.slice(start, end);
}

/** The framing that the fields declare, or `undefined` if they declare none. */
function parseFraming(fields: Field[], minor: 0 | 1): Framing | undefined {
  const lengths = values(fields, "content-length");
  const codings = values(fields, "transfer-encoding");
  if (lengths.length > 1) {
    throw new HeadError(400, "Content-Length is repeated");
  }
  if (codings.length > 1) {
    throw new HeadError(400, "Transfer-Encoding is repeated");
  }
  if (lengths.length === 1 && codings.length === 1) {
    throw new HeadError(
      400,
      "Content-Length and Transfer-Encoding are both present",
    );
  }
  if (codings.length === 1) {
    if (minor === 0) {
      throw new HeadError(400, "Transfer-Encoding needs HTTP/1.1");
    }
    if (codings[0]!.toLowerCase() !== "chunked") {
      throw new HeadError(501, "the transfer coding is not chunked");
    }
    return { kind: "chunked" };
  }
  if (lengths.length === 1) {
    if (!LENGTH.test(lengths[0]!)) {
      throw new HeadError(400, "Content-Length is not a number");
    }
    return { kind: "length", length: Number(lengths[0]) };
  }
  return undefined;
}
