/** Requests whose body says whether they ask for a new credential. @module */
import type { RequestHead } from "../../wire/http1.ts";
import type { Refusal } from "../refusal.ts";
import type { MintingRule, Route } from "../route.ts";
import { decidingBody, mintingRefusal, unreadable } from "./minting.ts";

/** A body to be read before the request is sent. */
export interface DecidingStep {
  /** Longest that is read, in bytes. */
  limit: number;
  /**
   * What `body` says, or its absence if it is longer or cannot be read first: why the request is refused, or which new
   * credential it asks for if it may.
   */
  settle(body?: Uint8Array): { refusal?: Refusal; detail?: string };
}

/** The step for a request that its head alone does not settle; `undefined` if its body decides nothing. */
export function decidingStep(
  route: Route,
  mints: readonly MintingRule[],
  head: RequestHead,
): DecidingStep | undefined {
  const deciding = head.framing.kind === "none"
    ? undefined
    : decidingBody(mints, head);
  if (!deciding) return undefined;
  const { limit, minted, unread } = deciding;
  return {
    limit,
    settle(body) {
      const found = body && body.length <= limit
        ? minted(body)
        : { rule: unread, why: unreadable(limit) };
      if (!found) return {};
      const { rule, why } = found;
      return route.mayMint
        ? { detail: rule.reason }
        : { refusal: mintingRefusal(route, rule.reason, why) };
    },
  };
}
