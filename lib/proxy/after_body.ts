/** Requests whose body is read before they are decided about, since it says what is asked for. @module */
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { Framing, RequestHead } from "../wire/http1.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import {
  decidingBody,
  isReadable,
  mintedByHead,
  mintingRefusal,
  unreadable,
} from "../request/minting/minting.ts";
import type { Plan } from "./planner.ts";
import type { Refusal } from "../request/refusal.ts";
import type { MintingRule, Route } from "../request/route.ts";

/** What comes next. */
export interface Next {
  /** Goes on with the body if it was read; `detail` says which new credential is asked for. */
  go(body?: Uint8Array, detail?: string): Promise<Plan>;
  refuse(refusal: Refusal): Plan;
}

/** Goes on with a request that may ask for a new credential, once it is known whether it does. */
export async function afterBody(
  route: Route,
  mints: readonly MintingRule[],
  head: RequestHead,
  forwarded: ForwardedHead,
  { go, refuse }: Next,
): Promise<Plan> {
  const { framing } = head;
  const rule = mintedByHead(mints, head);
  const deciding = rule || framing.kind === "none"
    ? undefined
    : decidingBody(mints, head);
  if (!deciding) return go(undefined, rule?.reason);
  const unsignable = await signingProblem(route, forwarded, framing);
  if (unsignable) return refuse(unsignable);
  const { limit, minted, unread } = deciding;
  if (framing.kind !== "length" || !isReadable(framing, limit)) {
    return route.mayMint
      ? go(undefined, unread.reason)
      : refuse(mintingRefusal(route, unread.reason, unreadable(limit)));
  }
  withoutExpect(forwarded);
  return {
    kind: "hold",
    length: framing.length,
    decide: (body) => {
      const found = minted(body);
      return found && !route.mayMint
        ? refuse(mintingRefusal(route, found.rule.reason, found.why))
        : go(body, found?.rule.reason);
    },
  };
}

/** The client is told to go on by us, since the server gets the head only with the body. */
export function withoutExpect(head: ForwardedHead): void {
  head.fields = head.fields.filter(({ name }) => !/^expect$/i.test(name));
}

/** Why `head` could not be signed, whatever its body: said before anybody waits for that. */
async function signingProblem(
  route: Route,
  head: ForwardedHead,
  framing: Framing,
): Promise<Refusal | undefined> {
  if (!route.injections.some(({ kind }) => kind === "sigv4")) return undefined;
  const { bytesToHash, isPresigned } = await import(
    "../request/signing/sigv4.ts"
  );
  if (isPresigned(head)) return undefined;
  try {
    bytesToHash(head, framing);
  } catch (error) {
    const refusal = injectionRefusal(error, route);
    if (!refusal) throw error;
    return refusal;
  }
}
