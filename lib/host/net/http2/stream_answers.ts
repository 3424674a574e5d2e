/** What streams of HTTP/2 are answered with, and how they end. @module */
import {
  constants,
  type Http2Stream,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from "node:http2";
import { type Refusal, refusalAnswer } from "../../../request/refusal.ts";
import { EMPTY } from "../../../wire/byte_stream.ts";

const { NGHTTP2_NO_ERROR: NO_ERROR } = constants;
/** Without a `Date` of our own. */
export const AS_IT_IS: ServerStreamResponseOptions & { sendDate: boolean } = {
  sendDate: false,
};

/** Fields as they came, one after another. */
export function fieldsOf(
  raw: readonly string[],
): { name: string; value: string }[] {
  return raw.flatMap((name, at) =>
    at % 2 === 0 ? [{ name, value: raw[at + 1] ?? "" }] : []
  );
}

/** Closes `to` with `code` once it has sent what the closed `from` has left. */
export function cut(to: Http2Stream, from: Http2Stream, code: number): void {
  for (let bytes: Uint8Array | null; (bytes = from.read()) !== null;) {
    if (to.writable) to.write(bytes);
  }
  if (to.writable) to.write(EMPTY, () => to.close(code));
  else to.close(code);
}

/** Says, behind the whole response, that no more of the request's body is wanted (RFC 9113 §8.1). */
export function stopUpload(client: ServerHttp2Stream): void {
  const stop = () =>
    setImmediate(() => {
      if (!client.readableEnded && !client.closed) client.close(NO_ERROR);
    });
  if (client.writableFinished) stop();
  else client.once("finish", stop);
}

/** Answers in the server's place. */
export function answer(client: ServerHttp2Stream, refusal: Refusal): void {
  if (client.destroyed || client.headersSent) return;
  const { fields, body } = refusalAnswer(refusal);
  client.respond({ ":status": refusal.status, ...fields }, AS_IT_IS);
  client.end(body);
  stopUpload(client);
}
