/**
 * Whether a request is signed, and whether that takes its body: by AWS Signature Version 4, or by a proof for a token that
 * is bound to a key. Loads `sigv4.ts` and `dpop.ts` only for a request that is signed.
 *
 * @module
 */
import type { Framing } from "../../wire/http1.ts";
import type { InjectVerdict } from "../decide.ts";
import { type Injected, signingKeys } from "../injector.ts";

/** A request, and what it is signed with if it is. */
type Signable = Pick<InjectVerdict, "head" | "signature" | "learn">;

/**
 * How many bytes of body it takes to sign a request; `undefined` if it is not signed here, as where its query holds a
 * signature.
 *
 * @throws {SigningError} if it cannot be signed.
 */
export async function bytesToSign(
  { head, signature }: Signable,
  framing: Framing,
): Promise<number | undefined> {
  if (!signature) return undefined;
  const { bytesToHash, isPresigned } = await import("./sigv4.ts");
  return isPresigned(head) ? undefined : bytesToHash(head, framing);
}

/**
 * Signs a request with the keys of `injected` if it is one to sign. The credential is in its head by then.
 *
 * @returns 0, or how many bytes of body it takes if `body` is missing: then nothing is signed yet.
 * @throws {InjectionError} if the credential has no keys.
 * @throws {SigningError} if it cannot be signed.
 */
export async function signRequest(
  request: Signable,
  injected: Injected,
  framing: Framing,
  body?: Uint8Array,
): Promise<number> {
  const { head, signature } = request;
  const { credential } = injected;
  if (credential.type === "oauth2" && credential.tokenType) {
    const { learnNonce, prove } = await import("./dpop.ts");
    await prove(head, credential);
    request.learn = (response) => learnNonce(credential, head, response);
    return 0;
  }
  if (!signature) return 0;
  const keys = signingKeys(signature, injected);
  const length = await bytesToSign(request, framing);
  if (length === undefined) return 0;
  if (length > 0 && !body) return length;
  const { sign } = await import("./sigv4.ts");
  await sign(head, keys, { body: length > 0 ? body : undefined });
  return 0;
}
