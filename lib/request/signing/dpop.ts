/**
 * Proves with each request that its token is ours (DPoP, RFC 9449 §7): the token's scheme becomes `DPoP`, and the header of
 * that name holds a fresh proof for the method and the URL as they are sent. Loaded only for a token that is bound to a key.
 *
 * @module
 */
import type { OAuth2Credential } from "../../oauth/credential.ts";
import {
  asksForNonce,
  rememberNonce,
  resourceProof,
} from "../../oauth/proof/dpop_key.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import { type Field, values } from "../../wire/http1.ts";
import { SigningError } from "./signing_error.ts";

/**
 * Adds the proof to `head`, in place of any that the client made.
 *
 * @throws {SigningError} if the key is missing.
 */
export async function prove(
  head: ForwardedHead,
  { accessToken, dpopKey }: OAuth2Credential,
): Promise<void> {
  if (!dpopKey) {
    throw new SigningError("its token is bound to a key that is not there");
  }
  const origin = originOf(head);
  const [path] = head.target.split(/[?#]/, 1);
  const bearer = `Bearer ${accessToken.reveal()}`;
  const fields = head.fields.filter(({ name }) => !/^dpop$/i.test(name));
  head.fields = fields.map((field) =>
    /^authorization$/i.test(field.name) && field.value === bearer
      ? { ...field, value: `DPoP ${accessToken.reveal()}` }
      : field
  );
  head.fields.push({
    name: "DPoP",
    value: await resourceProof({ accessToken, dpopKey }, {
      method: head.method,
      htu: origin + path,
      origin,
    }),
  });
}

/**
 * Keeps the nonce that a response brings. Says whether the request was refused for want of it alone, so that
 * it succeeds if it is sent again.
 */
export function learnNonce(
  { dpopKey }: OAuth2Credential,
  head: ForwardedHead,
  { status, fields }: { status: number; fields: readonly Field[] },
): boolean {
  const [nonce] = values(fields, "dpop-nonce");
  const isNew = dpopKey !== undefined &&
    rememberNonce(dpopKey, originOf(head), nonce);
  return isNew &&
    asksForNonce(status, values(fields, "www-authenticate").join(", "));
}

function originOf({ fields }: Pick<ForwardedHead, "fields">): string {
  const [host = ""] = values(fields, "host");
  return new URL(`https://${host}`).origin;
}
