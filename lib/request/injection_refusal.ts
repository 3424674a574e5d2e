/** @module */
import { connectionOption } from "../connection/hint.ts";
import { BodyInjectionError, bodyRefusal } from "./body/body_injection.ts";
import { InjectionError } from "./injector.ts";
import type { Refusal } from "./refusal.ts";
import type { Route } from "./route.ts";
import { SigningError } from "./signing/signing_error.ts";

const SIGNING_HINT =
  "Send the body with Content-Length, or its SHA-256 as x-amz-content-sha256 (S3 also takes UNSIGNED-PAYLOAD)";

/** The answer if a credential does not fit into the request; `undefined` for other errors. */
export function injectionRefusal(
  error: unknown,
  { provider, connection }: Pick<Route, "provider" | "connection">,
): Refusal | undefined {
  if (error instanceof InjectionError) {
    return {
      status: 401,
      reason: "credential_missing",
      message:
        `Cannot use connection ${provider}/${connection}: ${error.message}`,
      hint: `authsome login ${provider}${connectionOption(connection)} --force`,
      provider,
      connection,
    };
  }
  if (error instanceof BodyInjectionError) {
    return bodyRefusal(error, { provider, connection });
  }
  if (error instanceof SigningError) {
    return {
      status: 403,
      reason: "not_signable",
      message:
        `Cannot sign the request for ${provider}/${connection}: ${error.message}`,
      hint: SIGNING_HINT,
      provider,
      connection,
    };
  }
}
