/** Why a server was not reached, as the client of the proxy is told. @module */
import { DialError } from "../../../proxy/planner.ts";
import {
  type FailureReason,
  hintOf,
  isAboutTrust,
  reasonIn,
  sentenceOf,
} from "../../../wire/request_failure.ts";
import { type Endpoint, formatAuthority } from "../../../wire/target.ts";
import { certificateFlaw, type ShownBy } from "./certificate_flaw.ts";

/** @param shown where the certificate is, if TLS has begun. */
export async function explained(
  cause: unknown,
  endpoint: Endpoint,
  shown: ShownBy | undefined,
): Promise<DialError> {
  let reason: FailureReason = reasonIn(cause);
  const untrusted = !reason.proxy && isAboutTrust(reason);
  if (untrusted && shown && reason.kind !== "other_name") {
    reason = await certificateFlaw(shown) ?? reason;
  }
  return new DialError(
    untrusted ? "upstream_untrusted" : "upstream_unreachable",
    `Cannot reach ${formatAuthority(endpoint)}: ${sentenceOf(reason)}`,
    { cause, hint: hintOf(reason, endpoint.host) },
  );
}
