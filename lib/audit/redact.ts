/** Makes text from outside fit for logs and terminals. @module */
import { defined } from "../object.ts";
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

/** `text` with `[redacted]` in the place of what has the shape of a well-known credential. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_SHAPES, "[redacted]");
}

/**
 * The event as it may be written: known fields only, no query, no user information, nothing of the shape of a
 * credential, no control characters, no field longer than 1024 characters.
 */
export function redactEvent(event: AuditEvent): AuditEvent {
  return defined({
    event: event.event,
    profile: clean(event.profile)!,
    provider: clean(event.provider),
    connection: clean(event.connection),
    ok: event.ok,
    reason: clean(event.reason),
    method: clean(event.method),
    host: clean(event.host?.replace(/^.*@/s, "")),
    port: whole(event.port),
    path: clean(event.path?.replace(/[?#].*$/s, "")),
    status: whole(event.status),
    run: clean(event.run),
    rule: clean(event.rule),
    operation: clean(event.operation),
    detail: clean(event.detail),
  });
}

function whole(value: number | undefined): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}

function clean(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = neutralize(
    value.slice(0, 4 * MAX_LENGTH).replace(SECRET_SHAPES, "[redacted]"),
  );
  return truncate(text, MAX_LENGTH);
}
