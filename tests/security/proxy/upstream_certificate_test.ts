// A credential goes to servers whose certificate proves the name, and to no other: one certificate for each way to fail.
import { expect } from "expect";
import { test } from "node:test";
import { loadX509 } from "../../support/servers/local_api.ts";
import { HOST, KEY, withRig } from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

/** What a certificate says; without `issuer` it is signed by itself. */
interface Said {
  names?: string[];
  addresses?: string[];
  commonName?: string;
  /** Days from now. */
  from?: number;
  until?: number;
  ca?: boolean;
  usage?: string;
  issuer?: Issued;
}

interface Issued {
  said: Said;
  certPem: string;
  keyPem: string;
  keys: CryptoKeyPair;
}

async function issue(said: Said): Promise<Issued> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const at = (days: number) => new Date(Date.now() + days * DAY);
  const names = [
    ...(said.names ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(said.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const shared = {
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).fill(0x21, 0, 1)
      .toHex(),
    notBefore: at(said.from ?? -1),
    notAfter: at(said.until ?? 1),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(said.ca ?? false, undefined, true),
      new x509.KeyUsagesExtension(
        said.ca
          ? x509.KeyUsageFlags.keyCertSign
          : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(said.ca ? [] : [
        new x509.ExtendedKeyUsageExtension([
          said.usage ?? x509.ExtendedKeyUsage.serverAuth,
        ]),
      ]),
      ...(names.length > 0
        ? [new x509.SubjectAlternativeNameExtension(names)]
        : []),
    ],
  };
  const subject = `CN=${said.commonName ?? said.names?.[0] ?? "Test CA"}`;
  const certificate = said.issuer
    ? await x509.X509CertificateGenerator.create({
      ...shared,
      subject,
      issuer: new x509.X509Certificate(said.issuer.certPem).subject,
      publicKey: keys.publicKey,
      signingKey: said.issuer.keys.privateKey,
    })
    : await x509.X509CertificateGenerator.createSelfSigned({
      ...shared,
      name: subject,
      keys,
    });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    said,
    certPem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    keys,
  };
}

const rootOf = () => issue({ ca: true });

/** Name of the case, what the client is told, and what the server shows (leaf first). */
const CASES: [string, RegExp, (root: Issued) => Promise<Issued[]>][] = [
  ["that has expired", /it has expired/, async (issuer) => [
    await issue({ names: [HOST], issuer, from: -3, until: -1 }),
  ]],
  ["that is not valid yet", /it is not valid yet/, async (issuer) => [
    await issue({ names: [HOST], issuer, from: 1, until: 3 }),
  ]],
  [
    "that it signed itself",
    /it is self-signed/,
    async () => [await issue({ names: [HOST] })],
  ],
  ["of a CA that nobody trusts", /its issuer is unknown/, async () => [
    await issue({ names: [HOST], issuer: await rootOf() }),
  ]],
  ["of another name", /it is for another host name/, async (issuer) => [
    await issue({ names: ["other.example.com"], issuer }),
  ]],
  [
    "of a name that only ends alike",
    /it is for another host name/,
    async (issuer) => [
      await issue({ names: [`x${HOST}`, `${HOST}.evil.test`], issuer }),
    ],
  ],
  [
    "with a wildcard one label too deep",
    /it is for another host name/,
    async (issuer) => [
      await issue({ names: [`*.${HOST}`, "*.com"], issuer }),
    ],
  ],
  [
    "whose common name alone is right",
    /it is for another host name/,
    async (issuer) => [
      await issue({ commonName: HOST, issuer }),
    ],
  ],
  ["of an address", /it is for another host name/, async (issuer) => [
    await issue({ addresses: ["127.0.0.1"], commonName: HOST, issuer }),
  ]],
  ["for clients, not servers", /it is not for servers/, async (issuer) => [
    await issue({ names: [HOST], issuer, usage: "1.3.6.1.5.5.7.3.2" }),
  ]],
  ["issued by another server's certificate", /not trusted/, async (issuer) => {
    const other = await issue({ names: ["other.example.com"], issuer });
    return [await issue({ names: [HOST], issuer: other }), other];
  }],
  ["of an intermediate CA that has expired", /not trusted/, async (issuer) => {
    const middle = await issue({
      ca: true,
      commonName: "Old",
      issuer,
      from: -3,
      until: -1,
    });
    return [await issue({ names: [HOST], issuer: middle }), middle];
  }],
];

async function ask(chain: Issued[], root: Issued) {
  let result = { response: "", arrived: "", reasons: [] as unknown[] };
  await withRig({
    script: OK,
    certificate: {
      leaf: {
        certPem: chain.map(({ certPem }) => certPem).join("\n"),
        keyPem: chain[0]!.keyPem,
      },
      caPem: root.certPem,
    },
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    result = {
      response: await client.until(/\r\n\r\n(ok|\{.*\}\n)$/),
      arrived: rig.upstream.connections.map(({ received }) => received).join(),
      reasons: rig.events.map(({ reason, ok }) => [ok, reason]),
    };
  });
  return result;
}

for (const [name, said, chainOf] of CASES) {
  test(`no credential goes to a server with a certificate ${name}`, async () => {
    const root = await rootOf();
    const { response, arrived, reasons } = await ask(await chainOf(root), root);
    expect(response).toMatch(/^HTTP\/1\.1 502 /);
    expect(response).toContain("X-Authsome-Reason: upstream_untrusted");
    expect(response).toMatch(said);
    expect(arrived).toBe("");
    expect(reasons).toEqual([[false, "upstream_untrusted"]]);
  });
}

test("the same server with a certificate that proves the name gets it, also by a wildcard and an intermediate", async () => {
  const root = await rootOf();
  const middle = await issue({ ca: true, commonName: "Middle", issuer: root });
  for (
    const chain of [
      [await issue({ names: [HOST], issuer: root })],
      [await issue({ names: ["*.example.com"], issuer: root })],
      [await issue({ names: [HOST], issuer: middle }), middle],
    ]
  ) {
    const { response, arrived } = await ask(chain, root);
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(arrived).toContain(KEY);
  }
});
