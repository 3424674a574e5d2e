/** Makes text from outside fit for logs and terminals. @module */
import { truncate } from "../text.ts";
import type { AuditEvent } from "./event.ts";

const MAX_LENGTH = 1024;
/** Control, format (bidi), surrogate, private and unassigned characters, and line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** Credentials of well-known shapes, wherever they stand. */
const SECRET_SHAPES =
  /\b(?:gh[pousr]_|github_pat_|sk-|sk_live_|rk_live_|xox[abeprs]-|xapp-|glpat-|AKIA|AIza|ya29\.|npm_|dop_v1_|hf_)[\w.-]{8,}|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\bbot\d+:[\w-]{20,}/g;

/** `text` with every character that could move a cursor or hide something written out, as in `\u001b`. */
export function neutralize(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) =>
      `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/**
 * The event as it may be written: known fields only, no query, no user information, nothing of the shape of a
 * credential, no control characters, no field longer than 1024 characters.
 */
export function redactEvent(event: AuditEvent): AuditEvent {
  return {
    event: event.event,
    profile: clean(event.profile)!,
    ...field("provider", event.provider),
    ...field("connection", event.connection),
    ok: event.ok,
    ...field("reason", event.reason),
    ...field("method", event.method),
    ...field("host", event.host?.replace(/^.*@/s, "")),
    ...(Number.isInteger(event.port) ? { port: event.port } : {}),
    ...field("path", event.path?.replace(/[?#].*$/s, "")),
    ...(Number.isInteger(event.status) ? { status: event.status } : {}),
    ...field("detail", event.detail),
  };
}

function field<K extends keyof AuditEvent>(
  name: K,
  value: string | undefined,
): { [P in K]?: string } {
  const text = clean(value);
  return (text === undefined ? {} : { [name]: text }) as { [P in K]?: string };
}

function clean(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = neutralize(
    value.slice(0, 4 * MAX_LENGTH).replace(SECRET_SHAPES, "[redacted]"),
  );
  return truncate(text, MAX_LENGTH);
}
