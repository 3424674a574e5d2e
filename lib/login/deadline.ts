/** How long a login waits for the person. @module */
import { DEFAULT_CONNECTION } from "../names.ts";
import { connectionOption } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";

/** Seconds that a person has to log in: 10 minutes. */
export const LOGIN_SECONDS = 600;

/** Why the wait is over. */
interface DeadlineReasons {
  interrupted: AuthsomeError;
  late(seconds: number): AuthsomeError;
}

/** The reasons of a login to `provider` as `connection`. */
export function loginReasons(
  provider: string,
  connection: string = DEFAULT_CONNECTION,
): DeadlineReasons {
  return {
    interrupted: new AuthsomeError(
      "Interrupted",
      `Login to ${provider} was interrupted; nothing was changed`,
      "",
      { subject: { provider } },
    ),
    late: (seconds) =>
      new AuthsomeError(
        "InputCancelled",
        `Cannot log in to ${provider}: nobody answered within ${seconds} seconds`,
        `authsome login ${provider}${connectionOption(connection)} --timeout ${
          Math.min(seconds * 3, 86_400)
        }`,
        { subject: { provider } },
      ),
  };
}

/**
 * A signal that aborts when `interrupted` does and after `seconds` (default 600), with the error that says which.
 * Release it when it is of no use any more.
 */
export function deadline(
  reasons: DeadlineReasons,
  seconds: number = LOGIN_SECONDS,
  interrupted?: AbortSignal,
): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(reasons.interrupted);
  interrupted?.addEventListener("abort", stop, { once: true });
  if (interrupted?.aborted) stop();
  const timer = setTimeout(
    () => controller.abort(reasons.late(seconds)),
    seconds * 1000,
  );
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      interrupted?.removeEventListener("abort", stop);
    },
  };
}
