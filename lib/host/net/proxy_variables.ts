/** Which proxy the environment names for authsome's own requests. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import { bypasses } from "../../wire/parent_proxy.ts";
import type { Endpoint } from "../../wire/target.ts";
import type { Tunnel } from "./causes/proxy_socket.ts";

/**
 * The proxy that leads to `endpoint` over TLS: `HTTPS_PROXY`, but for `NO_PROXY`; `undefined` if it is reached directly.
 *
 * @throws {AuthsomeError} `Usage` if the variable holds something else.
 */
export function proxyFor(env: Env, endpoint: Endpoint): URL | undefined {
  const variable = variableOf(env);
  const proxy = env.get(variable);
  const noProxy = env.get("no_proxy") || env.get("NO_PROXY") || "";
  if (!proxy || bypasses(noProxy, endpoint)) return undefined;
  const url = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (/^https?:/i.test(url) && URL.canParse(url)) return new URL(url);
  // The text may hold a password.
  throw new AuthsomeError(
    "Usage",
    `Cannot use ${variable}: it is not the URL of an HTTP proxy`,
    `Write ${variable}=http://host:port, or unset it`,
    { subject: { field: variable } },
  );
}

/** The tunnel that leads to `url`, if a proxy does; throws as {@linkcode proxyFor} does. */
export function tunnelFor(env: Env, url: URL): Tunnel | undefined {
  const target = endpointOf(url);
  const proxy = url.protocol === "https:" ? proxyFor(env, target) : undefined;
  return proxy && {
    proxy,
    target,
    // Without its password.
    named: { variable: variableOf(env), host: proxy.host },
  };
}

function variableOf(env: Env): string {
  return env.get("https_proxy") ? "https_proxy" : "HTTPS_PROXY";
}

/** Where a request to `url` goes. */
export function endpointOf({ hostname, port }: URL): Endpoint {
  return { host: hostname, port: Number(port || 443) };
}
