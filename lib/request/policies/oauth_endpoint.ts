/** @module */
import { defined } from "../../object.ts";
import type { Policy } from "./policy.ts";

/** Refuses the endpoints where tokens are issued, changed and revoked: their answers hold real tokens. */
export const oauthEndpointPolicy: Policy = ({ decision }) => {
  if (decision.kind !== "forbidden") return undefined;
  const { provider } = decision;
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
