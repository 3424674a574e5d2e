/** @module */
import type { RequestHead } from "../../wire/http1.ts";
import { type Endpoint, formatAuthority } from "../../wire/target.ts";

/** The head of a request of which nothing else is known. `target` is a path and a query. */
export function bareHead(
  method: string,
  authority: Endpoint,
  target: string,
): RequestHead {
  return {
    ...{ method, target, minor: 1 },
    fields: [{ name: "Host", value: formatAuthority(authority) }],
    framing: { kind: "none" },
  };
}
