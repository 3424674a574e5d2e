/** The person's rules in `fetch`: they are asked before a request is sent, and told of what passes. @module */
import type { Control, Ruling } from "../request/control/control.ts";
import { Passing } from "../request/control/passing.ts";
import { defined } from "../object.ts";
import type { Refusal } from "../request/refusal.ts";
import type { Route } from "../request/route.ts";
import { withUrl } from "./conceal.ts";
import {
  authorityOf,
  bytesOf,
  type Outgoing,
  requestHead,
} from "./outgoing.ts";

/** A request that the rules let through. */
export interface Judged {
  rule?: string;
  operation?: string;
  passing?: Passing;
}

/** What becomes of `request` by the rules of `control`; a body that is streamed is not read. */
export async function ruled(
  control: Control,
  request: Outgoing,
  route?: Route,
): Promise<
  { kind: "allow"; judged: Judged } | { kind: "refuse"; refusal: Refusal }
> {
  const { provider, connection } = route ?? {};
  const about = defined({ provider, connection });
  let ruling: Ruling = await control.request({
    scheme: request.url.protocol === "https:" ? "https" : "http",
    authority: authorityOf(request.url),
    head: requestHead(request),
    ...about,
    ...defined({ paths: route?.paths }),
    asker: { gone: request.signal },
  });
  while (ruling.kind === "body") {
    const body = request.streamed ? undefined : await bytesOf(request);
    const { limit } = ruling;
    ruling = await ruling.settle(
      body && body.length <= limit ? body : undefined,
    );
  }
  if (ruling.kind === "refuse") {
    return { kind: "refuse", refusal: { ...about, ...ruling.refusal } };
  }
  request.signal.throwIfAborted();
  const { rule, operation, passage } = ruling;
  return {
    kind: "allow",
    judged: {
      ...defined({ rule, operation }),
      ...passage && { passing: new Passing(passage) },
    },
  };
}

/** Sends a request by `send`, and tells `passing` of it. */
export async function told(
  passing: Passing | undefined,
  request: Outgoing,
  send: () => Promise<Response>,
): Promise<Response> {
  if (!passing) return await send();
  try {
    return withPassage(await send(), request, passing);
  } catch (error) {
    passing.end();
    throw error;
  }
}

/** The same response to `request`, which tells `passing` of its body as it is read. */
export function withPassage(
  response: Response,
  request: Outgoing,
  passing: Passing,
): Response {
  const { framing } = requestHead(request);
  // Of a stream nobody knows its length before its end.
  if (framing.kind === "length") passing.sent(framing.length);
  const { status, headers, body } = response;
  // Its body is decoded by now.
  const fields = [...headers].filter(([name]) =>
    !/^content-(?:encoding|length)$/.test(name)
  ).map(([name, value]) => ({ name, value }));
  passing.head(status, fields);
  if (!body) {
    passing.end();
    return response;
  }
  const reader = body.getReader();
  const told = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          passing.body(value);
          controller.enqueue(value);
          return;
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      passing.end();
    },
    async cancel(reason) {
      passing.end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  const copy = withUrl(
    new Response(told, response),
    new URL(response.url || request.url),
  );
  if (response.redirected) {
    Object.defineProperty(copy, "redirected", { value: true });
  }
  return copy;
}
