/** Responses that have no body, whatever their fields say (RFC 9112 §6.3). @module */
import { Buffer } from "node:buffer";
import { latin1 } from "./byte_stream.ts";
import type { ResponseHead } from "./http1.ts";

/**
 * The head of such a response without the fields that promise a body: clients that believe them wait for ever. A server
 * must not send them (RFC 9112 §6.1, RFC 9110 §8.6); the length in a 304 describes another response.
 *
 * @param bytes the head as it is to be sent, which may differ from `head` in its values.
 * @returns `undefined` if nothing is wrong with them.
 */
export function withoutBody(
  bytes: Uint8Array,
  { status, fields }: ResponseHead,
): Uint8Array | undefined {
  if (status >= 200 && status !== 204 && status !== 304) return undefined;
  const promises = status === 304
    ? /^transfer-encoding$/i
    : /^(?:transfer-encoding|content-length)$/i;
  if (!fields.some(({ name }) => promises.test(name))) return undefined;
  const lines = Buffer.from(bytes).toString("latin1").split("\r\n");
  return latin1(
    lines.filter((line) => !promises.test(line.split(":", 1)[0]!))
      .join("\r\n"),
  );
}
