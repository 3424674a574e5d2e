/** An imitation of the Gemini API (ai.google.dev/api/generate-content), streamed and not. @module */
import {
  argsText,
  type Asked,
  eventStream,
  pieces,
  type Reply,
} from "./turn.ts";

interface GenerateRequest {
  contents: { parts?: { functionResponse?: unknown }[] }[];
  tools?: { functionDeclarations?: { name: string }[] }[];
}

/** What a request for content asks. */
export function askedContent({ contents, tools = [] }: GenerateRequest): Asked {
  return {
    tools: tools.flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name }) => name)
    ),
    called: contents.some(({ parts = [] }) =>
      parts.some(({ functionResponse }) => functionResponse !== undefined)
    ),
  };
}

/** The answer to it: `stream` is whether `:streamGenerateContent?alt=sse` was asked. */
export function contentAnswer(reply: Reply, stream: boolean): Response {
  const parts = reply.kind === "call"
    ? [{
      functionCall: {
        name: reply.name,
        args: JSON.parse(argsText(reply.args)),
      },
    }]
    : (stream ? pieces(reply.text) : [reply.text]).map((text) => ({ text }));
  const chunk = (part: unknown, last: boolean) => ({
    candidates: [{
      content: { role: "model", parts: [part] },
      index: 0,
      ...last ? { finishReason: "STOP" } : {},
    }],
    usageMetadata: {
      promptTokenCount: 10,
      candidatesTokenCount: 20,
      totalTokenCount: 30,
    },
    modelVersion: "imitated",
  });
  const chunks = parts.map((part, i) => chunk(part, i === parts.length - 1));
  return stream ? eventStream(chunks) : Response.json(chunks[0]);
}
