/** What the imitated APIs answer. The credential was judged by then. @module */
import { gitHttpBackend } from "../../../tests/support/servers/git_server.ts";
import { modelAnswer } from "./models.ts";
import { goModule, npmAnswer, simpleIndex } from "./packages.ts";

/** Every host that answers. A pattern of a definition may lead to more; these are in the certificate. */
export const HOSTS: readonly string[] = [
  "api.openai.com",
  "api.anthropic.com",
  "api.cloudflare.com",
  "api.cohere.com",
  "api.github.com",
  "api.githubcopilot.com",
  "api.groq.com",
  "api.linear.app",
  "api.mistral.ai",
  "api.notion.com",
  "api.replicate.com",
  "api.stripe.com",
  "api.telegram.org",
  "api.twilio.com",
  "discord.com",
  "files.pythonhosted.org",
  "generativelanguage.googleapis.com",
  "github.com",
  "gitlab.com",
  "huggingface.co",
  "mcp.stripe.com",
  "pypi.org",
  "registry.npmjs.org",
  "s3.amazonaws.com",
  "s3.us-east-1.amazonaws.com",
  "slack.com",
  "sts.us-east-1.amazonaws.com",
  "upload.pypi.org",
];

const XML = { "content-type": "text/xml" };
const USER = { login: "octocat", id: 1, type: "User", plan: { name: "free" } };
const COPILOT_USER = {
  login: "octocat",
  access_type_sku: "copilot_standalone_seat_quota",
  copilot_plan: "individual",
  chat_enabled: true,
  cli_enabled: true,
  endpoints: {
    api: "https://api.githubcopilot.com",
    proxy: "https://api.githubcopilot.com",
    telemetry: "https://api.githubcopilot.com",
  },
  organization_login_list: [],
  organization_list: [],
  quota_snapshots: {},
};
const COPILOT_MODEL = {
  id: "gpt-5-mini",
  name: "gpt-5-mini",
  object: "model",
  vendor: "OpenAI",
  version: "gpt-5-mini",
  preview: false,
  model_picker_enabled: true,
  policy: { state: "enabled", terms: "" },
  billing: { is_premium: false, multiplier: 0 },
  supported_endpoints: ["/chat/completions"],
  capabilities: {
    type: "chat",
    family: "gpt-5-mini",
    object: "model_capabilities",
    tokenizer: "o200k_base",
    limits: { max_context_window_tokens: 128000, max_prompt_tokens: 64000 },
    supports: { streaming: true, tool_calls: true },
  },
};
const IDENTITY =
  "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>" +
  "<Arn>arn:aws:iam::123456789012:user/a</Arn><UserId>A</UserId><Account>123456789012</Account>" +
  "</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
const BUCKETS =
  "<?xml version='1.0'?><ListAllMyBucketsResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Owner><ID>1</ID></Owner>" +
  "<Buckets></Buckets></ListAllMyBucketsResult>";

