/**
 * Signs a request as AWS wants it (Signature Version 4), in place of whatever signature the client made with the
 * placeholder. Loaded only for a route that signs.
 *
 * Invariant: what is signed is what is sent, and the secret key is used here and sent nowhere.
 *
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import { defined } from "../../object.ts";
import { truncate } from "../../text.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import { type Framing, values } from "../../wire/http1.ts";
import type { SigningKeys } from "../injector.ts";
import { SigningError } from "./signing_error.ts";

/** Longest body in bytes that is held back for its hash. */
export const MAX_HELD_BODY = 1_048_576;

const HASH = "x-amz-content-sha256";
/** Headers that this module sets, or that only the client's own signature needs. */
const REPLACED = /^(?:authorization|x-amz-date|x-amz-security-token)$/i;
/** `Credential=<key>/<date>/<region>/<service>/aws4_request` in the client's own header. */
const SCOPE =
  /^AWS4-HMAC-SHA256 .*\bCredential=[^\s,]*\/[0-9]{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/i;

const DUAL_STACK = /(?:^|\.)([a-z0-9-]+)\.([a-z]+(?:-[a-z]+)+-\d)\.api\.aws$/i;

/** Whether `head` carries its signature in the query, so that it says itself who may do what. */
export function isPresigned(
  { target }: Pick<ForwardedHead, "target">,
): boolean {
  return /[?&]X-Amz-(?:Signature|Credential)=/i.test(target);
}

/**
 * How many bytes of body must be held back to be hashed before `head` can be signed; 0 if none: the client said the
 * hash, the service takes unsigned bodies over https (S3), or there is no body.
 *
 * @throws {SigningError} if the body can neither be hashed nor stay unsigned.
 */
export function bytesToHash(
  head: Pick<ForwardedHead, "fields" | "target">,
  framing: Framing,
): number {
  const [said, ...more] = values(head.fields, HASH);
  if (said !== undefined) {
    if (
      more.length === 0 &&
      /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/
        .test(said)
    ) return 0;
    throw new SigningError(
      `the body is sent in chunks that are signed one by one (${HASH}: ${
        truncate(said, 60)
      }), which only the holder of the key can do`,
    );
  }
  if (framing.kind === "none" || isS3(head)) return 0;
  if (framing.kind === "length" && framing.length <= MAX_HELD_BODY) {
    return framing.length;
  }
  throw new SigningError(
    `its body is too long to hash first, and it has no ${HASH} header`,
  );
}

/**
 * Signs `head`: sets `Authorization`, `X-Amz-Date` and, for temporary keys, `X-Amz-Security-Token`. Region and service are
 * those of the client's own signature, or those that the host names.
 *
 * @param body the body if it was held back for its hash.
 * @throws {SigningError} if no service is known.
 */
export async function sign(
  head: ForwardedHead,
  keys: SigningKeys,
  { body, now = new Date() }: {
    body?: Uint8Array | undefined;
    now?: Date;
  } = {},
): Promise<void> {
  const [host = ""] = values(head.fields, "host");
  const scope = scopeOf(head);
  const headers = new Headers();
  for (const { name, value } of head.fields) {
    // Proxies on the way may change others; AWS wants these signed.
    if (/^(?:x-amz-|content-md5$)/i.test(name) && !REPLACED.test(name)) {
      const before = headers.get(name);
      headers.set(name, before === null ? value : `${before},${value}`);
    }
  }
  if (!body && !headers.has(HASH) && isS3(head)) {
    headers.set(HASH, "UNSIGNED-PAYLOAD");
  }
  const signer = new AwsV4Signer({
    method: head.method,
    url: `https://${host}${head.target}`,
    headers,
    ...keys,
    ...scope,
    ...defined({ body: body as Uint8Array<ArrayBuffer> | undefined }),
    datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  if (!signer.service) {
    throw new SigningError(
      `neither ${host} nor the request's own signature identifies the service`,
    );
  }
  const signed = await signer.sign();
  head.target = signed.url.pathname + signed.url.search;
  head.fields = head.fields.filter(({ name }) => !REPLACED.test(name));
  const [hash] = values(head.fields, HASH);
  for (
    const name of [
      "Authorization",
      "X-Amz-Date",
      "X-Amz-Security-Token",
      ...hash === undefined ? ["X-Amz-Content-Sha256"] : [],
    ]
  ) {
    const value = signed.headers.get(name);
    if (value !== null) head.fields.push({ name, value });
  }
}

function scopeOf(
  head: Pick<ForwardedHead, "fields">,
): { region?: string; service?: string } {
  for (const value of values(head.fields, "authorization")) {
    const [, region, service] = SCOPE.exec(value) ?? [];
    if (region && service) return { region, service };
    if (/^AWS4-ECDSA/i.test(value)) {
      throw new SigningError("Signature Version 4A is not supported");
    }
  }
  // The library reads the hosts of amazonaws.com by itself.
  const [host = ""] = values(head.fields, "host");
  const [, service, region] = DUAL_STACK.exec(host) ?? [];
  return service && region ? { region, service } : {};
}

function isS3(head: Pick<ForwardedHead, "fields" | "target">): boolean {
  const { service } = scopeOf(head);
  if (service !== undefined) return service === "s3";
  const [host = ""] = values(head.fields, "host");
  return /(?:^|\.)s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/i.test(host);
}
