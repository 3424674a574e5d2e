/** Responses that have no body, whatever their fields say (RFC 9112 §6.3). @module */
import { concat, latin1 } from "./byte_stream.ts";
import type { ResponseHead } from "./http1.ts";

/**
 * The head of such a response without the fields that promise a body: clients that believe them wait for ever. A server
 * must not send them (RFC 9112 §6.1, RFC 9110 §8.6); the length in a 304 describes another response.
 *
 * @returns `undefined` if nothing is wrong with `bytes`, which hold the whole of `head`.
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
  let head = bytes.subarray(0, bytes.indexOf(10) + 1);
  for (const { name, value } of fields) {
    if (!promises.test(name)) {
      head = concat(head, latin1(`${name}: ${value}\r\n`));
    }
  }
  return concat(head, latin1("\r\n"));
}