/** Answers by method, host and path; the first that fits counts. */
const ANSWERS: readonly [
  RegExp,
  (request: Request) => Response | Promise<Response>,
][] = [
  [
    /^GET api\.openai\.com\/v1\/events/,
    () =>
      new Response("data: hello\n\n", {
        headers: { "content-type": "text/event-stream" },
      }),
  ],
  [
    /^GET api\.githubcopilot\.com\/models$/,
    () => Response.json({ object: "list", data: [COPILOT_MODEL] }),
  ],
  [/^GET .*\/models$/, () => Response.json({ object: "list", data: [] })],
  [/^GET api\.github\.com\/user$/, () => Response.json(USER)],
  [
    /^GET api\.github\.com\/copilot_internal\/user$/,
    () => Response.json(COPILOT_USER),
  ],
  [
    /^GET api\.github\.com\//,
    () =>
      Response.json({}, {
        headers: { "x-oauth-scopes": "repo, read:org, gist" },
      }),
  ],
  [
    /^POST api\.github\.com\/graphql/,
    () => Response.json({ data: { viewer: USER, repository: null } }),
  ],
  [
    /^POST api\.linear\.app\//,
    () => Response.json({ data: { viewer: { id: "1", name: "hello" } } }),
  ],
  [
    /^GET api\.replicate\.com\/v1\/account$/,
    () =>
      Response.json({
        type: "organization",
        username: "hello",
        name: "hello",
        github_url: "https://github.com/hello",
      }),
  ],
  [
    /^GET api\.notion\.com\/v1\/users/,
    () => Response.json({ object: "user", id: "1", results: [] }),
  ],
  [/^\w+ slack\.com\/api\//, () => Response.json({ ok: true, user: "hello" })],
  [
    /^\w+ api\.telegram\.org\//,
    () =>
      Response.json({
        ok: true,
        result: { id: 1, is_bot: true, first_name: "a", username: "a_bot" },
      }),
  ],
  [
    /^GET api\.stripe\.com\/v1\/balance/,
    () =>
      Response.json({
        object: "balance",
        available: [],
        pending: [],
        livemode: false,
      }),
  ],
  [
    /^GET api\.cloudflare\.com\/client\/v4\/(accounts|memberships)/,
    () => ofCloudflare([]),
  ],
  [
    /^GET api\.cloudflare\.com\//,
    () => ofCloudflare({ id: "1", email: "a@example.com" }),
  ],
  [
    /^GET generativelanguage\..*discovery/,
    () => Response.json({ kind: "discovery#restDescription" }),
  ],
  [
    /^GET huggingface\.co\/api\/whoami/,
    () =>
      Response.json({
        type: "user",
        id: "1",
        name: "hello",
        fullname: "hello",
        email: "a@example.com",
        orgs: [],
        auth: { type: "access_token" },
      }),
  ],
  [
    /^\w+ sts\.us-east-1\.amazonaws\.com\//,
    () => new Response(IDENTITY, { headers: XML }),
  ],
  [
    /^\w+ s3(\.us-east-1)?\.amazonaws\.com\//,
    () => new Response(BUCKETS, { headers: XML }),
  ],
  [/^POST mcp\.stripe\.com\//, mcpAnswer],
  [/^\w+ mcp\.stripe\.com\//, () => new Response(null, { status: 405 })],
  [/^POST upload\.pypi\.org\//, () => new Response("")],
  [
    /^\w+ github\.com\/team\/[^/]+\/info\/lfs\//,
    async (request) => {
      const { objects = [] } = await request.json().catch(() => ({}));
      return Response.json({ objects, locks: [], ours: [], theirs: [] }, {
        headers: { "content-type": "application/vnd.git-lfs+json" },
      });
    },
  ],
];

/** Served to everybody, as those services do. */
const PUBLIC: readonly [RegExp, (request: Request) => Response | undefined][] =
  [
    [/^GET pypi\.org\/simple\//, simpleIndex],
    [/^GET github\.com\/team\/module\?go-get=1/, goModule],
  ];

/** The answer to a request, or `undefined` for the usual one. */
export async function answerTo(
  request: Request,
  carries: boolean,
  repositories: string,
): Promise<Response | undefined> {
  const { host, pathname, search } = new URL(request.url);
  const line = `${request.method} ${host}${pathname}`;
  const open = PUBLIC.find(([pattern]) => pattern.test(line + search));
  if (open) return open[1](request);
  if (!carries) return;
  const said = await modelAnswer(request.clone());
  if (said) return said;
  const known = ANSWERS.find(([pattern]) => pattern.test(line));
  if (known) return await known[1](request);
  if (host === "registry.npmjs.org") return npmAnswer(request);
  if (host === "github.com") return await gitHttpBackend(repositories, request);
}

/** The two answers that a client of MCP needs, and none to a notification. */
async function mcpAnswer(request: Request): Promise<Response> {
  const { id, method, params } = await request.json();
  if (id === undefined) return new Response(null, { status: 202 });
  const result = method === "initialize"
    ? {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "imitation", version: "1.0.0" },
    }
    : { tools: [] };
  return Response.json({ jsonrpc: "2.0", id, result });
}

/** Cloudflare's envelope. */
function ofCloudflare(result: unknown): Response {
  return Response.json({
    success: true,
    errors: [],
    messages: [],
    result,
    result_info: { page: 1, per_page: 20, count: 0, total_count: 0 },
  });
}
