/** @module */
import type { InjectVerdict } from "../request/decide.ts";
import { type Injected, signingKeys } from "../request/injector.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import { bytesOf, type Outgoing } from "./outgoing.ts";

/** Signs `head` if `verdict` names a signature; `SigningError` if it cannot be signed. */
export async function signed(
  head: ForwardedHead,
  { signature }: InjectVerdict,
  injected: Injected,
  request: Outgoing,
): Promise<void> {
  if (!signature) return;
  const keys = signingKeys(signature, injected);
  const { bytesToHash, isPresigned, sign } = await import(
    "../request/signing/sigv4.ts"
  );
  if (isPresigned(head)) return;
  const bytes = request.streamed || request.body === null
    ? undefined
    : await bytesOf(request);
  const length = bytesToHash(
    head,
    bytes
      ? { kind: "length", length: bytes.length }
      : { kind: request.streamed ? "chunked" : "none" },
  );
  await sign(head, keys, bytes && length > 0 ? { body: bytes } : {});
}
