/** An imitation of Anthropic's Messages API (platform.claude.com/docs/en/api/messages-streaming). @module */
import {
  argsText,
  type Asked,
  CALL_ID,
  eventStream,
  pieces,
  type Reply,
} from "./turn.ts";

interface MessagesRequest {
  model: string;
  stream?: boolean;
  tools?: { name: string }[];
  messages: { content: string | { type: string; tool_use_id?: string }[] }[];
}

/** What a request of the Messages API asks. */
export function askedMessages(
  { tools = [], messages }: MessagesRequest,
): Asked {
  return {
    tools: tools.map(({ name }) => name),
    called: messages.some(({ content }) =>
      Array.isArray(content) &&
      content.some((block) => block.tool_use_id === CALL_ID)
    ),
  };
}

/** The answer to it. */
export function messagesAnswer(
  { model, stream }: MessagesRequest,
  reply: Reply,
): Response {
  const block = reply.kind === "call"
    ? { type: "tool_use", id: CALL_ID, name: reply.name, input: {} }
    : { type: "text", text: "" };
  const stop = reply.kind === "call" ? "tool_use" : "end_turn";
  const message = {
    id: "msg_imitated",
    type: "message",
    role: "assistant",
    model,
    content: [] as unknown[],
    stop_reason: null as string | null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  };
  if (!stream) {
    const content = reply.kind === "call"
      ? { ...block, input: JSON.parse(argsText(reply.args)) }
      : { type: "text", text: reply.text };
    return Response.json({ ...message, content: [content], stop_reason: stop });
  }
  const deltas = reply.kind === "call"
    ? pieces(argsText(reply.args)).map((partial_json) => ({
      type: "input_json_delta",
      partial_json,
    }))
    : pieces(reply.text).map((text) => ({ type: "text_delta", text }));
  return eventStream([
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    ...deltas.map((delta) => ({
      type: "content_block_delta",
      index: 0,
      delta,
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: 20 },
    },
    { type: "message_stop" },
  ].map((event) => [event.type, event]));
}
