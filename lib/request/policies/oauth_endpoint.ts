/** @module */
import { defined } from "../../object.ts";
import { PLACEHOLDER } from "../../placeholder.ts";
import type { Policy } from "./policy.ts";

/** As long as access tokens usually last; the placeholder never ends. */
const LIFETIME_S = 3600;

/**
 * Refuses the endpoints where tokens are issued, changed and revoked: their answers hold real tokens. Where a client was
 * shown a refresh token's placeholder, it gets the access token's; nothing is sent there either.
 */
export const oauthEndpointPolicy: Policy = ({ decision, head }) => {
  if (decision.kind !== "forbidden") return undefined;
  const { provider, answered } = decision;
  if (answered && head.method === "POST") {
    return {
      status: 200,
      reason: "oauth_endpoint",
      ...defined({ provider }),
      message: "Answered with the placeholder in the place of a token",
      hint: "Nothing was sent",
      answer: {
        access_token: PLACEHOLDER,
        token_type: "Bearer",
        expires_in: LIFETIME_S,
      },
    };
  }
  return {
    status: 403,
    reason: "oauth_endpoint",
    ...defined({ provider }),
    message: `This is an OAuth endpoint of ${
      provider ?? "a provider"
    }, and credentials are never sent there`,
    hint: provider === undefined
      ? "authsome list"
      : `authsome login ${provider}`,
  };
};
