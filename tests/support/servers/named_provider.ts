/** An `oidc-provider` on loopback behind a public name, for the hosts of a {@linkcode startLocalApi}. @module */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type Provider from "oidc-provider";

/** A provider that is reached by its name. */
export interface NamedProvider {
  /** Its answer to a request that came to its name; `body` if the request's was read already. */
  forward(request: Request, body?: string): Promise<Response>;
  close(): Promise<void>;
}

/** Serves `provider`, whose issuer is `https://<host>`. */
export async function serveUnderName(
  provider: Provider,
  host: string,
): Promise<NamedProvider> {
  provider.proxy = true;
  const server = createServer();
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  server.on("request", provider.callback());
  return {
    async forward(request, body) {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set("x-forwarded-proto", "https");
      headers.set("x-forwarded-host", host);
      const response = await fetch(
        `http://127.0.0.1:${port}${pathname}${search}`,
        {
          method: request.method,
          headers,
          body: body ?? (request.body ? await request.text() : undefined),
          redirect: "manual",
        },
      );
      // Its pages fetch a font from the internet.
      const text = (await response.text())
        .replace(/@import url\([^)]*\);/, "");
      const answered = new Headers(response.headers);
      answered.delete("content-length");
      answered.delete("content-encoding");
      return new Response(response.status < 300 ? text : text || null, {
        status: response.status,
        headers: answered,
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Makes a provider without its warnings about being a test server. */
export function quietly<T>(make: () => T): T {
  const { warn } = console;
  console.warn = () => {};
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}
