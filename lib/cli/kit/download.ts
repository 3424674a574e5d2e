/** Fetches a small text over https. @module */
import { boundedText } from "../../bounded_text.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Fetch } from "../../ports/net.ts";
import { shorten } from "./terminal_text.ts";

const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 3;

/** What is fetched, for messages, and what else a person can do. */
interface Wanted {
  what: string;
  hint: string;
}

const DEFINITION: Wanted = {
  what: "a definition",
  hint: "Download the file and register that",
};

/**
 * The text at `url`: https only (http on the loopback), a few redirects, at most `limit` bytes of UTF-8.
 *
 * @throws {AuthsomeError} `Usage` for an address that is refused, `EndpointUnreachable` otherwise.
 */
export async function fetchText(
  fetch: Fetch,
  url: string,
  limit: number,
  wanted: Wanted = DEFINITION,
): Promise<string> {
  const unreachable = (
    state: string,
    cause?: unknown,
    hint = wanted.hint,
  ) =>
    new AuthsomeError(
      "EndpointUnreachable",
      `Cannot fetch ${wanted.what} from "${
        shorten(new URL(url).host)
      }": ${state}`,
      hint,
      { cause },
    );
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let next = checkUrl(url, wanted);
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(next, { redirect: "manual", signal });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location) {
        await response.body?.cancel();
        const target = checkUrl(new URL(location, next).href, wanted);
        if (next.protocol === "https:" && target.protocol !== "https:") {
          throw unreachable("it redirects to http");
        }
        next = target;
        continue;
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw unreachable(`it answered ${response.status}`);
      }
      const text = await boundedText(
        response,
        limit,
        signal,
        new TextDecoder("utf-8", { fatal: true }),
      );
      if (text !== undefined) return text;
      throw unreachable(`it is longer than ${limit} bytes`);
    }
  } catch (error) {
    if (error instanceof AuthsomeError) throw error;
    const { hintOf, reasonIn, sentenceOf } = await import(
      "../../wire/request_failure.ts"
    );
    const reason = reasonIn(error);
    throw signal.aborted
      ? unreachable("it took too long", error)
      : unreachable(sentenceOf(reason), error, hintOf(reason, next.hostname));
  }
  throw unreachable("it redirects too many times");
}

function checkUrl(text: string, { what, hint }: Wanted): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url?.hostname === "127.0.0.1" || url?.hostname === "[::1]";
  const problem = !url
    ? "it is not a URL"
    : url.protocol !== "https:" && !(url.protocol === "http:" && loopback)
    ? "it is not https"
    : url.username || url.password
    ? "it contains a password"
    : undefined;
  if (problem) {
    throw new AuthsomeError(
      "Usage",
      // A password must not be repeated.
      `Cannot fetch ${url ? `"${shorten(url.host)}"` : what}: ${problem}`,
      `Use an https URL, or ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`,
    );
  }
  return url!;
}
