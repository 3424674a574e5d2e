/**
 * Puts a credential into the body of a request, where a provider takes it there. Only a placeholder is replaced: every
 * other byte stays as the client sent it.
 *
 * @module
 */
import { holdsPlaceholder } from "../../placeholder.ts";
import type { Injection } from "../../provider/definition.ts";
import type { Field, Framing } from "../../wire/http1.ts";
import { fill, type Injected } from "../injector.ts";
import { connectionNames } from "../named_placeholder.ts";
import type { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";
import { jsonStrings } from "./json_members.ts";

type BodyInjection = Extract<Injection, { kind: "body" }>;

/** Longest body that is read, in bytes, unless the definition says otherwise. */
const MAX_BODY = 1_048_576;

/** What the body of a request has to do with its credential. */
export interface BodyStep {
  /** Longest that is read, in bytes. */
  limit: number;
  /**
   * The body with the credential in it; the same one if it holds no placeholder, and nothing if it is longer than `limit`
   * or cannot be read first.
   *
   * @throws {BodyInjectionError} if it cannot be put there.
   */
  inject(
    body: Uint8Array | undefined,
    injected: Injected,
  ): Uint8Array | undefined;
}

/** Why a credential cannot be put into a body. Never holds a part of it. */
export class BodyInjectionError extends Error {
  override readonly name = "BodyInjectionError";
}

/** What happens with the body of a request that takes `route`; `undefined`: nothing, it is passed on as it comes. */
export function bodyStep(
  { injections, connection }: Pick<Route, "injections" | "connection">,
  { fields, framing }: { fields: readonly Field[]; framing: Framing },
): BodyStep | undefined {
  const wanted = injections.filter((each) => each.kind === "body");
  if (wanted.length === 0 || framing.kind === "none") return undefined;
  const limit = longestRead({ injections });
  const form = formOf(fields);
  const isOnlyPlace = injections.every(({ kind }) =>
    kind === "body" || kind === "websocket"
  );
  const fitting = wanted.filter(({ format }) => format === form);
  if (fitting.length === 0) {
    // Elsewhere the credential has been put already.
    if (!isOnlyPlace) return undefined;
    throw new BodyInjectionError(`its body is not ${formsOf(wanted)}`);
  }
  return {
    limit,
    inject(body, injected) {
      if (body === undefined || body.length > limit) {
        if (!isOnlyPlace) return undefined;
        throw new BodyInjectionError(
          `its body cannot be read first: it needs HTTP/1.1 and at most ${limit} bytes`,
        );
      }
      return withMembers(body, fitting, connection, injected);
    },
  };
}

/** Longest body that is read for `route`, in bytes; 0: none is. */
export function longestRead({ injections }: Pick<Route, "injections">): number {
  return injections.reduce(
    (longest, each) =>
      each.kind === "body"
        ? Math.max(longest, each.max_bytes ?? MAX_BODY)
        : longest,
    0,
  );
}

/** The answer to a request whose body cannot be given the credential. */
export function bodyRefusal(
  { message }: BodyInjectionError,
  { provider, connection }: Pick<Route, "provider" | "connection">,
): Refusal {
  return {
    status: 403,
    reason: "not_injectable",
    message:
      `Cannot put the credential of ${provider}/${connection} into the request: ${message}`,
    hint: `authsome inspect ${provider}`,
    provider,
    connection,
  };
}

function formsOf(injections: readonly BodyInjection[]): string {
  const names = { json: "JSON", form: "a form" };
  const forms = [...new Set(injections.map(({ format }) => names[format]))];
  return `${forms.join(" or ")} in UTF-8 without an encoding`;
}

/** How the body is written; `undefined` if it is encoded, or otherwise. */
function formOf(fields: readonly Field[]): BodyInjection["format"] | undefined {
  const of = (wanted: string) =>
    fields.filter(({ name }) => name.toLowerCase() === wanted)
      .map(({ value }) => value.trim().toLowerCase());
  if (of("content-encoding").some((value) => value !== "identity")) {
    return undefined;
  }
  const [type = "", ...others] = of("content-type");
  const [, name = "", charset = "utf-8"] =
    /^([^;\s]*)\s*(?:;\s*charset="?([^";\s]*)"?\s*;?)?$/.exec(type) ?? [];
  if (others.length > 0 || !/^(?:utf-8|us-ascii)$/.test(charset)) {
    return undefined;
  }
  if (/^application\/(?:[a-z0-9.+-]+\+)?json$/.test(name)) return "json";
  return name === "application/x-www-form-urlencoded" ? "form" : undefined;
}

function withMembers(
  body: Uint8Array,
  injections: readonly BodyInjection[],
  connection: string,
  injected: Injected,
): Uint8Array {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(body);
  } catch {
    throw new BodyInjectionError("its body is not UTF-8");
  }
  let changed = text;
  for (const injection of injections) {
    const { format, name, value } = injection;
    const put = (text: string) => {
      checkName(text, connection);
      return fill(value, injected);
    };
    changed = format === "json"
      ? withJsonMember(changed, name, put)
      : withFormParameter(changed, name, put);
  }
  return changed === text ? body : new TextEncoder().encode(changed);
}

/** `text` with each placeholder at `path` replaced by what `put` gives for it. */
export function withJsonMember(
  text: string,
  path: string,
  put: (placeholder: string) => string,
): string {
  let places;
  try {
    places = jsonStrings(text, path);
  } catch {
    throw new BodyInjectionError("its body is not JSON");
  }
  for (const { from, to, value } of places.reverse()) {
    if (!holdsPlaceholder(value)) continue;
    text = text.slice(0, from) + JSON.stringify(put(value)) + text.slice(to);
  }
  return text;
}

function withFormParameter(
  text: string,
  name: string,
  put: (placeholder: string) => string,
): string {
  return text.split("&").map((part) => {
    const equals = part.indexOf("=");
    if (equals < 0 || decoded(part.slice(0, equals)) !== name) return part;
    const value = decoded(part.slice(equals + 1));
    return value !== undefined && holdsPlaceholder(value)
      ? part.slice(0, equals + 1) + encodeURIComponent(put(value))
      : part;
  }).join("&");
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** The connection is chosen before the body is read, so a placeholder in it may not name another one. */
export function checkName(placeholder: string, connection: string): void {
  const names = connectionNames(
    { target: "", fields: [{ name: "", value: placeholder }] },
    new Map([[connection, undefined]]),
  );
  if (names.some((name) => name !== connection)) {
    throw new BodyInjectionError(
      "a placeholder in a body cannot choose the connection; give its name in a header too",
    );
  }
}
