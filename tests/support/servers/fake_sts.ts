/** A fake of STS: it checks signatures, knows one role, and counts. @module */
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { withFakeServer } from "./fake_authorization_server.ts";
import { verifySignature } from "./sigv4_verifier.ts";

/** What stands there. */
export interface FakeSts {
  definition: ProviderDefinition;
  /** Who asked for what, of the requests that were signed right. */
  asked: Record<string, string>[];
}

export const ROLE = "arn:aws:iam::123456789012:role/team/deploy";
export const KEYS = {
  AKIAACMEACMEACMEACME: "secret-canary",
  ASIAACMEACMEACMEACME: "temporary-secret-canary",
};

/** Runs `body` with a server. */
export async function withFakeSts(
  body: (sts: FakeSts) => Promise<void>,
): Promise<void> {
  const asked: Record<string, string>[] = [];
  await withFakeServer({
    "/": (request, origin) => {
      const form = Object.fromEntries(new URLSearchParams(request.body));
      const refuse = (Code: string, status = 403) =>
        Response.json({
          Error: {
            Code,
            Message: `not allowed: ${request.headers.get("authorization")}`,
            Type: "Sender",
          },
          RequestId: "1",
        }, { status });
      let signed: ReturnType<typeof verifySignature>;
      try {
        signed = verifySignature({
          method: request.method,
          target: "/",
          headers: new Map([
            ...request.headers,
            ["host", new URL(origin).host],
          ]),
          body: request.body,
        }, KEYS);
      } catch {
        return refuse("SignatureDoesNotMatch");
      }
      if (signed.service !== "sts") return refuse("InvalidAction", 400);
      const token = request.headers.get("x-amz-security-token");
      if (signed.accessKeyId.startsWith("ASIA") !== (token === "session")) {
        return refuse("InvalidClientTokenId");
      }
      asked.push({ ...form, region: signed.region, by: signed.accessKeyId });
      if (form.RoleArn !== ROLE || form.ExternalId === "wrong") {
        return refuse("AccessDenied");
      }
      return Response.json({
        AssumeRoleResponse: {
          AssumeRoleResult: {
            Credentials: {
              AccessKeyId: `ASIAMINTED${asked.length}`,
              SecretAccessKey: `minted-secret-${asked.length}`,
              SessionToken: `minted-session-${asked.length}`,
              Expiration: Math.floor(Date.now() / 1000) + 3600,
            },
          },
        },
      });
    },
  }, async ({ origin }) => {
    await body({
      asked,
      definition: {
        schema_version: 1,
        name: "acme",
        display_name: "Acme",
        auth_type: "api_key",
        flow: "aws_role",
        api_url: "regex:^([a-z0-9-]+\\.)+amazonaws\\.com$",
        api_key: {
          secret_fields: [
            "access_key_id",
            "secret_access_key",
            "session_token",
          ],
        },
        mint: {
          fields: ["role_arn", "connection", "external_id", "region"],
          public_fields: ["role_arn", "connection", "external_id", "region"],
          optional_fields: ["connection", "external_id", "region"],
          from: ["aws"],
          urls: { sts: `${origin}/` },
        },
        export: { env: { AWS_ACCESS_KEY_ID: "access_key_id" } },
      },
    });
  });
}
