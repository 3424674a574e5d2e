/**
 * What every request in an opened tunnel must pass before a credential is even looked up.
 *
 * @module
 */
import type { RequestHead } from "../wire/http1.ts";
import { authorityPolicy } from "./policies/authority.ts";
import { methodPolicy } from "./policies/method.ts";
import { mintingPolicy } from "./policies/minting.ts";
import { oauthEndpointPolicy } from "./policies/oauth_endpoint.ts";
import type { Refusal } from "./refusal.ts";
import type { MintingRule, RouteDecision } from "./route.ts";
import type { Endpoint } from "../wire/target.ts";

/** A request as policies see it. */
export interface PolicyRequest {
  /** The authority of the CONNECT. */
  authority: Endpoint;
  head: RequestHead;
  decision: RouteDecision;
  /** Rules about new credentials whose place the request goes to. */
  mints: readonly MintingRule[];
}

/** Refuses a request, or has nothing against it. */
export type Policy = (request: PolicyRequest) => Refusal | undefined;

/** In this order; the first refusal stands. */
const POLICIES: readonly Policy[] = [
  methodPolicy,
  authorityPolicy,
  oauthEndpointPolicy,
  mintingPolicy,
];

/** The first refusal of all policies. */
export const refusalOf: Policy = (request) => {
  for (const policy of POLICIES) {
    const refusal = policy(request);
    if (refusal) return refusal;
  }
};
