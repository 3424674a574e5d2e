/** Which connections serve another request (RFC 9112 §9.3), and which requests may be sent again. @module */
import type { ForwardedHead } from "./forwarded_head.ts";
import {
  type Field,
  type RequestHead,
  type ResponseHead,
  values,
} from "./http1.ts";

/** May be sent twice without harm (RFC 9110 §9.2.2), if it has no body. */
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE)$/;

/** Whether a head says that the connection ends after its message. */
export function asksToClose(fields: readonly Field[]): boolean {
  return fields.some(({ name, value }) =>
    name.length === 10 && name.toLowerCase() === "connection" &&
    /(?:^|,)\s*close\s*(?:,|$)/i.test(value)
  );
}

/** Whether the server, and so our client, takes no other request on this connection (RFC 9112 §9.3). */
export function closesAfter({ minor, fields }: ResponseHead): boolean {
  if (asksToClose(fields)) return true;
  return minor === 0 &&
    !values(fields, "connection").some((value) =>
      /\bkeep-alive\b/i.test(value)
    );
}

/** Whether a request may be sent again that a server perhaps has got already. */
export function isRepeatable(
  { framing, method }: RequestHead,
  { upgrade }: ForwardedHead,
): boolean {
  return framing.kind === "none" && !upgrade && IDEMPOTENT.test(method);
}
