/** Keys of a role that the keys of another connection assume (STS AssumeRole). @module */
import { AwsV4Signer } from "aws4fetch";
import { AuthsomeError } from "../errors.ts";
import { defined, valueAt } from "../object.ts";
import { quoted } from "../text.ts";
import { awsEndpoint, regionOfRole, temporaryKeys } from "./aws_endpoint.ts";
import { jsonRequest } from "./json_request.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";
import { filled, needed, sourceValues } from "./source_values.ts";

const ROLE =
  /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/(?:[\x21-\x7e]+\/)*[A-Za-z0-9+=,.@_-]{1,64}$/;
/** As long as a role that was assumed by another may last. */
const SECONDS = 3600;

/** Throws as `mint` does, and what the connection throws whose keys are used. */
export async function assumedRole(
  context: MintContext,
  { source }: MintRequest,
): Promise<Minted> {
  const { definition, clock } = context;
  const { name, mint } = definition;
  const values = sourceValues(definition, source);
  const role = needed(definition, "{role_arn}", values);
  if (!ROLE.test(role)) {
    throw new AuthsomeError(
      "Usage",
      `Cannot assume ${quoted(role, 80)}: it is not the ARN of a role`,
      `authsome login ${name} --force`,
      { subject: { provider: name, field: "role_arn" } },
    );
  }
  const from = filled("{connection}", values) ?? mint!.from![0]!;
  const region = filled("{region}", values) ?? regionOfRole(role);
  const endpoint = awsEndpoint(context, "sts", region);
  const keys = await keysOf(context, from);
  const body = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: "authsome",
    DurationSeconds: String(SECONDS),
    ...defined({ ExternalId: filled("{external_id}", values) }),
  }).toString();
  const headers = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  };
  const signed = await new AwsV4Signer({
    method: "POST",
    url: endpoint.href,
    headers,
    body,
    ...keys,
    service: "sts",
    region,
    datetime: new Date(clock.now()).toISOString()
      .replace(/[:-]|\.\d{3}/g, ""),
  }).sign();
  const answer = await jsonRequest(context, endpoint, {
    task: `assume the role with ${from}`,
    headers: {
      ...headers,
      ...Object.fromEntries(
        [...signed.headers].filter(([name]) => name !== "host"),
      ),
    },
    text: body,
    secrets: Object.values(keys),
  });
  return {
    ...temporaryKeys(
      name,
      valueAt(answer, "AssumeRoleResponse.AssumeRoleResult.Credentials"),
    ),
    captured: {},
  };
}

/** What signs, of a connection that the definition allows. */
async function keysOf(
  context: MintContext,
  reference: string,
): Promise<
  { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
> {
  const { name, mint } = context.definition;
  const [provider = ""] = reference.split("/", 1);
  const keys = mint!.from!.includes(provider)
    ? await context.keysOf?.(reference)
    : undefined;
  const accessKeyId = keys?.access_key_id?.reveal();
  const secretAccessKey = keys?.secret_access_key?.reveal();
  if (!accessKeyId || !secretAccessKey) {
    throw new AuthsomeError(
      "Usage",
      `Cannot assume the role with ${
        quoted(reference, 80)
      }: it is no connection of ${mint!.from!.join(" or ")}`,
      `authsome login ${name} --force`,
      { subject: { provider: name, field: "connection" } },
    );
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...defined({ sessionToken: keys?.session_token?.reveal() }),
  };
}
