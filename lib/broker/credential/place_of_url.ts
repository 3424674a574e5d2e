/** Where a URL leads, as routes are looked up. @module */
import type { Place } from "./served.ts";

/** The place of a URL; `undefined` unless it is one of https: nothing else is given a credential. */
export function placeOfUrl(text: string): Place | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "") return undefined;
  return {
    host: url.hostname,
    port: url.port === "" ? 443 : Number(url.port),
    path: url.pathname,
  };
}
