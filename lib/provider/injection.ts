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
