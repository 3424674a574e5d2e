/** Imitated models that say hello, streamed or not, as each vendor's API does. @module */

const TEXT = "hello";

/** The answer to a request for one of the models' APIs, or `undefined`. */
export async function modelAnswer(
  request: Request,
): Promise<Response | undefined> {
  if (request.method !== "POST") return;
  const { pathname } = new URL(request.url);
  if (pathname.endsWith("/v1/messages")) {
    const { stream, model } = await request.json();
    return stream ? messageEvents(model) : Response.json(message(model));
  }
  if (pathname.endsWith("/chat/completions")) {
    const { stream, model } = await request.json();
    return stream ? chunks(model) : Response.json(completion(model));
  }
  if (pathname.endsWith("/responses")) {
    const { stream, model } = await request.json();
    return stream ? responseEvents(model) : Response.json(response(model));
  }
  if (/:(streamGenerateContent|generateContent)$/.test(pathname)) {
    return pathname.endsWith(":generateContent")
      ? Response.json(CONTENT)
      : events([CONTENT]);
  }
  if (/count_?tokens$/i.test(pathname)) {
    return Response.json({ input_tokens: 1, totalTokens: 1 });
  }
}

/** Server-sent events: data alone, or what has a `type` under its name. */
function events(list: readonly (object | string)[]): Response {
  const text = list.map((event) => {
    const name = typeof event === "object" && "type" in event
      ? `event: ${event.type}\n`
      : "";
    const data = typeof event === "string" ? event : JSON.stringify(event);
    return `${name}data: ${data}\n\n`;
  }).join("");
  return new Response(text, {
    headers: { "content-type": "text/event-stream" },
  });
}

function message(model: string, content = [{ type: "text", text: TEXT }]) {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: content.length > 0 ? "end_turn" : null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
}

function messageEvents(model: string): Response {
  return events([
    { type: "message_start", message: message(model, []) },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    },
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: TEXT },
    },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: "message_stop" },
  ]);
}

function completion(model: string) {
  return {
    id: "1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{
      index: 0,
      message: { role: "assistant", content: TEXT },
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

function chunks(model: string): Response {
  const { choices: _, ...rest } = completion(model);
  const chunk = { ...rest, object: "chat.completion.chunk" };
  const choice = (delta: object, finish_reason: string | null) => ({
    ...chunk,
    choices: [{ index: 0, delta, finish_reason }],
  });
  return events([
    choice({ role: "assistant", content: TEXT }, null),
    choice({}, "stop"),
    "[DONE]",
  ]);
}

const ITEM = {
  id: "item_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: TEXT, annotations: [] }],
};

function response(model: string, output: readonly object[] = [ITEM]) {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: output.length > 0 ? "completed" : "in_progress",
    model,
    output,
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    },
  };
}

function responseEvents(model: string): Response {
  const at = { item_id: ITEM.id, output_index: 0, content_index: 0 };
  return events([
    { type: "response.created", response: response(model, []) },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...ITEM, status: "in_progress", content: [] },
    },
    {
      type: "response.content_part.added",
      ...at,
      part: { type: "output_text", text: "", annotations: [] },
    },
    { type: "response.output_text.delta", ...at, delta: TEXT },
    { type: "response.output_text.done", ...at, text: TEXT },
    { type: "response.output_item.done", output_index: 0, item: ITEM },
    { type: "response.completed", response: response(model) },
  ]);
}

const CONTENT = {
  candidates: [{
    content: { role: "model", parts: [{ text: TEXT }] },
    finishReason: "STOP",
    index: 0,
  }],
  usageMetadata: {
    promptTokenCount: 1,
    candidatesTokenCount: 1,
    totalTokenCount: 2,
  },
};
