/** @module */
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import {
  decidingBody,
  isReadable,
  mintedByHead,
  mintingRefusal,
  unreadable,
} from "../request/minting/minting.ts";
import type { Refusal } from "../request/refusal.ts";
import type { MintingRule, Route } from "../request/route.ts";
import type { Outgoing } from "./outgoing.ts";

/** Why a request that asks for a new credential is not sent, or which one it asks for if that is allowed. */
export async function minted(
  route: Route,
  mints: readonly MintingRule[],
  head: ForwardedHead,
  { body, streamed }: Outgoing,
): Promise<{ refusal?: Refusal; detail?: string }> {
  const rule = mintedByHead(mints, head);
  if (rule) return { detail: rule.reason };
  const deciding = body === null ? undefined : decidingBody(mints, head);
  if (!deciding) return {};
  const bytes = streamed
    ? undefined
    : new Uint8Array(await new Response(body).arrayBuffer());
  const { limit } = deciding;
  const found = bytes &&
      isReadable({ kind: "length", length: bytes.length }, limit)
    ? deciding.minted(bytes)
    : { rule: deciding.unread, why: unreadable(limit) };
  if (!found) return {};
  return route.mayMint
    ? { detail: found.rule.reason }
    : { refusal: mintingRefusal(route, found.rule.reason, found.why) };
}
