/** What a policy is. @module */
import type { RequestHead } from "../../wire/http1.ts";
import type { Endpoint } from "../../wire/target.ts";
import type { Refusal } from "../refusal.ts";
import type { MintingRule, RouteDecision } from "../route.ts";

/** A request as policies see it. */
export interface PolicyRequest {
  /** The authority of the CONNECT, or of the URL. */
  authority: Endpoint;
  head: RequestHead;
  decision: RouteDecision;
  /** Rules about new credentials whose place the request goes to. */
  mints: readonly MintingRule[];
}

/** Refuses a request, or has nothing against it. */
export type Policy = (request: PolicyRequest) => Refusal | undefined;
