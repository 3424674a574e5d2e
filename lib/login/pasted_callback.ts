/** The redirect that a person copies back from a browser on another machine. @module */

/** Callbacks that hold a code which somebody pasted alone. */
const bare = new WeakSet<URLSearchParams>();

/** Whether `callback` was made of a bare code: it may be any word, so the server's refusal says nothing of the login. */
export function isBareCode(callback: URLSearchParams): boolean {
  return bare.has(callback);
}

/**
 * Reads what was pasted: the whole address that the browser ended at, its query, or the bare code.
 *
 * A bare code gets the `state` of `authorization`, since the person pasted it; PKCE still binds it to this login.
 *
 * @returns the callback's parameters, or `undefined` if it is none of them.
 */
export function readPastedCallback(
  text: string,
  authorization: URL,
): URLSearchParams | undefined {
  // Terminals and mail programs break long lines and put angle brackets around addresses.
  const pasted = text.replaceAll(/\s+/g, "").replaceAll(/^[<"']|[>"']$/g, "");
  if (pasted === "") return undefined;
  // Browsers leave out the scheme when a part of the address is copied.
  const address = /^(?:localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(pasted)
    ? `http://${pasted}`
    : pasted;
  if (/^https?:/i.test(address)) {
    return URL.canParse(address)
      ? answer(new URL(address).searchParams)
      : undefined;
  }
  if (pasted.includes("=")) {
    const query = answer(new URLSearchParams(pasted.replace(/^[?#]/, "")));
    if (query) return query;
  }
  if (!mayBeCode(pasted, text)) return undefined;
  const callback = new URLSearchParams({ code: pasted });
  const state = authorization.searchParams.get("state");
  if (state !== null) callback.set("state", state);
  bare.add(callback);
  return callback;
}

/** Not a word, a command, a path, an e-mail address or another kind of address. */
function mayBeCode(pasted: string, text: string): boolean {
  return /^[\x21-\x7e]{4,4096}$/.test(pasted) &&
    !/\S[ \t]+\S/.test(text) && !/^[A-Za-z]{0,19}$/.test(pasted) &&
    !/[@?&"'`<>\\]|^[~/.]|^[a-z][a-z+.-]*:/i.test(pasted);
}

function answer(query: URLSearchParams): URLSearchParams | undefined {
  return query.has("code") || query.has("error") ? query : undefined;
}
