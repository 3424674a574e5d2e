/** The table of policies. @module */
import type { Policy } from "./policy.ts";
import { authorityPolicy } from "./authority.ts";
import { methodPolicy } from "./method.ts";
import { mintingPolicy } from "./minting.ts";
import { oauthEndpointPolicy } from "./oauth_endpoint.ts";

/** In this order; the first refusal stands. */
export const POLICIES: readonly Policy[] = [
  methodPolicy,
  authorityPolicy,
  oauthEndpointPolicy,
  mintingPolicy,
];
