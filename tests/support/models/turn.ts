/** What an imitated model does with a conversation, whatever the vendor's API. @module */

/** The turn that the model takes: it asks for a tool of the agent, reads the result, and says `text`. */
export interface Turn {
  /** The tool by the agent's own name, and its arguments. Absent: the model only talks. */
  tool?: { name: string; args: Readonly<Record<string, unknown>> | string };
  /** What it says at the end. */
  text: string;
}

/** What of a request decides the model's answer. */
export interface Asked {
  /** Names of the tools that the agent offers. */
  tools: readonly string[];
  /** Whether the conversation has the result of the call already. */
  called: boolean;
}

/** What the model answers: the call, or the text. */
export type Reply =
  | {
    kind: "call";
    name: string;
    args: Readonly<Record<string, unknown>> | string;
  }
  | { kind: "text"; text: string };

/** Id of the one call of a turn. */
export const CALL_ID = "call_imitated_0001";

/**
 * What `turn` answers. An agent also asks for titles and the like, without a tool: those get the text. If it offers tools,
 * and not the one that is meant, the text names them, so that a new version of an agent is understood by its failure.
 */
export function replyOf({ tool, text }: Turn, { tools, called }: Asked): Reply {
  if (!tool || called || tools.length === 0) return { kind: "text", text };
  return tools.includes(tool.name) ? { kind: "call", ...tool } : {
    kind: "text",
    text: `There is no tool ${tool.name}: ${tools.join(", ")}`,
  };
}

/** The arguments of a call as text. */
export function argsText(args: Readonly<Record<string, unknown>> | string) {
  return typeof args === "string" ? args : JSON.stringify(args);
}

/** A text in pieces, as a model says it. */
export function pieces(text: string, length = 12): string[] {
  return text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? [];
}

/** Server-sent events (WHATWG HTML §9.2), one by one; an event is its data, or its name and its data. */
export function eventStream(
  events: readonly (unknown | [name: string, data: unknown])[],
): Response {
  const left = events.map((event) => {
    const [name, data] = Array.isArray(event) ? event : [undefined, event];
    const text = typeof data === "string" ? data : JSON.stringify(data);
    return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
  });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const event = left.shift();
      if (event === undefined) return controller.close();
      // In the next turn of the event loop, so that each is sent on its own.
      await new Promise((resolve) => setTimeout(resolve, 1));
      controller.enqueue(new TextEncoder().encode(event));
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    },
  });
}
