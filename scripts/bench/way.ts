/** A way from the client to the upstream: direct, or through one of the proxies. @module */

/** The name on the upstream's certificate; every way asks for this name, which resolves to loopback. */
export const HOST = "localhost";
/** The header that a proxy must add; the upstream answers 401 without it. */
export const HEADER = "x-api-key";

/** One running way. Disposing it ends its processes. */
export interface Way extends AsyncDisposable {
  name: string;
  /** The proxy, or `undefined` for the direct way. */
  proxy?: { port: number; authorization?: string };
  /** The PEM file that the client trusts on this way. */
  caPath: string;
  /** What the client itself sends: the key on the direct way, nothing or the placeholder through a proxy. */
  headers: Record<string, string>;
  /** The proxy's process; its children belong to it. */
  pid?: number;
}
