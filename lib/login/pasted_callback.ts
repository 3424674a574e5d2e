/** The redirect that a person copies back from a browser on another machine. @module */

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
  if (URL.canParse(pasted) && /^https?:/i.test(pasted)) {
    return answer(new URL(pasted).searchParams);
  }
  if (pasted.includes("=")) {
    const query = answer(new URLSearchParams(pasted.replace(/^[?#]/, "")));
    if (query) return query;
  }
  if (!/^[\x21-\x7e]{4,4096}$/.test(pasted)) return undefined;
  const callback = new URLSearchParams({ code: pasted });
  const state = authorization.searchParams.get("state");
  if (state !== null) callback.set("state", state);
  return callback;
}

function answer(query: URLSearchParams): URLSearchParams | undefined {
  return query.has("code") || query.has("error") ? query : undefined;
}
