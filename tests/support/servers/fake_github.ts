/** A fake of GitHub's API for apps: it checks their tokens, knows installations, and counts. @module */
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { rsaKey, verifiedJwt } from "../rsa_key.ts";
import { withFakeServer } from "./fake_authorization_server.ts";

/** What stands there. */
export interface FakeGithub {
  origin: string;
  /** The app's key, as GitHub gives it. */
  pem: string;
  definition: ProviderDefinition;
  /** Bodies of the requests for a token. */
  minted: { id: string; body: Record<string, unknown> }[];
  /** Accounts that the app is installed at, by number. */
  installations: Record<string, string>;
  /** Codes of a manifest that can be converted, and the manifests that were posted. */
  conversions: string[];
}

/** Runs `body` with a server whose API is below `/api/v3`, as that of GitHub Enterprise is. */
export async function withFakeGithub(
  body: (github: FakeGithub) => Promise<void>,
): Promise<void> {
  const key = rsaKey();
  const github: Omit<FakeGithub, "origin" | "definition"> = {
    pem: key.pkcs1,
    minted: [],
    installations: { 67890: "acme" },
    conversions: [],
  };
  const answer = (id: string | undefined) =>
    id === undefined || !(id in github.installations)
      ? Response.json({ message: "Not Found" }, { status: 404 })
      : Response.json({
        id: Number(id),
        account: { login: github.installations[id] },
      });
  const idOf = (account: string) =>
    Object.entries(github.installations)
      .find(([, login]) => login === account)?.[0];
  const api = (
    { method, path, headers, body }: Parameters<
      Parameters<typeof withFakeServer>[0][string]
    >[0],
    origin: string,
  ): Response => {
    const parts = path.replace("/api/v3/", "").split("/");
    if (parts[0] === "app-manifests") {
      const at = github.conversions.indexOf(parts[1]!);
      if (method !== "POST" || at < 0) return answer(undefined);
      github.conversions.splice(at, 1);
      return Response.json({
        id: 12345,
        slug: "acme-agents",
        html_url: `${origin}/apps/acme-agents`,
        owner: { login: "acme" },
        pem: key.pkcs1,
        client_secret: "client-secret-canary",
        webhook_secret: "webhook-secret-canary",
      }, { status: 201 });
    }
    try {
      const token = (headers.get("authorization") ?? "").slice(7);
      const { claims } = verifiedJwt(token, key.publicPem);
      const now = Date.now() / 1000;
      const life = Number(claims.exp) - Number(claims.iat);
      if (
        claims.iss !== "12345" || life > 600 || Number(claims.iat) > now ||
        Number(claims.exp) < now
      ) throw new Error("claims");
    } catch {
      return Response.json({
        message: `A JSON web token could not be decoded: ${
          headers.get("authorization")?.slice(7)
        }`,
      }, { status: 401 });
    }
    if (method === "POST" && parts[3] === "access_tokens") {
      github.minted.push({ id: parts[2]!, body: JSON.parse(body) });
      return Response.json({
        token: `ghs_${github.minted.length}`,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        permissions: { contents: "write", metadata: "read" },
      }, { status: 201 });
    }
    if (parts[0] === "app" && parts.length === 2) {
      return Response.json(
        Object.entries(github.installations).map(([id, login]) => ({
          id: Number(id),
          account: { login },
        })),
      );
    }
    if (parts[0] === "app") return answer(parts[2]);
    return answer(idOf(parts[1]!));
  };
  await withFakeServer(
    new Proxy({}, { get: () => api }),
    async ({ origin }) => {
      await body(Object.assign(
        github,
        {
          origin,
          definition: {
            schema_version: 1,
            name: "acme",
            display_name: "Acme",
            auth_type: "oauth2",
            flow: "github_app",
            api_url: "{base_url_host}/api",
            oauth: { base_url: origin },
            mint: {
              fields: ["app_id", "private_key", "installation"],
              public_fields: ["app_id", "installation"],
              optional_fields: ["installation"],
              file_fields: ["private_key"],
            },
            export: { env: { ACME_TOKEN: "access_token" } },
          } satisfies ProviderDefinition as ProviderDefinition,
        },
      ));
    },
  );
}
