/** @module */
import { defined } from "../../object.ts";
import type { Policy } from "./policy.ts";

/** Where tokens are made, changed and ended, the command has no business: a real token would come back to it. */
export const oauthEndpointPolicy: Policy = ({ decision }) => {
  if (decision.kind !== "forbidden") return undefined;
  const { provider } = decision;
  return {
    status: 403,
    reason: "oauth_endpoint",
    ...defined({ provider }),
    message: `This is where ${
      provider ?? "a provider"
    } issues or ends tokens, and no credential is ever sent there`,
    hint: provider === undefined
      ? "authsome list"
      : `authsome login ${provider}`,
  };
};
