/** A request that the library writes and we send: the answer is mended before the library reads it. @module */
import * as oauth from "oauth4webapi";
import { defined } from "../object.ts";
import { isSecure } from "./endpoint_destination.ts";
import { type Answer, type OAuthContext, send } from "./http.ts";

/**
 * Options for one of the library's POST requests to `endpoint`. Once it has returned, `answer()` is what came back.
 *
 * @param body `json`: the provider takes the form's fields as JSON.
 */
export function wireRequest(
  context: OAuthContext,
  endpoint: URL,
  body?: "form" | "json",
  dpop?: oauth.DPoPHandle,
) {
  let answer: Answer | undefined;
  return {
    options: {
      ...defined({ DPoP: dpop }),
      [oauth.allowInsecureRequests]: isSecure(endpoint),
      [oauth.customFetch]: async (
        url: string,
        init: oauth.CustomFetchOptions<"POST", URLSearchParams | string>,
      ) => {
        const headers = new Headers(init.headers);
        let { body: sent } = init;
        if (body === "json" && sent instanceof URLSearchParams) {
          headers.set("content-type", "application/json");
          sent = JSON.stringify(Object.fromEntries(sent));
        } else if (sent instanceof URLSearchParams) sent = formEncoded(sent);
        answer = await send(context, new URL(url), {
          method: "POST",
          headers,
          body: sent,
        });
        return new Response();
      },
    },
    answer: () => answer!,
  };
}

/**
 * The parameters as text, with spaces as `%20`: every reader of forms and of queries decodes that, and some take a plus
 * for itself.
 */
export function formEncoded(parameters: URLSearchParams): string {
  // A plus that is meant is `%2B` by now.
  return parameters.toString().replaceAll("+", "%20");
}
