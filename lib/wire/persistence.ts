/** Which connections serve another request (RFC 9112 §9.3), and which requests may be sent again. @module */
import { type Field, type ResponseHead, values } from "./http1.ts";

/** May be sent twice without harm (RFC 9110 §9.2.2), if it has no body. */
export const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE)$/;

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
