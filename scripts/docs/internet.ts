/** The APIs that the pages talk to, played by this machine: without the vault's credential the answer is 401. @module */

/** Names that lead to this machine. */
export const HOSTS = [
  "api.openai.com",
  "api.anthropic.com",
  "api.github.com",
  "api.acme-notes.com",
  "example.com",
];

/** Answers as the real API does, to the extent that the pages need. */
export async function answer(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  if (host === "example.com") return new Response("Example Domain\n");
  const secret = request.headers.get("x-api-key") ??
    request.headers.get("authorization")?.replace(/^(Bearer|token) /, "") ?? "";
  const [, provider, account] = /^(\w+)-secret-of-(\w+)$/.exec(secret) ?? [];
  const known = provider !== undefined && host.includes(provider) ||
    host === "api.acme-notes.com" && secret === "sk-key-of-the-file";
  if (!known) return Response.json({ error: "bad key" }, { status: 401 });
  const body = request.method === "POST" ? await request.json() : {};
  switch (`${host}${pathname}`) {
    case "api.github.com/user":
      return Response.json({
        login: account === "work" ? "you-at-work" : "you",
      });
    case "api.openai.com/v1/models":
      return Response.json({ object: "list", data: [] });
    case "api.openai.com/v1/chat/completions":
      return Response.json(chatCompletion(body.model));
    case "api.openai.com/v1/responses":
      return Response.json(openaiResponse(body.model));
    case "api.anthropic.com/v1/messages":
      return Response.json(anthropicMessage(body.model));
    case "api.acme-notes.com/v1/notes":
      return Response.json({ notes: ["buy milk"] });
  }
  // Telemetry of SDKs and whatever else.
  return Response.json({});
}

function chatCompletion(model: string) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{
      index: 0,
      message: { role: "assistant", content: "Hello." },
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

function openaiResponse(model: string) {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model,
    output: [{
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hello.", annotations: [] }],
    }],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    },
  };
}

function anthropicMessage(model: string) {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: "Hello." }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
}
