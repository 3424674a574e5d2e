/**
 * Puts a credential into a message that a client sends over a WebSocket, where a provider takes it there: only a
 * placeholder is replaced.
 *
 * @module
 */
import { valueAt } from "../../object.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import type { Injection } from "../../provider/definition.ts";
import type { ForwardedHead } from "../../wire/forwarded_head.ts";
import { fill, type Injected } from "../injector.ts";
import type { Route } from "../route.ts";
import {
  BodyInjectionError,
  checkName,
  withJsonMember,
} from "./body_injection.ts";

type MessageInjection = Extract<Injection, { kind: "websocket" }>;

/** The injections for the messages of the connection that `head` asks for; none if it is no WebSocket. */
export function messageInjections(
  { injections }: Pick<Route, "injections">,
  { upgrade, fields }: Pick<ForwardedHead, "upgrade" | "fields">,
): MessageInjection[] {
  const wanted = injections.filter((each) => each.kind === "websocket");
  const isWebSocket = wanted.length > 0 && upgrade &&
    fields.some(({ name, value }) =>
      name.toLowerCase() === "upgrade" && /\bwebsocket\b/i.test(value)
    );
  return isWebSocket ? wanted : [];
}

/** Compressed messages could not be read, so no extension is offered to the server. */
export function withoutExtensions(head: Pick<ForwardedHead, "fields">): void {
  head.fields = head.fields.filter(({ name }) =>
    name.toLowerCase() !== "sec-websocket-extensions"
  );
}

/**
 * `text` with the credential in the place of the placeholder.
 *
 * @throws {BodyInjectionError} if the placeholder is where none is replaced.
 */
export function withCredential(
  text: string,
  injections: readonly MessageInjection[],
  connection: string,
  injected: Injected,
): string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new BodyInjectionError(
      "the message that holds the placeholder is not JSON",
    );
  }
  for (const { name, value, match = {} } of injections) {
    const isMeant = Object.entries(match).every(([path, wanted]) =>
      valueAt(message, path) === wanted
    );
    if (!isMeant) continue;
    text = withJsonMember(text, name, (placeholder) => {
      checkName(placeholder, connection);
      return fill(value, injected);
    });
  }
  if (holdsPlaceholder(text)) {
    throw new BodyInjectionError(
      "the placeholder is in a message, or in a member of it, where no credential is put",
    );
  }
  return text;
}
