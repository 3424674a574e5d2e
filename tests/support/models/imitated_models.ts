/**
 * Imitations of the model vendors' APIs, all in one handler for `local_api.ts`: Anthropic Messages, OpenAI Responses and Chat
 * Completions, Gemini, and GitHub Copilot, each streaming. The model takes the turn that a test gives it.
 *
 * @module
 */
import { askedMessages, messagesAnswer } from "./anthropic.ts";
import { askedChat, chatAnswer } from "./chat.ts";
import { askedContent, contentAnswer } from "./gemini.ts";
import { askedResponses, responsesAnswer } from "./responses.ts";
import { type Asked, type Reply, replyOf, type Turn } from "./turn.ts";

/** Hosts that the imitations answer for. */
export const MODEL_HOSTS = [
  "api.anthropic.com",
  "api.openai.com",
  "generativelanguage.googleapis.com",
  "api.github.com",
  "api.githubcopilot.com",
] as const;

/** A request for an answer of the model. */
export interface ModelRequest {
  /** Method, host and path. */
  line: string;
  headers: Headers;
  /** Whether the answer was streamed. */
  streamed: boolean;
  /** Whether it was answered with the tool's call, or came with its result. */
  tool: "called" | "answered" | undefined;
}

/** All of them, with one turn at a time. */
export class ImitatedModels {
  /** What asked for an answer of the model since the turn began. */
  readonly asked: ModelRequest[] = [];
  /** Every other request, as method, host and path. */
  readonly others: string[] = [];
  #turn: Turn = { text: "" };

  /** Begins with a turn. */
  take(turn: Turn): void {
    this.#turn = turn;
    this.asked.length = 0;
    this.others.length = 0;
  }

  async respond(request: Request): Promise<Response> {
    const { host, pathname } = new URL(request.url);
    const line = `${request.method} ${host}${pathname}`;
    const answer = request.method === "POST" ? apiOf(pathname) : undefined;
    if (!answer) {
      this.others.push(line);
      return besides(request, pathname);
    }
    const headers = new Headers(request.headers);
    const { asked, respond, streamed } = answer(await request.json());
    const reply = replyOf(this.#turn, asked);
    this.asked.push({
      line,
      headers,
      streamed,
      tool: reply.kind === "call"
        ? "called"
        : asked.called
        ? "answered"
        : undefined,
    });
    return respond(reply);
  }
}

/** A request that was read, and how it is answered. */
interface Read {
  asked: Asked;
  streamed: boolean;
  respond(reply: Reply): Response;
}

// deno-lint-ignore no-explicit-any -- A body is what the agent sends; each imitation names what it reads of it.
type Api = (body: any) => Read;

function apiOf(pathname: string): Api | undefined {
  if (/\/v1\/messages$/.test(pathname)) {
    return (body) => ({
      asked: askedMessages(body),
      streamed: body.stream === true,
      respond: (reply) => messagesAnswer(body, reply),
    });
  }
  if (/\/chat\/completions$/.test(pathname)) {
    return (body) => ({
      asked: askedChat(body),
      streamed: body.stream === true,
      respond: (reply) => chatAnswer(body, reply),
    });
  }
  if (/\/responses$/.test(pathname)) {
    return (body) => ({
      asked: askedResponses(body),
      streamed: body.stream === true,
      respond: (reply) => responsesAnswer(body, reply),
    });
  }
  const [, method] =
    /:(streamGenerateContent|generateContent)$/.exec(pathname) ?? [];
  if (method !== undefined) {
    const streamed = method === "streamGenerateContent";
    return (body) => ({
      asked: askedContent(body),
      streamed,
      respond: (reply) => contentAnswer(reply, streamed),
    });
  }
}

/** What agents ask beside the model. */
function besides(request: Request, pathname: string): Response {
  // No WebSocket: the agent goes on with HTTP.
  if (
    request.headers.has("upgrade") || request.headers.has("sec-websocket-key")
  ) {
    return new Response(null, { status: 426 });
  }
  if (pathname.endsWith("/count_tokens")) {
    return Response.json({ input_tokens: 10 });
  }
  if (pathname.endsWith(":countTokens")) {
    return Response.json({ totalTokens: 10 });
  }
  if (pathname === "/copilot_internal/user") {
    return Response.json({
      login: "octocat",
      access_type_sku: "copilot_standalone_seat_quota",
      copilot_plan: "individual",
      chat_enabled: true,
      cli_enabled: true,
      assigned_date: "2026-01-01T00:00:00Z",
      endpoints: {
        api: "https://api.githubcopilot.com",
        proxy: "https://api.githubcopilot.com",
        telemetry: "https://api.githubcopilot.com",
        "origin-tracker": "https://api.githubcopilot.com",
      },
      organization_login_list: [],
      organization_list: [],
      quota_snapshots: {},
    });
  }
  if (pathname === "/user") {
    return Response.json({ login: "octocat", id: 1 });
  }
  if (pathname === "/models") {
    return Response.json({
      object: "list",
      data: ["gpt-5-mini", "claude-sonnet-4.5", "gpt-5.2"].map(copilotModel),
    });
  }
  return Response.json({ message: "Not Found" }, { status: 404 });
}

/** A model as GitHub Copilot lists it. */
function copilotModel(id: string): Record<string, unknown> {
  return {
    id,
    name: id,
    object: "model",
    vendor: "OpenAI",
    version: id,
    preview: false,
    model_picker_enabled: true,
    policy: { state: "enabled", terms: "" },
    billing: { is_premium: false, multiplier: 0 },
    supported_endpoints: ["/chat/completions"],
    capabilities: {
      type: "chat",
      family: id,
      object: "model_capabilities",
      tokenizer: "o200k_base",
      limits: {
        max_context_window_tokens: 128000,
        max_output_tokens: 16384,
        max_prompt_tokens: 64000,
      },
      supports: {
        streaming: true,
        tool_calls: true,
        parallel_tool_calls: true,
      },
    },
  };
}
