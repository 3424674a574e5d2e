/** The command that fixes a refusal of the audit log. @module */
import type { AuditEntry } from "../audit/chain.ts";
import { connectionOption, quoteWord } from "../connection/hint.ts";
import { isProviderName } from "../provider/name.ts";

/** The command for `entry`; `undefined` if nothing is to be fixed, or no command does it. */
export function fixOf(
  { event, ok, status, reason, provider, connection, rule }: AuditEntry,
): string | undefined {
  if (event !== "deny" && !(event === "inject" && (status === 401 || !ok))) {
    return undefined;
  }
  const login = provider !== undefined && isProviderName(provider)
    ? `authsome login ${provider}${connectionOption(connection ?? "default")}`
    : undefined;
  switch (reason) {
    case "credential_missing":
      return login;
    case "credential_expired":
    case "refresh_failed":
    case "insufficient_scope":
      return login && `${login} --force`;
    case "minting_refused":
      return provider &&
        `authsome run --allow-minting ${quoteWord(provider)} -- …`;
    case "tie":
      return provider && `authsome prefer ${quoteWord(provider)}`;
    case "policy":
      return "authsome run --policy open -- …";
    case "destination_refused":
      return "authsome run --allow-private <host> -- …";
    case "upstream_untrusted":
    case "upstream_unreachable":
    case "audit_unwritable":
      return "authsome doctor";
  }
  if (rule !== undefined) return "authsome policy list";
  if (status === 401) return login && `${login} --force`;
  return undefined;
}
