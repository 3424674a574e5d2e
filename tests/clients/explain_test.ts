// What explain tells of a request, beside what the proxy does with it: curl under the real command line.
import { expect } from "expect";
import { test } from "node:test";
import type { Credential } from "../../lib/connection/connection.ts";
import type { ReasonCode } from "../../lib/request/route.ts";
import { Secret } from "../../lib/secret.ts";
import { connect, withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { missing, withScenario } from "../support/scenario.ts";

interface Case {
  url: string;
  method?: string;
  /** Options of `run` and of `explain`. */
  options?: string[];
  /** The key that the server is shown; none if there is no credential. */
  key?: string;
}

/** By every reason there is: requests that meet it, or why `explain <url>` cannot know of it. */
const REASONS: Record<ReasonCode, readonly Case[] | string> = {
  routed: [
    { url: "https://api.openai.com/v1/models", key: "key-of-default" },
    {
      url: "https://api.openai.com/v1/models",
      options: ["--connection", "openai=my work"],
      key: "key-of-work",
    },
    {
      url: "https://api.github.com/user",
      options: ["--only", "github-pat"],
      key: "key-of-pat",
    },
  ],
  no_route: [
    { url: "https://example.com/" },
    { url: "https://slack.com/help" },
    { url: "https://api.openai.com/", options: ["--only", "github-pat"] },
  ],
  plain_http: [{ url: "http://api.openai.com/" }],
  policy: [
    { url: "https://example.com/", options: ["--policy", "deny"] },
    { url: "http://example.com/", options: ["--policy", "deny"] },
    {
      url: "https://api.openai.com/",
      options: ["--only", "github-pat", "--policy", "deny"],
    },
  ],
  tie: [{ url: "https://api.github.com/user" }],
  oauth_endpoint: [
    { url: "https://api.linear.app/oauth/token", method: "POST" },
    { url: "https://api.linear.app/OAUTH//token" },
  ],
  minting_refused: [
    {
      url: "https://api.github.com/user/keys",
      method: "POST",
      options: ["--only", "github-pat"],
    },
  ],
  method_refused: [
    { url: "https://api.openai.com/", method: "TRACE" },
    { url: "https://api.openai.com/", method: "TRACK" },
    { url: "http://api.openai.com/", method: "TRACE" },
    {
      url: "http://example.com/",
      method: "TRACE",
      options: ["--policy", "deny"],
    },
  ],
  credential_missing: [{ url: "https://api.groq.com/openai/v1/models" }],
  credential_expired: [
    { url: "https://slack.com/api/auth.test" },
    { url: "https://api.anthropic.com/v1/models" },
  ],
  refresh_failed: [{ url: "https://api.linear.app/graphql" }],
  rule: "it depends on the person's rules; tests/policy judges them",
  approval: "it depends on what the person says",
  limit: "it depends on the requests before",
  audit_unwritable: "it depends on the disk",
  authority_mismatch: "it depends on the headers",
  placeholder_misplaced: "it depends on the headers",
  not_signable: "it depends on the body",
  not_injectable: "it depends on the body",
  bad_request: "it depends on the bytes",
  destination_refused: "it depends on where the name leads",
  upstream_unreachable: "it depends on the network",
  upstream_untrusted: "it depends on the server",
  handshake_failed: "it depends on the client; explain --last tells",
  proxy_authentication_required: "it depends on the client",
  insufficient_scope: "it depends on the response; explain --last tells",
  proxy_unused: "no request came; explain --last tells",
};

const HOSTS = [
  ...new Set(
    Object.values(REASONS).flatMap((cases) =>
      typeof cases === "string" ? [] : cases.map(({ url }) => new URL(url).host)
    ),
  ),
];

/** The key of the request comes back as a header, backwards: as it is, the proxy would hide it. Nobody refreshes a token here. */
function server(request: Request): Response {
  const { pathname } = new URL(request.url);
  return pathname === "/oauth/token"
    // Long enough that explain is asked before the next try is due, on a busy machine too.
    ? new Response(null, { status: 503, headers: { "retry-after": "120" } })
    : new Response(null, {
      headers: {
        "x-key": backwards(
          request.headers.get("authorization")?.replace("Bearer ", "") ?? "",
        ),
      },
    });
}

function backwards(text: string): string {
  return [...text].reverse().join("");
}

function token(expired: boolean, renewable: boolean): Credential {
  return {
    type: "oauth2",
    accessToken: new Secret("token-1"),
    ...renewable
      ? { refreshToken: new Secret("refresh-1"), clientId: "client-1" }
      : {},
    expiresAt: Date.now() + (expired ? -60_000 : 3_600_000),
    scopes: [],
    requestedScopes: [],
    captured: {},
  };
}

async function furnish(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    await connect(broker, "openai", "key-of-default");
    await connect(broker, "openai", "key-of-work", "my work");
    await connect(broker, "github-pat", "key-of-pat");
    await broker.connections.saveClient({
      provider: "linear",
      revision: 0,
      clientId: "client-1",
      clientSecret: new Secret("secret-1"),
    });
    const saved: [string, Credential, ("invalid")?][] = [
      ["github", token(false, false)],
      ["slack", token(true, false)],
      ["linear", token(true, true)],
      ["groq", { type: "api_key", fields: {} }],
      [
        "anthropic",
        { type: "api_key", fields: { api_key: new Secret("key") } },
        "invalid",
      ],
    ];
    for (const [provider, credential, state] of saved) {
      await broker.connections.save({
        provider,
        name: "default",
        revision: 0,
        credential,
        state: state ?? "connected",
        createdAt: 0,
        updatedAt: 0,
      });
    }
  });
}

const CURL =
  `for word in "$@"; do curl -sS -o /dev/null -D - -X "\${word%% *}" "\${word#* }"; echo "= $?"; done`;

test(
  "explain gives the reason that the proxy gives, for every reason there is",
  {
    skip: await missing("curl"),
  },
  () =>
    withScenario({}, HOSTS, server, async ({ home, client }) => {
      await furnish(home);
      const all = Object.entries(REASONS).flatMap(([reason, cases]) =>
        typeof cases === "string" ? [] : cases.map((each) => ({
          reason,
          method: "GET",
          options: [] as string[],
          ...each,
        }))
      );
      const runs = Map.groupBy(all, ({ options }) => options.join(" "));
      for (const cases of runs.values()) {
        const { options } = cases[0]!;
        const { stdout } = await client([
          "sh",
          "-c",
          CURL,
          "sh",
          ...cases.map(({ method, url }) => `${method} ${url}`),
        ], { options });
        const answers = stdout.split(/^= \d+\n/m);
        for (const [index, { reason, url, method, key }] of cases.entries()) {
          const header = (name: string) =>
            new RegExp(`^${name}: *([^\\r]*)`, "im").exec(answers[index]!)?.[1];
          const answered = header("x-authsome-reason");
          const told = JSON.parse(
            (await runCommand(
              ["explain", url, "--method", method, ...options, "--json"],
              { home },
            )).stdout,
          );
          expect({ url, options, method, told: told.reason })
            .toEqual({ url, options, method, told: reason });
          expect({
            url,
            method,
            refused: told.action === "refuse" ? reason : undefined,
            key,
          }).toEqual({
            url,
            method,
            // Nobody in this test serves plain http.
            refused: answered === "upstream_unreachable" ? undefined : answered,
            key: backwards(header("x-key") ?? "") || undefined,
          });
        }
      }
    }),
);
