/** One check of `doctor`. @module */
import { AuthsomeError } from "../../../errors.ts";
import { frames } from "../../frames.ts";

/** One thing that was looked at. */
export interface Check {
  name: string;
  ok: boolean;
  message: string;
  /** What mends it, unless it is `ok`. */
  fix?: string;
  /** Why a client does not work, in a stable word. */
  reason?: string;
  exitCode?: number;
  /** Stack of an unexpected error, for `--verbose`. */
  trace?: string;
}

/** A host that exists only behind our proxy; `.invalid` is in no DNS (RFC 2606). */
export const CANARY_HOST = "doctor.invalid";

/** The check that `error` fails. */
export function failure(name: string, error: unknown): Check {
  if (!(error instanceof AuthsomeError)) {
    return {
      trace: frames(error),
      name,
      ok: false,
      message: `it cannot be examined (${
        error instanceof Error ? error.name : "unknown"
      })`,
      fix: "authsome doctor --verbose",
      exitCode: 1,
    };
  }
  return {
    name,
    ok: false,
    message: error.message,
    fix: error.hint || "authsome doctor --verbose",
    exitCode: error.exitCode,
  };
}
