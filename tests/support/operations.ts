/** Requests whose operations tests ask for. @module */
import { operationOf } from "../../lib/operation/operation_of.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { OperationsDefinition } from "../../lib/provider/operations/operations_definition.ts";

/** A request as a test writes it. */
export interface Call {
  method?: string;
  url: string;
  headers?: Record<string, string>;
  /** A text, bytes, or what is sent as JSON. */
  body?: unknown;
}

/** The operations of `call`, by its body if that is needed. */
export function operationsOf(
  definition: OperationsDefinition | undefined,
  { method = "POST", url, headers = {}, body }: Call,
): readonly Operation[] {
  const { host, target } = splitUrl(url);
  const isText = typeof body === "string" || body instanceof Uint8Array;
  const bytes = body === undefined
    ? undefined
    : body instanceof Uint8Array
    ? body
    : new TextEncoder().encode(
      typeof body === "string" ? body : JSON.stringify(body),
    );
  const fields = Object.entries(headers).map(([name, value]) => ({
    name,
    value,
  }));
  const typed = fields.some(({ name }) => /^content-type$/i.test(name));
  if (bytes && !isText && !typed) {
    fields.push({ name: "Content-Type", value: "application/json" });
  }
  const reading = operationOf({
    host,
    head: {
      method,
      target,
      minor: 1,
      fields,
      framing: bytes
        ? { kind: "length", length: bytes.length }
        : { kind: "none" },
    },
    ...definition && { definition },
  });
  return reading.kind === "known" ? reading.operations : reading.settle(bytes);
}

/** Host and target, without what the parser of URLs makes of a path. */
function splitUrl(url: string): { host: string; target: string } {
  const [, host = "", target = ""] =
    /^https?:\/\/([^/?#:]+)(?::\d+)?([^#]*)/.exec(url) ?? [];
  return { host, target: target.startsWith("/") ? target : `/${target}` };
}

/** Whether all of `operations` only read; `undefined` if nobody knows. */
export function allRead(
  operations: readonly Operation[],
): boolean | undefined {
  if (operations.some(({ reads }) => reads === false)) return false;
  return operations.every(({ reads }) => reads) ? true : undefined;
}
