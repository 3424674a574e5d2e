/**
 * Puts a credential into the head of a request.
 *
 * Invariant: what the client sent in the credential's place is gone, whatever its case and number, and no value can begin
 * another field, parameter or segment.
 *
 * @module
 */
import { basicAuthorization } from "../bytes.ts";
import { secretField } from "../connection/export_variables.ts";
import type { Credential } from "../connection/connection.ts";
import { defined } from "../object.ts";
import type { Injection } from "../provider/definition.ts";
import { headerValue } from "../provider/injection.ts";
import { fieldNames, fillTemplate, onlyName } from "../template.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import { isPlaceholderSegment } from "./named_placeholder.ts";
import { serveAccepted } from "./places/accepted_places.ts";
import { parameterName, sameName } from "./places/field_names.ts";
import type { Route } from "./route.ts";

/** A field of the credential that is missing or cannot stand where it should. Names the field, never its value. */
export class InjectionError extends Error {
  override readonly name = "InjectionError";

  constructor(message: string, readonly field?: string) {
    super(message);
  }
}

/** The part of a head that a credential is put into. */
type Carrier = Pick<ForwardedHead, "target" | "fields">;

/** A credential and what templates may use besides its fields. */
export interface Injected {
  credential: Credential;
  values: Readonly<Record<string, string>>;
}

/**
 * Changes `head` as `route` says: injections, and default headers that the request does not have.
 *
 * @throws {InjectionError} if the credential does not fit.
 */
export function inject(
  head: Carrier,
  route: Pick<Route, "injections" | "defaultHeaders" | "accepts">,
  injected: Injected,
): void {
  /** Whether the credential is in the head, or will be when it is signed. */
  let isIn = false;
  for (const injection of route.injections) {
    const { target } = head;
    switch (injection.kind) {
      case "header":
        setField(
          head,
          injection.name,
          headerValue(injection, (template) => fill(template, injected)),
        );
        break;
      case "basic":
        setField(
          head,
          "Authorization",
          basicAuthorization(
            fill(injection.username, injected),
            fill(injection.password, injected),
          ),
        );
        break;
      case "query":
        head.target = withParameter(
          head.target,
          injection.name,
          fill(injection.value, injected),
        );
        break;
      case "path":
        head.target = withSegment(head.target, injection, injected);
        break;
      case "sigv4":
        // Last, over everything else: see signed().
    }
    isIn ||= /^(?:header|basic|query|sigv4)$/.test(injection.kind) ||
      head.target !== target;
  }
  if (route.injections.some(({ kind }) => kind === "header")) {
    head.fields = head.fields.filter((field) => !isOtherPlace(field));
  }
  if (route.accepts) {
    serveAccepted(head, route.accepts, isIn, (template, allowed) => {
      const value = fill(template, injected);
      if (allowed.test(value)) return value;
      throw new InjectionError("it has characters that cannot be sent there");
    });
  }
  for (const [name, value] of Object.entries(route.defaultHeaders)) {
    if (!head.fields.some((field) => sameName(field.name, name))) {
      head.fields.push({ name, value });
    }
  }
}

/**
 * Whether a client put the placeholder where the provider would take a key too: Anthropic's SDKs send it as a Bearer token,
 * and the definition has `x-api-key`. The credential is in its own header by now.
 */
function isOtherPlace({ name, value }: ForwardedHead["fields"][number]) {
  if (!sameName(name, "Authorization")) return false;
  const [, text] = /^[a-z]+[ \t]+(\S+)$/i.exec(value) ?? [];
  return text !== undefined && isPlaceholderSegment(text);
}

/** What a request is signed with. */
export interface SigningKeys {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary keys. */
  sessionToken?: string;
}

/**
 * The keys that `injection` signs with.
 *
 * @throws {InjectionError} if the credential has none.
 */
export function signingKeys(
  injection: Extract<Injection, { kind: "sigv4" }>,
  injected: Injected,
): SigningKeys {
  const { access_key_id, secret_access_key, session_token } = injection;
  const temporary = session_token !== undefined &&
    fieldNames(session_token).every((field) =>
      valueOf(field, injected) !== undefined
    );
  return {
    accessKeyId: fill(access_key_id, injected),
    secretAccessKey: fill(secret_access_key, injected),
    ...defined({
      sessionToken: temporary ? fill(session_token, injected) : undefined,
    }),
  };
}

function valueOf(
  field: string,
  { credential, values }: Injected,
): string | undefined {
  return secretField(credential, field)?.reveal() ??
    (Object.hasOwn(values, field) ? values[field] : undefined);
}

/** `template` with the values of `injected`. */
export function fill(template: string, injected: Injected): string {
  return fillTemplate(template, (field) => neededValue(field, injected));
}

function neededValue(field: string, injected: Injected): string {
  const value = valueOf(field, injected);
  if (value === undefined) {
    throw new InjectionError(`it has no field "${field}"`, field);
  }
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f]/.test(value)) {
    throw new InjectionError(
      `field "${field}" contains a line break or another control character`,
      field,
    );
  }
  return value;
}

function setField(head: Carrier, name: string, value: string): void {
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new InjectionError(
      `the value for ${name} cannot be sent in a header`,
    );
  }
  let at = -1;
  head.fields = head.fields.filter((field, index) => {
    const same = sameName(field.name, name);
    if (same && at < 0) at = index;
    return !same;
  });
  head.fields.splice(at < 0 ? head.fields.length : at, 0, { name, value });
}

/** The target with the parameter once: in the place of the first of its name, or at the end. */
function withParameter(target: string, name: string, value: string): string {
  const start = target.indexOf("?");
  const path = start < 0 ? target : target.slice(0, start);
  const parts = start < 0
    ? []
    : target.slice(start + 1).split("&").filter((part) => part !== "");
  const at = parts.findIndex((part) => parameterName(part) === name);
  const kept = parts.filter((part) => parameterName(part) !== name);
  kept.splice(
    at < 0 ? kept.length : at,
    0,
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return `${path}?${kept.join("&")}`;
}

/**
 * The path with its placeholder replaced, if it begins as the template does (`/bot{api_key}`). Any other path stays as
 * it is: the child then asks in its own name.
 */
function withSegment(
  target: string,
  { template }: Extract<Injection, { kind: "path" }>,
  injected: Injected,
): string {
  let rest = target;
  let filled = "";
  for (const part of template.split(/(\{[^{}]*\})/)) {
    const field = onlyName(part);
    if (field === undefined) {
      if (!rest.startsWith(part)) return target;
      filled += part;
      rest = rest.slice(part.length);
    } else {
      const [written = ""] = /^[^/?]*/.exec(rest) ?? [];
      if (!isPlaceholderSegment(written)) return target;
      filled += pathSegment(neededValue(field, injected));
      rest = rest.slice(written.length);
    }
  }
  return rest === "" || /^[/?]/.test(rest) ? filled + rest : target;
}

/** `:` and `@` need no escape in a path (RFC 3986 §3.3), and some servers want them as they are. */
function pathSegment(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll(
    "%40",
    "@",
  );
}
