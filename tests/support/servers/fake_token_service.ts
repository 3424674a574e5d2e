/** A fake of the endpoints that mint tokens: a service account's (RFC 7523) and Docker Hub's, which count. @module */
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { rsaKey, verifiedJwt } from "../rsa_key.ts";
import { withFakeServer } from "./fake_authorization_server.ts";

/** A service that mints, and what was asked of it. */
export interface TokenService {
  origin: string;
  /** A key file of the service account. */
  keyFile: Record<string, string>;
  /** Claims of the assertions that were accepted. */
  assertions: Record<string, string | number>[];
  /** Bodies sent to the exchange. */
  exchanges: unknown[];
  /** Tokens issued so far. */
  issued: number;
  /** Refuses every source. */
  refusing: boolean;
  /** Waits before it answers, in milliseconds. */
  delay: number;
  /** Seconds that a token works; undefined says nothing of it. */
  expiresIn: number | undefined;
  serviceAccount: ProviderDefinition;
  exchange: ProviderDefinition;
}

/** Runs `body` with a service. */
export async function withTokenService(
  body: (service: TokenService) => Promise<void>,
): Promise<void> {
  const key = rsaKey();
  let service: TokenService;
  const issue = async (member: string) => {
    await new Promise((resolve) => setTimeout(resolve, service.delay));
    const token = `minted-${++service.issued}-token`;
    return Response.json({
      [member]: token,
      ...service.expiresIn === undefined
        ? {}
        : { expires_in: service.expiresIn },
    });
  };
  await withFakeServer({
    "/token": (request, origin) => {
      const form = new URLSearchParams(request.body);
      try {
        if (
          service.refusing || form.get("grant_type") !==
            "urn:ietf:params:oauth:grant-type:jwt-bearer"
        ) throw new Error("refused");
        const { header, claims } = verifiedJwt(
          form.get("assertion")!,
          key.publicPem,
        );
        if (header.alg !== "RS256" || claims.aud !== `${origin}/token`) {
          throw new Error("not for us");
        }
        service.assertions.push(claims);
      } catch {
        return Response.json({
          error: "invalid_grant",
          error_description: `refused: ${form.get("assertion")}`,
        }, { status: 400 });
      }
      return issue("access_token");
    },
    "/v2/auth/token": (request) => {
      const sent = JSON.parse(request.body);
      service.exchanges.push(sent);
      if (service.refusing || sent.secret !== "dckr_pat_canary") {
        return Response.json({
          detail: `Incorrect authentication credentials ${sent.secret}`,
        }, { status: 401 });
      }
      return issue("access_token");
    },
  }, async ({ origin }) => {
    service = {
      origin,
      keyFile: {
        type: "service_account",
        client_email: "agent@acme.iam.gserviceaccount.com",
        private_key: key.pkcs8,
        private_key_id: "key-1",
        token_uri: `${origin}/token`,
      },
      assertions: [],
      exchanges: [],
      issued: 0,
      refusing: false,
      delay: 0,
      expiresIn: 3600,
      serviceAccount: {
        ...base(),
        flow: "jwt_bearer",
        oauth: { token_url: `${origin}/token`, scopes: ["read", "write"] },
        mint: {
          fields: ["key_file", "subject"],
          public_fields: ["subject"],
          optional_fields: ["subject"],
          file_fields: ["key_file"],
          jwt: {
            issuer: "{client_email}",
            subject: "{subject}",
            key: "{private_key}",
            key_id: "{private_key_id}",
            token_url: "token_uri",
          },
        },
      },
      exchange: {
        ...base(),
        flow: "key_exchange",
        oauth: {
          token_url: `${origin}/v2/auth/token`,
          token_body: "json",
          token_response: { error: "detail" },
        },
        mint: {
          fields: ["username", "token"],
          public_fields: ["username"],
          request: {
            parameters: { identifier: "{username}", secret: "{token}" },
          },
          lifetime: 600,
        },
      },
    };
    await body(service);
  });
}

function base(): ProviderDefinition {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "oauth2",
    flow: "jwt_bearer",
    api_url: "api.acme.com",
    export: { env: { ACME_TOKEN: "access_token" } },
  };
}
