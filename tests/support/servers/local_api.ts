/**
 * The internet of a test: an HTTPS API on loopback that answers for any number of public names with a CA of its
 * own, and a CONNECT proxy that leads there, so that clients use the real names.
 *
 * @module
 */
/** A running API. */
export interface LocalApi {
  /** PEM of its CA. */
  readonly caPem: string;
  /** SHA-256 of the server's public key, base64: what a browser can be told to trust. */
  readonly keyHash: string;
  /** Port of the API itself, on 127.0.0.1. */
  readonly port: number;
  /** `http://127.0.0.1:port` of the CONNECT proxy. */
  readonly proxyUrl: string;
  /** What arrived, in order; bodies are left to the handler. */
  readonly requests: { method: string; url: URL; headers: Headers }[];
  /** Targets of CONNECT (`host:port`), in order. */
  readonly tunnels: string[];
  close(): Promise<void>;
}

/** Serves `handler` for `hosts` until closed; `*.` stands for any label. */
export async function startLocalApi(
  hosts: readonly string[],
  handler: (request: Request) => Response | Promise<Response>,
): Promise<LocalApi> {
  const { caPem, keyHash, cert, key } = await issue(hosts);
  const requests: LocalApi["requests"] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert,
    key,
    onListen: () => {},
  }, (request) => {
    requests.push({
      method: request.method,
      url: new URL(request.url),
      // The server's own are gone with the request.
      headers: new Headers(request.headers),
    });
    return handler(request);
  });
  const tunnels: string[] = [];
  const proxy = startConnectProxy(hosts, server.addr.port, tunnels);
  let closing: Promise<void> | undefined;
  return {
    caPem,
    keyHash,
    port: server.addr.port,
    proxyUrl: proxy.url,
    requests,
    tunnels,
    close: () => closing ??= proxy.close().then(() => server.shutdown()),
  };
}

function startConnectProxy(
  hosts: readonly string[],
  port: number,
  tunnels: string[],
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      serve(conn).catch(() => {}).finally(() => {
        open.delete(conn);
        close(conn);
      });
    }
  })();

  async function serve(client: Deno.TcpConn): Promise<void> {
    client.setNoDelay();
    let head = "";
    const byte = new Uint8Array(1);
    // One byte at a time: what follows the head belongs to the tunnel.
    while (!head.endsWith("\r\n\r\n") && head.length < 8192) {
      if (await client.read(byte) === null) return;
      head += String.fromCharCode(byte[0]);
    }
    const [, target = ""] = /^CONNECT (\S+) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
    tunnels.push(target);
    const encode = (text: string) => new TextEncoder().encode(text);
    const name = target.replace(/:443$/, "");
    const isServed = hosts.some((host) =>
      host === name || host.startsWith("*.") && name.endsWith(host.slice(1))
    );
    if (!isServed) {
      await client.write(
        encode("HTTP/1.1 502 Unknown Host\r\nContent-Length: 0\r\n\r\n"),
      );
      return;
    }
    const upstream = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(upstream);
    upstream.setNoDelay();
    await client.write(encode("HTTP/1.1 200 Connected\r\n\r\n"));
    await Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
    open.delete(upstream);
    close(upstream);
  }

  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async close() {
      listener.close();
      open.forEach(close);
      await accepting.catch(() => {});
    },
  };
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* It was closed by its streams. */ }
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A CA and a server certificate for `hosts`, valid for a day. */
async function issue(
  hosts: readonly string[],
): Promise<{ caPem: string; keyHash: string; cert: string; key: string }> {
  const {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    PemConverter,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509CertificateGenerator,
  } = await loadX509();
  const notBefore = new Date(Date.now() - 3_600_000);
  const notAfter = new Date(Date.now() + 86_400_000);
  const dates = { notBefore, notAfter, signingAlgorithm: ALGORITHM };
  const [caKeys, keys] = await Promise.all([
    crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
    crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
  ]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...dates,
    serialNumber: "01",
    name: "CN=Local API CA",
    keys: caKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(
        KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
        true,
      ),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const leaf = await X509CertificateGenerator.create({
    ...dates,
    serialNumber: "02",
    subject: `CN=${hosts[0]}`,
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: "dns" as const, value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(ca),
    ],
  });
  const spki = await crypto.subtle.exportKey("spki", keys.publicKey);
  const hash = await crypto.subtle.digest("SHA-256", spki);
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    caPem: ca.toString("pem"),
    keyHash: btoa(String.fromCharCode(...new Uint8Array(hash))),
    cert: leaf.toString("pem"),
    key: PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

/** The library wants the metadata API of decorators to be there, and uses none that has to remember anything. */
export async function loadX509() {
  Object.assign(Reflect, {
    getMetadata: () => undefined,
    getOwnMetadata: () => undefined,
    defineMetadata: () => {},
    hasOwnMetadata: () => false,
  });
  return await import("@peculiar/x509");
}
