/** The `fetch` of authsome's own requests (token endpoints, discovery). @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import type { Fetch, FetchInit } from "../../ports/net.ts";
import { endpointOf, tunnelFor } from "./proxy_variables.ts";

/**
 * `fetch` as this machine reaches the world: through `HTTPS_PROXY` (but for `NO_PROXY`), and trusting what `run` trusts:
 * the system's roots or `SSL_CERT_FILE`, and `AUTHSOME_CA_BUNDLE` in addition.
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
    try {
      return await fetch(input, standard);
    } catch (cause) {
      throw await explained(cause, input, standard, env);
    }
  };
}

/** The error with the reason in it, if the connection is to blame. */
async function explained(
  cause: unknown,
  input: Request | URL | string,
  { signal }: RequestInit,
  env: Env,
): Promise<unknown> {
  if (signal?.aborted || !(cause instanceof TypeError)) return cause;
  const { isAboutTrust, reasonIn, RequestFailure } = await import(
    "../../wire/request_failure.ts"
  );
  // What is no TypeError was thrown by us.
  for (
    let error: unknown = cause;
    error instanceof Error;
    error = error.cause
  ) {
    if (error instanceof AuthsomeError) return error;
  }
  let reason = reasonIn(cause);
  if (isAboutTrust(reason) && !reason.proxy) {
    const { certificateFlaw } = await import("./causes/certificate_flaw.ts");
    const url = new URL(input instanceof Request ? input.url : input);
    // Deno says of an expired certificate behind a proxy, and of a self-signed one, that its issuer is unknown.
    if (reason.kind !== "other_name") {
      const tunnel = tunnelFor(env, url);
      reason = await certificateFlaw({ ...endpointOf(url), tunnel }) ?? reason;
    }
  }
  return new RequestFailure(reason, { cause });
}

function plainFetch(env: Env): Fetch {
  const onNode = once(() => openOnNode(env));
  if (!("createHttpClient" in Deno)) {
    return async (input, init) => await (await onNode())(input, init);
  }
  const onDeno = once(() => open(env));
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    // Deno's own resolves a name even where a proxy does, and waits for a name server that may not be there.
    if (tunnelFor(env, url)) {
      return await (await onNode())(input, init);
    }
    const client = await onDeno();
    return await fetch(input, client ? withClient(init, client) : init);
  };
}

/** `make`, done once; again after it has failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
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

/** Whom the runtime would trust besides; an agent that is given roots forgets these. */
const RUNTIME_ROOTS = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

async function openOnNode(env: Env): Promise<Fetch> {
  const [{ clientRoots, ownRoots, trustedRoots }, { fetchWith }] = await Promise
    .all([import("./system_roots.ts"), import("../node/fetch.ts")]);
  const roots = await Promise.all([
    trustedRoots(env),
    clientRoots(env, RUNTIME_ROOTS),
  ]);
  return fetchWith(await ownRoots(roots.flat()), env);
}
