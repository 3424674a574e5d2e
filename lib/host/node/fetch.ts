/** `fetch` with roots of its own and the machine's proxy, which Node's built-in one cannot be given. @module */
import { rootCertificates } from "node:tls";
import { type Dispatcher, EnvHttpProxyAgent, fetch } from "undici";
import type { Fetch } from "../../ports/net.ts";

/** A `fetch` that trusts `caCerts` (PEM) besides Node's own roots and goes through `HTTPS_PROXY`. */
export function fetchWith(caCerts: readonly string[]): Fetch {
  const trust = caCerts.length > 0
    ? { ca: [...rootCertificates, ...caCerts] }
    : {};
  const dispatcher = new EnvHttpProxyAgent({
    connect: trust,
    requestTls: trust,
    proxyTls: trust,
  }).compose(asProgram);
  return (input, init) =>
    (fetch as unknown as Fetch)(
      input,
      { ...init, dispatcher } as RequestInit,
    );
}

/** Takes back what says that a page in a browser asks: servers answer pages by other rules. */
function asProgram(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const headers = { ...options.headers as Record<string, string> };
    delete headers["sec-fetch-mode"];
    return dispatch({ ...options, headers }, handler);
  };
}
