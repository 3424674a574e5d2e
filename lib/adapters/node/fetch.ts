/** `fetch` with roots of its own and the machine's proxy, which Node's built-in one cannot be told. @module */
import { rootCertificates } from "node:tls";
import { EnvHttpProxyAgent, fetch } from "undici";
import type { Fetch } from "../../ports.ts";

/** A `fetch` that trusts `caCerts` (PEM) besides Node's own roots and goes through `HTTPS_PROXY`. */
export function fetchWith(caCerts: readonly string[]): Fetch {
  const trust = caCerts.length > 0
    ? { ca: [...rootCertificates, ...caCerts] }
    : {};
  const dispatcher = new EnvHttpProxyAgent({
    connect: trust,
    requestTls: trust,
    proxyTls: trust,
  });
  return (input, init) =>
    (fetch as unknown as Fetch)(
      input,
      { ...init, dispatcher } as RequestInit,
    );
}
