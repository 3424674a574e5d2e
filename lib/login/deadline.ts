/** How long a login waits for the person. @module */
import { DEFAULT_CONNECTION } from "../names.ts";
import { connectionOption } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";
import type { Clock } from "../ports/system.ts";
import { counted } from "../text.ts";

/** Seconds that a person has to log in: 10 minutes. */
export const LOGIN_SECONDS = 600;
/** Seconds where they must register an app with the provider first: 30 minutes. */
export const REGISTRATION_SECONDS = 1800;

/** Why the wait is over. */
interface DeadlineReasons {
  interrupted: AuthsomeError;
  late(seconds: number): AuthsomeError;
}

/** The reasons of a login to `provider` as `connection`, which `again` starts once more. */
export function loginReasons(
  provider: string,
  connection: string = DEFAULT_CONNECTION,
  again = `authsome login ${provider}${connectionOption(connection)}`,
): DeadlineReasons {
  return {
    interrupted: new AuthsomeError(
      "Interrupted",
      `Login to ${provider} was interrupted`,
      "",
      { subject: { provider } },
    ),
    late: (seconds) =>
      new AuthsomeError(
        "InputCancelled",
        `Cannot log in to ${provider}: nobody answered within ${
          counted(seconds, "second")
        }`,
        `${again} --timeout ${Math.min(seconds * 3, 86_400)}`,
        { subject: { provider } },
      ),
  };
}

/** When a login ends unless the person has answered. */
export interface Deadline {
  /** Epoch milliseconds. */
  readonly endsAt: number;
  /** Makes it {@linkcode REGISTRATION_SECONDS} from the start, unless the person chose the time. */
  extend(): void;
}

/**
 * A signal that aborts when `interrupted` does and after `seconds` (default 600), with the error that says which.
 * Release it when it is of no use any more.
 */
export function deadline(
  reasons: DeadlineReasons,
  seconds?: number,
  interrupted?: AbortSignal,
  clock: Clock = Date,
): Deadline & { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(reasons.interrupted);
  interrupted?.addEventListener("abort", stop, { once: true });
  if (interrupted?.aborted) stop();
  const start = clock.now();
  let whole = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const allow = (seconds: number) => {
    whole = seconds;
    clearTimeout(timer);
    timer = setTimeout(
      () => controller.abort(reasons.late(seconds)),
      Math.max(0, start + seconds * 1000 - clock.now()),
    );
  };
  allow(seconds ?? LOGIN_SECONDS);
  return {
    signal: controller.signal,
    get endsAt() {
      return start + whole * 1000;
    },
    extend() {
      if (seconds === undefined) allow(REGISTRATION_SECONDS);
    },
    release() {
      clearTimeout(timer);
      interrupted?.removeEventListener("abort", stop);
    },
  };
}
