/**
 * Vendors of agents' own logins on loopback: a token endpoint that takes each refresh token once and ends the whole login
 * where one is used again, and an API that takes only the access token of the moment.
 *
 * @module
 */
import { base64Url } from "../../lib/bytes.ts";

/** Hosts that {@linkcode LoginVendor.handle} answers for. */
export const VENDOR_HOSTS = [
  "platform.claude.com",
  "api.anthropic.com",
  "mcp-proxy.anthropic.com",
  "auth.openai.com",
  "chatgpt.com",
  "oauth2.googleapis.com",
  "cloudcode-pa.googleapis.com",
  "www.googleapis.com",
  "github.com",
  "api.github.com",
  "api.individual.githubcopilot.com",
  "api.githubcopilot.com",
];

const TOKEN_ENDPOINTS = [
  "platform.claude.com/v1/oauth/token",
  "auth.openai.com/oauth/token",
  "oauth2.googleapis.com/token",
  "github.com/login/oauth/access_token",
];
const GEMINI_SCOPE =
  "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email openid";

/** Whose logins there are. */
export type Kind = "claude" | "codex" | "gemini" | "copilot";

/** A request for tokens as it came. */
export interface TokenRequest {
  type: string | null;
  body: Record<string, unknown>;
}

/** One vendor with one account. */
export class LoginVendor {
  /** Requests for tokens, in order. */
  readonly refreshes: TokenRequest[] = [];
  /** Requests to the API, with what they carried. */
  readonly calls: { place: string; token: string; status: number }[] = [];
  /** Whether a refresh token was used twice. */
  reused = false;
  /** Awaited before an answer to a refresh is given. */
  hold: () => Promise<void> = () => Promise.resolve();
  /** Answers a request to the API with a good token. */
  serve: (request: Request) => Response | Promise<Response> = () =>
    Response.json({ ok: true });
  /** Whether tokens of before still work, as GitHub's do. */
  keepsOlder = false;
  #serial = 0;
  #access = "";
  #refresh = "";
  readonly #used = new Set<string>();
  readonly #older = new Set<string>();

  constructor(
    readonly kind: Kind,
    /** Stands in every token, so that none can be anywhere unseen. */
    readonly canary = `canary${crypto.randomUUID().replaceAll("-", "")}`,
  ) {
    this.#issue();
  }

