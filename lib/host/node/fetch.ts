/** `fetch` with roots of its own and the machine's proxy, which Node's built-in one cannot be given. @module */
import { rootCertificates } from "node:tls";
import { Agent, buildConnector, type Dispatcher, fetch } from "undici";
import type { Fetch } from "../../ports/net.ts";
import type { Env } from "../../ports/system.ts";
import { processEnv } from "../env.ts";
import { proxySocket } from "../net/causes/proxy_socket.ts";
import { tunnelFor } from "../net/proxy_variables.ts";

/** A `fetch` that trusts `caCerts` (PEM) besides Node's own roots and goes through the `HTTPS_PROXY` of `env`. */
export function fetchWith(
  caCerts: readonly string[],
  env: Env = processEnv,
): Fetch {
  const trust = caCerts.length > 0
    ? { ca: [...rootCertificates, ...caCerts] }
    : {};
  const direct = buildConnector(trust);
  const dispatcher = new Agent({
    // Whoever asks says how long it may take: an answer to an MCP client may be silent for longer than five minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      const { protocol, hostname, port } = options;
      const url = new URL(`${protocol}//${hostname}${port && `:${port}`}`);
      const tunnel = tunnelFor(env, url);
      if (!tunnel) return direct(options, callback);
      proxySocket(tunnel, trust).then(
        (httpSocket) => direct({ ...options, httpSocket }, callback),
        (error) => callback(error, null),
      );
    },
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
