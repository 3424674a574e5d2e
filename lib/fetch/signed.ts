/** @module */
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import { type Injected, signingKeys } from "../request/injector.ts";
import type { Route } from "../request/route.ts";
import type { Outgoing } from "./outgoing.ts";

/** Signs `head` if `route` wants it; `SigningError` if it cannot be signed. */
export async function signed(
  head: ForwardedHead,
  route: Route,
  injected: Injected,
  { url, body, streamed }: Outgoing,
): Promise<void> {
  const signature = route.injections.find(({ kind }) => kind === "sigv4");
  if (signature?.kind !== "sigv4") return;
  const { bytesToHash, isPresigned, sign } = await import(
    "../request/signing/sigv4.ts"
  );
  if (isPresigned(head)) return;
  const bytes = streamed || body === null
    ? undefined
    : new Uint8Array(await new Response(body).arrayBuffer());
  head.fields.push({ name: "host", value: url.host });
  const length = bytesToHash(
    head,
    bytes
      ? { kind: "length", length: bytes.length }
      : { kind: streamed ? "chunked" : "none" },
  );
  await sign(
    head,
    signingKeys(signature, injected),
    bytes && length > 0 ? { body: bytes } : {},
  );
  head.fields = head.fields.filter(({ name }) => name !== "host");
}
