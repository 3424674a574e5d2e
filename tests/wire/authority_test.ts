// The certificates of a run, judged by those who must accept them.
import { expect } from "expect";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import process from "node:process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { createAuthority } from "../../lib/wire/certificate_authority.ts";
import { missing } from "../support/missing.ts";

const HOSTS = ["api.example.com", "example.org", "10.1.2.3", "[2001:db8::7]"];
const GOOD = [
  "api.example.com",
  "a.b.example.org",
  "10.1.2.3",
  "2001:db8::7",
  `${"a".repeat(63)}.${"b".repeat(63)}.example.org`,
];
const BAD = [
  "example.com",
  "evil.test",
  "api.example.com.evil.test",
  "xexample.org",
  "10.1.2.4",
  "2001:db8::8",
];

interface Output {
  code: number;
  text: string;
}

function command(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile(program, args, {
      env: { ...process.env, ...env } as Record<string, string>,
    }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else {resolve({
          code: error ? Number(error.code) : 0,
          text: stdout + stderr,
        });}
    });
  });
}

async function withFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/authsome-x509-`);
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function issue(folder: string): Promise<void> {
  const authority = await createAuthority({ hosts: HOSTS });
  writeFileSync(`${folder}/ca.pem`, authority.caPem);
  for (const [kind, hosts] of [["good", GOOD], ["bad", BAD]] as const) {
    for (const [index, host] of hosts.entries()) {
      const { certPem } = await authority.leafFor(host);
      writeFileSync(`${folder}/${kind}${index}.pem`, certPem);
    }
  }
}

test("the runtime reads the fields that clients insist on", async () => {
  const authority = await createAuthority({ hosts: HOSTS });
  const ca = new X509Certificate(authority.caPem);
  const { certPem, keyPem } = await authority.leafFor("api.example.com");
  const leaf = new X509Certificate(certPem);
  expect(ca.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkIssued(ca)).toBe(true);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  expect(leaf.subjectAltName).toBe("DNS:api.example.com");
  expect(leaf.checkHost("api.example.com")).toBe("api.example.com");
  expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(new Date(leaf.validTo).getTime() - Date.now()).toBeLessThan(
    398 * 86_400_000,
  );
  expect(new Date(leaf.validFrom).getTime()).toBeLessThan(Date.now());
  expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});

test("each authority has its own key and name; leaves are made once and kept", async () => {
  const [a, b] = await Promise.all([
    createAuthority({ hosts: HOSTS }),
    createAuthority({ hosts: HOSTS }),
  ]);
  expect(a.caPem).not.toBe(b.caPem);
  expect(new X509Certificate(a.caPem).subject).not.toBe(
    new X509Certificate(b.caPem).subject,
  );
  const leaf = await a.leafFor("api.example.com");
  expect(await a.leafFor("api.example.com")).toBe(leaf);
  expect(
    new X509Certificate((await b.leafFor("api.example.com")).certPem).verify(
      new X509Certificate(a.caPem).publicKey,
    ),
  ).toBe(false);
});

test("the leaves that are kept are bounded", async () => {
  const authority = await createAuthority({ hosts: ["example.org"] });
  const first = await authority.leafFor("a.example.org");
  for (let i = 0; i < 512; i++) await authority.leafFor(`a${i}.example.org`);
  expect(await authority.leafFor("a.example.org")).not.toBe(first);
});

const noOpenssl = await missing("openssl", "version");

test("openssl in strict mode accepts routed hosts and no others", {
  skip: noOpenssl,
}, () =>
  withFolder(async (folder) => {
    await issue(folder);
    const verify = (name: string) =>
      command("openssl", [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        `${folder}/ca.pem`,
        `${folder}/${name}.pem`,
      ]);
    for (const index of GOOD.keys()) {
      expect(await verify(`good${index}`)).toMatchObject({ code: 0 });
    }
    for (const index of BAD.keys()) {
      expect((await verify(`bad${index}`)).text).toMatch(/subtree violation/);
    }
  }));

test("an authority without hosts can sign for no host", {
  skip: noOpenssl,
}, () =>
  withFolder(async (folder) => {
    const authority = await createAuthority({ hosts: [] });
    writeFileSync(`${folder}/ca.pem`, authority.caPem);
    for (const host of ["example.com", "10.1.2.3", "::1"]) {
      writeFileSync(
        `${folder}/leaf.pem`,
        (await authority.leafFor(host)).certPem,
      );
      const { code } = await command("openssl", [
        "verify",
        "-CAfile",
        `${folder}/ca.pem`,
        `${folder}/leaf.pem`,
      ]);
      expect(code).not.toBe(0);
    }
  }));

/** The newer one, where there are two. */
const GO = await missing("/usr/local/go/bin/go")
  ? "go"
  : "/usr/local/go/bin/go";
const GO_PROGRAM = `package main
import ("crypto/x509"; "encoding/pem"; "fmt"; "os"; "strings")
func read(path string) *x509.Certificate {
	text, err := os.ReadFile(path)
	if err != nil { panic(err) }
	block, rest := pem.Decode(text)
	if len(rest) != 0 { panic("more than one block") }
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil { panic(err) }
	return cert
}
func main() {
	roots := x509.NewCertPool()
	roots.AddCert(read(os.Args[1] + "/ca.pem"))
	for _, arg := range os.Args[2:] {
		name, host, _ := strings.Cut(arg, "=")
		_, err := read(os.Args[1] + "/" + name + ".pem").Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
		fmt.Println(name, err == nil)
	}
}
`;

test("Go accepts routed hosts and no others", {
  skip: await missing(GO, "version"),
}, async () => {
  await withFolder(async (folder) => {
    await issue(folder);
    writeFileSync(`${folder}/main.go`, GO_PROGRAM);
    const bracketed = (host: string) => host.includes(":") ? `[${host}]` : host;
    const { text } = await command(GO, [
      "run",
      `${folder}/main.go`,
      folder,
      ...GOOD.map((host, index) => `good${index}=${bracketed(host)}`),
      ...BAD.map((host, index) => `bad${index}=${bracketed(host)}`),
    ], { GOFLAGS: "-mod=mod", GO111MODULE: "off" });
    expect(text.trim().split("\n")).toEqual([
      ...GOOD.map((_, index) => `good${index} true`),
      ...BAD.map((_, index) => `bad${index} false`),
    ]);
  });
});

test("Python with its strict flags shakes hands with a leaf", {
  skip: await missing("python3"),
}, async () => {
  await withFolder(async (folder) => {
    const authority = await createAuthority({ hosts: HOSTS });
    const { certPem, keyPem } = await authority.leafFor("api.example.com");
    writeFileSync(`${folder}/ca.pem`, authority.caPem);
    writeFileSync(`${folder}/leaf.pem`, certPem + keyPem);
    // Both sides in memory; VERIFY_X509_STRICT is the default from Python 3.13 on.
    writeFileSync(
      `${folder}/check.py`,
      `
import ssl
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain("${folder}/leaf.pem")
client = ssl.create_default_context(cafile="${folder}/ca.pem")
client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
s = server.wrap_bio(a, b, server_side=True)
c = client.wrap_bio(b, a, server_hostname="api.example.com")
done = set()
for _ in range(10):
    for end in (c, s):
        try:
            end.do_handshake()
            done.add(end)
        except ssl.SSLWantReadError:
            pass
print("ok" if len(done) == 2 else "no")
`,
    );
    expect(await command("python3", [`${folder}/check.py`])).toEqual({
      code: 0,
      text: "ok\n",
    });
  });
});
