/** @module */
import type { Policy } from "./policy.ts";

/** Where tokens are made, changed and ended, the command has no business: a real token would come back to it. */
export const oauthEndpointPolicy: Policy = ({ decision }) => {
  if (decision.kind !== "forbidden") return undefined;
  const { provider } = decision;
  return {
    status: 403,
    reason: "oauth_endpoint",
    ...(provider === undefined ? {} : { provider }),
    message: `This is an OAuth endpoint of ${
      provider ?? "a provider"
    }, and credentials are never sent there`,
    hint: provider === undefined
      ? "authsome list"
      : `authsome login ${provider}`,
  };
};
