/** The `fetch` of authsome's own requests (token endpoints, discovery). @module */
import type { Env } from "../../ports/system.ts";
import type { Fetch, FetchInit } from "../../ports/net.ts";

/**
 * `fetch` as this machine reaches the world: through `HTTPS_PROXY` (but for `NO_PROXY`; the runtime reads both), and
 * trusting what `run` trusts: the system's roots or `SSL_CERT_FILE`, and `AUTHSOME_CA_BUNDLE` in addition.
 *
 * Roots are read at the first request. With `publicOnly` a host that leads to a private network is refused.
 */
export function machineFetch(env: Env): Fetch {
  const fetch = plainFetch(env);
  return async (input, init: FetchInit = {}) => {
    const { publicOnly, ...standard } = init;
    if (publicOnly) {
      const { checkPublic } = await import("./public_only.ts");
      const url = new URL(input instanceof Request ? input.url : input);
      await checkPublic(url, env);
    }
    return await fetch(input, standard);
  };
}

function plainFetch(env: Env): Fetch {
  if (!("createHttpClient" in Deno)) {
    let fetch: Promise<Fetch> | undefined;
    return async (input, init) =>
      await (await (fetch ??= openOnNode(env)))(input, init);
  }
  let opened: Promise<Deno.HttpClient | undefined> | undefined;
  return async (input, init) => {
    opened ??= open(env).catch((error) => {
      opened = undefined;
      throw error;
    });
    const client = await opened;
    return await fetch(input, client ? withClient(init, client) : init);
  };
}

function withClient(
  init: RequestInit | undefined,
  client: Deno.HttpClient,
): RequestInit & { client: Deno.HttpClient } {
  return { ...init, client };
}

async function open(env: Env): Promise<Deno.HttpClient | undefined> {
  const { ownRoots, trustedRoots } = await import("./system_roots.ts");
  const caCerts = await ownRoots(await trustedRoots(env));
  return caCerts.length > 0 ? Deno.createHttpClient({ caCerts }) : undefined;
}

async function openOnNode(env: Env): Promise<Fetch> {
  const [{ ownRoots, trustedRoots }, { fetchWith }] = await Promise.all([
    import("./system_roots.ts"),
    import("../node/fetch.ts"),
  ]);
  return fetchWith(await ownRoots(await trustedRoots(env)));
}
