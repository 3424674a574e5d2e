/** An imitation of OpenAI's Responses API (platform.openai.com/docs/api-reference/responses-streaming). @module */
import {
  argsText,
  type Asked,
  CALL_ID,
  eventStream,
  pieces,
  type Reply,
} from "./turn.ts";

interface ResponsesRequest {
  model: string;
  stream?: boolean;
  tools?: Tool[];
  input: string | { type?: string; call_id?: string; tools?: Tool[] }[];
}

/** A tool, or a namespace of tools; newer agents say them in an item of the conversation. */
interface Tool {
  name?: string;
  tools?: Tool[];
}

function namesOf({ name, tools }: Tool): string[] {
  return tools?.flatMap(namesOf) ?? (name === undefined ? [] : [name]);
}

/** What a request of the Responses API asks. */
export function askedResponses({ tools = [], input }: ResponsesRequest): Asked {
  return {
    tools: [
      ...tools,
      ...Array.isArray(input) ? input.flatMap(({ tools = [] }) => tools) : [],
    ].flatMap(namesOf),
    called: Array.isArray(input) &&
      input.some(({ type, call_id }) =>
        call_id === CALL_ID && /_output$/.test(type ?? "")
      ),
  };
}

/** The answer to it. A call whose arguments are text is one of a custom tool. */
export function responsesAnswer(
  { model, stream }: ResponsesRequest,
  reply: Reply,
): Response {
  const item = itemOf(reply);
  const response = {
    id: "resp_imitated",
    object: "response",
    created_at: 1,
    status: "in_progress",
    model,
    output: [] as unknown[],
  };
  const completed = {
    ...response,
    status: "completed",
    output: [item],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 30,
    },
  };
  if (!stream) return Response.json(completed);
  const at = { item_id: item.id, output_index: 0 };
  const events: { type: string; [member: string]: unknown }[] = [
    { type: "response.created", response },
    { type: "response.in_progress", response },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: emptied(item),
    },
    ...deltasOf(reply, at),
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: completed },
  ];
  return eventStream(
    events.map((event, sequence_number) => [
      event.type,
      { ...event, sequence_number },
    ]),
  );
}

type Item = { id: string; type: string; [member: string]: unknown };

function itemOf(reply: Reply): Item {
  if (reply.kind === "text") {
    return {
      id: "msg_imitated",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: reply.text, annotations: [] }],
    };
  }
  const call = { call_id: CALL_ID, name: reply.name, status: "completed" };
  return typeof reply.args === "string"
    ? {
      id: "ctc_imitated",
      type: "custom_tool_call",
      ...call,
      input: reply.args,
    }
    : {
      id: "fc_imitated",
      type: "function_call",
      ...call,
      arguments: argsText(reply.args),
    };
}

/** An item before its text has come. */
function emptied(item: Item): Item {
  return {
    ...item,
    status: "in_progress",
    ..."content" in item ? { content: [] } : {},
    ..."arguments" in item ? { arguments: "" } : {},
    ..."input" in item ? { input: "" } : {},
  };
}

function deltasOf(
  reply: Reply,
  at: { item_id: string; output_index: number },
): { type: string; [member: string]: unknown }[] {
  if (reply.kind === "call") {
    const text = argsText(reply.args);
    const [kind, member] = typeof reply.args === "string"
      ? ["custom_tool_call_input", "input"]
      : ["function_call_arguments", "arguments"];
    return [
      ...pieces(text).map((delta) => ({
        type: `response.${kind}.delta`,
        ...at,
        delta,
      })),
      { type: `response.${kind}.done`, ...at, [member!]: text },
    ];
  }
  const part = { ...at, content_index: 0 };
  const content = { type: "output_text", text: "", annotations: [] };
  return [
    { type: "response.content_part.added", ...part, part: content },
    ...pieces(reply.text).map((delta) => ({
      type: "response.output_text.delta",
      ...part,
      delta,
    })),
    { type: "response.output_text.done", ...part, text: reply.text },
    {
      type: "response.content_part.done",
      ...part,
      part: { ...content, text: reply.text },
    },
  ];
}
