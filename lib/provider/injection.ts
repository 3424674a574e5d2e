/** What an injection is made of. @module */
import { fieldNames } from "../template.ts";
import type { Injection } from "./definition.ts";

/** The templates of `injection`, in the order in which they are written. */
export function templatesOf(injection: Injection): string[] {
  switch (injection.kind) {
    case "basic":
      return [injection.username, injection.password];
    case "path":
      return [injection.template];
    case "sigv4":
      return [
        injection.access_key_id,
        injection.secret_access_key,
        ...injection.session_token === undefined
          ? []
          : [injection.session_token],
      ];
    default:
      return [injection.value];
  }
}

/** The value of a header; `fill` replaces the names of a template. */
export function headerValue(
  { value, schemes = [] }: Extract<Injection, { kind: "header" }>,
  fill: (template: string) => string,
): string {
  const [field] = fieldNames(value);
  if (schemes.length === 0 || field === undefined) return fill(value);
  const own = fill(`{${field}}`);
  return schemes.some((scheme) => own.startsWith(`${scheme} `))
    ? own
    : fill(value);
}

/** Which part of a request it is, and what stands there; `{field}` stands for a secret. */
export function injectionLine(injection: Injection): [string, string] {
  switch (injection.kind) {
    case "header":
      return ["header", `${injection.name}: ${injection.value}`];
    case "basic":
      return [
        "header",
        `Authorization: Basic ${injection.username}:${injection.password}`,
      ];
    case "query":
      return ["query", `${injection.name}=${injection.value}`];
    case "path":
      return ["path", injection.template];
    case "sigv4":
      return ["signature", `AWS SigV4 with the key ${injection.access_key_id}`];
    case "body":
      return ["body", `${injection.name} in ${injection.format}`];
    case "websocket":
      return ["message", `${injection.name} over the WebSocket`];
  }
}
