/**
 * What every request in an opened tunnel must pass before a credential is even looked up.
 *
 * @module
 */
import type { Policy } from "./policies/policy.ts";
import { authorityPolicy } from "./policies/authority.ts";
import { methodPolicy } from "./policies/method.ts";
import { mintingPolicy } from "./policies/minting.ts";
import { oauthEndpointPolicy } from "./policies/oauth_endpoint.ts";

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