  /** The tokens of the moment. */
  get tokens(): {
    access: string;
    /** Copilot's is empty: its token does not expire. */
    refresh: string;
  } {
    return { access: this.#access, refresh: this.#refresh };
  }

  /** What the agent's own login file holds after a login. */
  file(expiresAt = Date.now() + 3_600_000): string {
    if (this.kind === "gemini") {
      return JSON.stringify(
        {
          access_token: this.#access,
          scope: GEMINI_SCOPE,
          token_type: "Bearer",
          id_token: this.#idToken(),
          expiry_date: expiresAt,
          refresh_token: this.#refresh,
        },
        null,
        2,
      );
    }
    if (this.kind === "copilot") {
      const host = "https://github.com";
      const token = { token: this.#access };
      return `// This file is managed automatically.
${
        JSON.stringify(
          {
            authTokens: {
              [`${host}:octo:github`]: token,
              [`${host}:octo`]: token,
              [`${host}:other`]: { token: `gho_${this.canary}other` },
            },
            loggedInUsers: [
              { host, login: "octo", kind: "githubDotCom" },
              { host, login: "other" },
            ],
            lastLoggedInUser: { host, login: "octo" },
            firstLaunchAt: "2026-03-11T00:00:00.000Z",
          },
          null,
          2,
        )
      }
`;
    }
    return this.kind === "claude"
      ? JSON.stringify({
        claudeAiOauth: {
          accessToken: this.#access,
          refreshToken: this.#refresh,
          expiresAt,
          scopes: ["user:inference", "user:profile"],
          subscriptionType: "max",
          rateLimitTier: "default_claude_max_5x",
        },
        mcpOAuth: { "other|1": { serverName: "other", accessToken: "mcp-1" } },
      })
      : JSON.stringify(
        {
          auth_mode: "chatgpt",
          OPENAI_API_KEY: null,
          tokens: {
            id_token: this.#idToken(),
            access_token: this.#access,
            refresh_token: this.#refresh,
            account_id: "account-1",
          },
          last_refresh: new Date().toISOString(),
        },
        null,
        2,
      );
  }

  /** The agent itself refreshes, outside of authsome. */
  refreshOutside(): void {
    this.#used.add(this.#refresh);
    if (this.keepsOlder) this.#older.add(this.#access);
    this.#issue();
  }

  /** The person ends the login in their account. */
  revoke(): void {
    this.#access = this.#refresh = "";
  }

  /** The API takes the access token no longer. */
  expire(): void {
    this.#access = "";
  }

  /** Answers any request to {@linkcode VENDOR_HOSTS}. */
  readonly handle = async (request: Request): Promise<Response> => {
    const { host, pathname } = new URL(request.url);
    const place = `${host}${pathname}`;
    if (TOKEN_ENDPOINTS.includes(place)) return await this.#token(request);
    if (place === "github.com/login/device/code") {
      await request.arrayBuffer();
      return Response.json({
        device_code: "device-1",
        user_code: "AAAA-BBBB",
        verification_uri: "https://github.com/login/device",
        expires_in: 900,
        interval: 1,
      });
    }
    const token = (request.headers.get("authorization") ?? "")
      .replace(/^bearer /i, "");
    const good = token !== "" &&
      (token === this.#access || this.#older.has(token));
    const response = good
      ? await this.serve(request)
      : Response.json({ error: { type: "authentication_error" } }, {
        status: 401,
      });
    if (!request.bodyUsed) await request.arrayBuffer();
    this.calls.push({ place, token, status: response.status });
    return response;
  };

  async #token(request: Request): Promise<Response> {
    const type = request.headers.get("content-type");
    const text = await request.text();
    const body = type?.includes("json")
      ? JSON.parse(text)
      : Object.fromEntries(new URLSearchParams(text));
    this.refreshes.push({ type, body });
    const token = body.refresh_token;
    if (body.device_code === "device-1") {
      return Response.json({
        access_token: this.#access,
        token_type: "bearer",
        scope: "read:user,repo",
      });
    }
    if (
      body.grant_type !== "refresh_token" || token !== this.#refresh ||
      this.kind === "copilot"
    ) {
      if (this.#used.has(token)) {
        this.reused = true;
        this.#access = this.#refresh = "";
      }
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    // Google's refresh tokens go on.
    if (this.kind !== "gemini") this.#used.add(token);
    this.#issue();
    const answer = this.#answer();
    await this.hold();
    return Response.json(answer);
  }

  #answer(): Record<string, unknown> {
    if (this.kind === "gemini") {
      return {
        access_token: this.#access,
        expires_in: 3599,
        scope: GEMINI_SCOPE,
        token_type: "Bearer",
        id_token: this.#idToken(),
      };
    }
    return this.kind === "claude"
      ? {
        token_type: "Bearer",
        access_token: this.#access,
        refresh_token: this.#refresh,
        expires_in: 28_800,
        scope: "user:inference user:profile",
      }
      : {
        id_token: this.#idToken(),
        access_token: this.#access,
        refresh_token: this.#refresh,
      };
  }

  #issue(): void {
    const serial = ++this.#serial;
    if (this.kind === "claude") {
      this.#access = `sk-ant-oat01-${this.canary}-${serial}`;
      this.#refresh = `sk-ant-ort01-${this.canary}-${serial}`;
      return;
    }
    if (this.kind === "gemini") {
      this.#access = `ya29.${this.canary}-${serial}`;
      this.#refresh = `1//${this.canary}`;
      return;
    }
    if (this.kind === "copilot") {
      this.#access = `gho_${this.canary}${serial}`;
      return;
    }
    const exp = Math.floor(Date.now() / 1000) + 864_000;
    this.#access = this.#jwt({ exp, jti: `access-${serial}` });
    this.#refresh = `rt_${this.canary}_${serial}`;
  }

  #idToken(): string {
    return this.#jwt({
      aud: ["app_EMoamEEZ73f0CkXaXp7hrann"],
      email: "you@example.com",
      sub: `subject-${this.canary}`,
      exp: Math.floor(Date.now() / 1000) + 3600,
      "https://api.openai.com/auth": {
        chatgpt_plan_type: "pro",
        chatgpt_user_id: "user-1",
        chatgpt_account_id: "account-1",
      },
    });
  }

  #jwt(claims: Record<string, unknown>): string {
    const part = (value: unknown) =>
      base64Url(new TextEncoder().encode(JSON.stringify(value)));
    return `${part({ alg: "RS256", typ: "JWT" })}.${
      part({
        "https://api.openai.com/auth": { chatgpt_account_id: "account-1" },
        ...claims,
      })
    }.${this.canary}`;
  }
}
