/** What each protocol answers. @module */
import type { Operation } from "../operation.ts";
import type { RequestBody } from "../request_body.ts";
import type { RequestView } from "../request_view.ts";

/** Reads the operations of requests that name them in one way. */
export interface ProtocolReader {
  /** Whether the body of `view` is needed; asked only if it has one. */
  asksBody(view: RequestView): boolean;
  /**
   * The operations of `view`; `undefined` if it names none, so that its method says what it does. An operation without
   * `reads` is one of which nobody knows.
   *
   * @param isRead whether the definition says of an operation that it only reads.
   */
  read(
    view: RequestView,
    body: RequestBody,
    isRead: (name: string) => boolean,
  ): readonly Operation[] | undefined;
}

/** Whether every method that a server may take the request for is one of `methods`. */
export function hasOnly(
  { methods }: RequestView,
  ...allowed: readonly string[]
): boolean {
  return [...methods].every((each) => allowed.includes(each));
}
