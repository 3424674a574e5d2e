/** The redirect that comes by another way than to the login server: a line of stdin, or `login --resume`. @module */
import type { LoginConversation } from "../../ports/conversation.ts";
import { readPastedCallback } from "../../login/pasted_callback.ts";

/**
 * Takes the redirect from `next` too: the address that the person's browser ended at, or the code in it. What does not
 * belong to this login changes nothing and is reported with `tell`.
 *
 * @param next the next answer; `undefined` when no more come, and then only the browser is waited for.
 */
export function withPastedRedirect(
  conversation: LoginConversation,
  next: (signal: AbortSignal) => Promise<string | undefined>,
  tell: (message: string) => void,
): LoginConversation {
  const { signal } = conversation;

  async function pastedRedirect(
    url: URL,
    accept: (callback: URLSearchParams) => boolean,
    done: AbortSignal,
  ): Promise<URLSearchParams> {
    while (!done.aborted) {
      const text = await next(done);
      if (text === undefined) break;
      const callback = readPastedCallback(text, url);
      if (callback && accept(callback)) return callback;
      tell("That address does not belong to this login. Nothing was changed.");
    }
    return await new Promise(() => {});
  }

  return {
    ...conversation,
    async authorize(url, accept, post) {
      const done = new AbortController();
      try {
        return await Promise.race([
          conversation.authorize(url, accept, post),
          pastedRedirect(url, accept, AbortSignal.any([signal, done.signal])),
        ]);
      } finally {
        done.abort();
      }
    },
  };
}
