/** The streaming endpoints of models, as agents with a login of their own ask them. Each turn says one sentence. @module */

import { ImitatedModels } from "../support/models/imitated_models.ts";

/** What the model says. */
export const SAID = "All is well here.";

/** Answers a request of an agent. */
export async function model(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  if (/(?:^|\.)(?:github|githubcopilot)\.com$/.test(host)) {
    const models = new ImitatedModels();
    models.take({ text: SAID });
    return await models.respond(request);
  }
  const text = await request.text();
  if (pathname === "/v1/messages") {
    const { model, stream } = JSON.parse(text);
    return stream ? events(messageEvents(model)) : Response.json({
      ...message(model),
      content: [{ type: "text", text: SAID }],
      stop_reason: "end_turn",
    });
  }
  if (pathname.endsWith("/responses") && request.method === "POST") {
    return events(responseEvents());
  }
  if (pathname === "/v1internal:loadCodeAssist") {
    const tier = { id: "standard-tier", name: "Standard" };
    return Response.json({
      currentTier: tier,
      allowedTiers: [{ ...tier, isDefault: true }],
      cloudaicompanionProject: "project-1",
    });
  }
  if (pathname === "/v1internal:streamGenerateContent") {
    return new Response(`data: ${JSON.stringify(codeAssist())}\n\n`, {
      headers: { "content-type": "text/event-stream" },
    });
  }
  if (pathname === "/v1internal:generateContent") {
    return Response.json(codeAssist());
  }
  if (pathname === "/tokeninfo") {
    return Response.json({
      expires_in: 3599,
      scope: "https://www.googleapis.com/auth/cloud-platform",
    });
  }
  if (pathname === "/oauth2/v2/userinfo") {
    return Response.json({ id: "1", email: "you@example.com" });
  }
  if (pathname === "/api/oauth/profile") {
    return Response.json({
      account: { uuid: "account-1", email: "you@example.com" },
      organization: {
        uuid: "organization-1",
        organization_type: "claude_max",
        rate_limit_tier: "default_claude_max_5x",
      },
    });
  }
  if (pathname.endsWith("/wham/accounts/check")) {
    return Response.json({
      accounts: [{
        id: "account-1",
        workspace_backend_origin: "NO_CONSTRAINT",
        account_routing_override: "NO_CONSTRAINT",
      }],
      account_ordering: ["account-1"],
      default_account_id: "account-1",
    });
  }
  if (pathname.endsWith("/ps/plugins/installed")) {
    return Response.json({ plugins: [], pagination: {} });
  }
  if (pathname.endsWith("/codex/models")) return Response.json({ models: [] });
  return Response.json({});
}

function codeAssist() {
  return {
    response: {
      candidates: [{
        content: { role: "model", parts: [{ text: SAID }] },
        finishReason: "STOP",
        index: 0,
      }],
      usageMetadata: {
        promptTokenCount: 1,
        candidatesTokenCount: 1,
        totalTokenCount: 2,
      },
    },
    traceId: "trace-1",
  };
}

type Event = Record<string, unknown> & { type: string };

function events(list: readonly Event[]): Response {
  const text = list.map((event) =>
    `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
  ).join("");
  return new Response(text, {
    headers: { "content-type": "text/event-stream" },
  });
}

function message(model: string) {
  return {
    ...{ id: "msg_1", type: "message", role: "assistant", model },
    ...{ content: [], stop_reason: null, stop_sequence: null },
    usage: { input_tokens: 1, output_tokens: 1 },
  };
}

function messageEvents(model: string): Event[] {
  return [
    { type: "message_start", message: message(model) },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    },
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: SAID },
    },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: "message_stop" },
  ];
}

function responseEvents(): Event[] {
  const item = {
    ...{ type: "message", id: "item_1", role: "assistant" },
    content: [{ type: "output_text", text: SAID, annotations: [] }],
  };
  return [
    { type: "response.created", response: { id: "resp_1" } },
    { type: "response.output_item.done", output_index: 0, item },
    {
      type: "response.completed",
      response: {
        ...{ id: "resp_1", output: [item], status: "completed" },
        usage: {
          ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
          input_tokens_details: null,
          output_tokens_details: null,
        },
      },
    },
  ];
}
