/** A login that the page begins: the same as `authsome login`, whose page the person's browser is led to. @module */
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { LoginWish, PageLogin } from "../../page/page_source.ts";
import { isProviderName } from "../../provider/name.ts";
import type { Broker } from "../broker.ts";
import { logIn } from "../log_in.ts";

/** Begins a login. `say` is told what a terminal would be. */
export function beginLogin(
  broker: Broker,
  { provider, connection, scopes, again }: LoginWish,
  say: (message: string) => void,
): PageLogin {
  const cancelled = new AbortController();
  const shown = Promise.withResolvers<{ url: string; userCode?: string }>();
  // The page may never ask for it.
  shown.promise.catch(() => {});
  const work = async () => {
    if (!isProviderName(provider)) {
      throw new AuthsomeError(
        "ProviderNotFound",
        "There is no such provider",
        "authsome list --all",
      );
    }
    return await logIn(broker, {
      provider,
      ...defined({ connection, scopes: scopes && [...scopes] }),
      force: again,
      signal: cancelled.signal,
      onDoubt: say,
      reach: {
        interactive: false,
        // The person is at a page already, and is led on from there.
        browser: false,
        say,
        tell: () => {},
        onUrl: ({ url, userCode }) =>
          shown.resolve({ url, ...defined({ userCode }) }),
      },
    });
  };
  const ended = work().then((connected) => {
    const { account, name } = connected;
    shown.resolve({ url: "/" });
    return {
      ok: true,
      message: `Connected ${connected.provider}/${name}${
        account === undefined ? "" : ` (${account})`
      }.`,
    };
  }, (error) => {
    const known = error instanceof AuthsomeError ? error : new AuthsomeError(
      "Unexpected",
      `The login to ${provider} failed`,
      `authsome login ${provider}`,
    );
    shown.reject(known);
    return { ok: false, message: `${known.message}. ${known.hint}`.trim() };
  });
  return {
    shown: shown.promise,
    ended,
    cancel: () =>
      cancelled.abort(
        new AuthsomeError("InputCancelled", "Another login was begun"),
      ),
  };
}
