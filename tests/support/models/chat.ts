/** An imitation of OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat-streaming), which others speak too. @module */
import {
  argsText,
  type Asked,
  CALL_ID,
  eventStream,
  pieces,
  type Reply,
} from "./turn.ts";

interface ChatRequest {
  model: string;
  stream?: boolean;
  tools?: { function?: { name: string }; name?: string }[];
  messages: { role: string; tool_call_id?: string }[];
}

/** What a request for a chat completion asks. */
export function askedChat({ tools = [], messages }: ChatRequest): Asked {
  return {
    tools: tools.map((tool) => tool.function?.name ?? tool.name ?? ""),
    called: messages.some((message) => message.tool_call_id === CALL_ID),
  };
}

/** The answer to it. */
export function chatAnswer(
  { model, stream }: ChatRequest,
  reply: Reply,
): Response {
  const completion = { id: "chatcmpl-imitated", created: 1, model };
  const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
  const finish_reason = reply.kind === "call" ? "tool_calls" : "stop";
  const call = reply.kind === "call"
    ? {
      id: CALL_ID,
      type: "function",
      function: { name: reply.name, arguments: argsText(reply.args) },
    }
    : undefined;
  if (!stream) {
    const message = {
      role: "assistant",
      content: reply.kind === "call" ? null : reply.text,
      ...call && { tool_calls: [call] },
    };
    return Response.json({
      ...completion,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason }],
      usage,
    });
  }
  const deltas = call
    ? [
      {
        tool_calls: [{
          index: 0,
          ...call,
          function: { name: call.function.name, arguments: "" },
        }],
      },
      ...pieces(call.function.arguments).map((text) => ({
        tool_calls: [{ index: 0, function: { arguments: text } }],
      })),
    ]
    : pieces(reply.kind === "text" ? reply.text : "")
      .map((content) => ({ content }));
  const chunk = { ...completion, object: "chat.completion.chunk" };
  const choice = (delta: unknown, finish_reason: string | null = null) => ({
    ...chunk,
    choices: [{ index: 0, delta, finish_reason }],
  });
  return eventStream([
    choice({ role: "assistant", content: "" }),
    ...deltas.map((delta) => choice(delta)),
    choice({}, finish_reason),
    { ...chunk, choices: [], usage },
    "[DONE]",
  ]);
}
