/** @module */
import { values } from "../../wire/http1.ts";
import type { Policy } from "./policy.ts";
import { parseAuthority } from "../../wire/target.ts";

/**
 * The request must be meant for the host of the CONNECT, whose certificate the proxy verifies. An absolute target would be
 * a second opinion about the host, so there must be none.
 */
export const authorityPolicy: Policy = ({ authority, head }) => {
  if (
    !head.target.startsWith("/") &&
    !(head.target === "*" && head.method === "OPTIONS")
  ) {
    return {
      status: 421,
      reason: "authority_mismatch",
      message: "The request target inside a tunnel must be a path",
      hint: `Send the path alone, with Host: ${authority.host}`,
    };
  }
  const [host] = values(head.fields, "host");
  const named = host === undefined ? undefined : parseAuthority(host, 443);
  if (named && named.host === authority.host && named.port === authority.port) {
    return undefined;
  }
  return {
    status: 421,
    reason: "authority_mismatch",
    message:
      `The Host header does not match ${authority.host}, the host of the tunnel`,
    hint: `Send Host: ${authority.host}`,
  };
};
