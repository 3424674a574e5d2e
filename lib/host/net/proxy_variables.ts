/** Which proxy the environment names for authsome's own requests. @module */
import type { Env } from "../../ports/system.ts";
import { bypasses } from "../../wire/parent_proxy.ts";
import type { Endpoint } from "../../wire/target.ts";

/** The proxy that leads to `endpoint` over TLS: `HTTPS_PROXY`, but for `NO_PROXY`; `undefined` if it is reached directly. */
export function proxyFor(env: Env, endpoint: Endpoint): URL | undefined {
  const proxy = env.get("https_proxy") || env.get("HTTPS_PROXY");
  const noProxy = env.get("no_proxy") || env.get("NO_PROXY") || "";
  const url = proxy?.includes("://") ? proxy : `http://${proxy}`;
  return proxy && URL.canParse(url) && !bypasses(noProxy, endpoint)
    ? new URL(url)
    : undefined;
}

/** Where a request to `url` goes. */
export function endpointOf({ hostname, port }: URL): Endpoint {
  return { host: hostname, port: Number(port || 443) };
}
