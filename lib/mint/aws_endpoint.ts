/** Endpoints of AWS by region, and keys as its answers have them. @module */
import { AuthsomeError } from "../errors.ts";
import { defined, isObject } from "../object.ts";
import { givenEndpoint } from "../oauth/endpoint_destination.ts";
import { defaultBaseUrl, trimSlash } from "../provider/tenant.ts";
import { Secret } from "../secret.ts";
import { fillTemplate } from "../template.ts";
import { quoted } from "../text.ts";
import type { MintContext, Minted } from "./minted.ts";

const REGION = /^[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d{1,2}$/;

/**
 * The endpoint `name` of the definition in `region`. Regions of China have a domain of their own.
 *
 * @throws {AuthsomeError} `Usage` if it is no region; `InvalidDefinition` if there is no such endpoint.
 */
export function awsEndpoint(
  { definition, baseUrl }: Pick<MintContext, "definition" | "baseUrl">,
  name: string,
  region: string,
): URL {
  if (!REGION.test(region)) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use region ${quoted(region, 40)}: it is not named like eu-west-1`,
      `authsome login ${definition.name} --force`,
      { subject: { provider: definition.name, field: "region" } },
    );
  }
  const url = fillTemplate(
    definition.mint?.urls?.[name] ?? "",
    (value) =>
      value === "region"
        ? region
        : value === "base_url"
        ? trimSlash(baseUrl ?? defaultBaseUrl(definition) ?? "")
        : undefined,
  );
  const china = region.startsWith("cn-");
  return givenEndpoint(
    definition.name,
    "token endpoint",
    china ? url.replace(/(?<=\.amazonaws\.com)(?=\/|$)/, ".cn") : url,
  );
}

/** The region that STS is asked in for a role, if none was given: that of its partition. */
export function regionOfRole(roleArn: string): string {
  const [, partition] = roleArn.split(":");
  return partition === "aws-cn"
    ? "cn-north-1"
    : partition === "aws-us-gov"
    ? "us-gov-west-1"
    : "us-east-1";
}

/**
 * Temporary keys of an answer: `AccessKeyId` with `Expiration` in seconds (STS), or `accessKeyId` with `expiration` in
 * milliseconds (IAM Identity Center).
 *
 * @throws {AuthsomeError} `AuthenticationFailed` if it has none.
 */
export function temporaryKeys(
  provider: string,
  answer: unknown,
): Pick<Minted, "secrets" | "expiresAt"> {
  const found = isObject(answer) ? answer : {};
  const text = (name: string) => {
    const value = found[name] ?? found[name[0]!.toLowerCase() + name.slice(1)];
    return typeof value === "string" && /^[!-~]{1,16384}$/.test(value)
      ? value
      : undefined;
  };
  const id = text("AccessKeyId");
  const key = text("SecretAccessKey");
  const token = text("SessionToken");
  if (!id || !key || !token) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot get keys of the role: the answer of ${provider} has none`,
      "Try again",
      { subject: { provider } },
    );
  }
  return {
    secrets: {
      access_key_id: new Secret(id),
      secret_access_key: new Secret(key),
      session_token: new Secret(token),
    },
    ...defined({ expiresAt: expiryOfKeys(found) }),
  };
}

function expiryOfKeys(
  { Expiration, expiration }: Record<string, unknown>,
): number | undefined {
  if (typeof expiration === "number") return expiration;
  if (typeof Expiration === "number") return Math.round(Expiration * 1000);
  const time = typeof Expiration === "string" ? Date.parse(Expiration) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
