/** What the AWS CLI and SDKs read from a `credential_process`. @module */
import type { SigningKeys } from "../../../request/injector.ts";

/**
 * The answer, as one line of JSON. `expiresAt`: epoch milliseconds; without it the keys are not asked for again.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function processCredentials(
  { accessKeyId, secretAccessKey, sessionToken }: SigningKeys,
  expiresAt?: number,
): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    ...sessionToken === undefined ? {} : { SessionToken: sessionToken },
    ...expiresAt === undefined ? {} : {
      // Whole seconds, which every SDK reads.
      Expiration: new Date(Math.floor(expiresAt / 1000) * 1000).toISOString()
        .replace(".000Z", "Z"),
    },
  });
}
