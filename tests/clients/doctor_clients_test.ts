// What `doctor --client` says of real clients, and what its advice comes to.
import { expect } from "expect";
import { test } from "node:test";
import { noticeRead } from "../../lib/host/run/client/read_notice.ts";
import { CACHE, noSandbox } from "../support/sandbox/sandbox.ts";
import {
  missing,
  type Scenario,
  spawn,
  withScenario,
} from "../support/scenario.ts";

const PYTHON = "/usr/bin/python3";
const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
/** The newer one, where there are two. */
const GO = await missing("/usr/local/go/bin/go")
  ? "go"
  : "/usr/local/go/bin/go";
const CANARY = "https://doctor.invalid/";

/** Whether this file system tells that a file was read; else no more is known than that a client does not trust the CA. */
const seesReading = (() => {
  const path = `${CACHE}/authsome-test-${crypto.randomUUID()}`;
  Deno.mkdirSync(CACHE, { recursive: true });
  Deno.writeTextFileSync(path, "");
  try {
    const isRead = noticeRead(path);
    Deno.readTextFileSync(path);
    return isRead() === true;
  } finally {
    Deno.removeSync(path);
  }
})();
const [OWN_ROOTS, PINNED] = seesReading
  ? ["own_roots", "pinned"]
  : ["untrusted", "untrusted"];

const [curl, wget, w3m, python, node, java, go] = await Promise.all([
  missing("curl"),
  missing("wget"),
  missing("w3m", "-version"),
  missing(PYTHON),
  missing(NODE),
  missing("java", "-version"),
  missing(GO, "version"),
]);

/** Node that reads the proxy's variables by itself. */
const newNode = node || await missing(
      NODE,
      "-e",
      "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 24 || a === 24 && b >= 5 || a === 22 && b >= 21 ? 0 : 1)",
    ) &&
    `no Node that honours NODE_USE_ENV_PROXY: name one in AUTHSOME_TEST_NODE`;
/** A wget whose TLS is GnuTLS's, as Debian's. */
const gnutls = wget ||
  await missing("sh", "-c", "wget --version | grep -q +ssl/gnutls");

/** Nothing of authsome's is loaded into it. */
const NODE_WITH_ROOTS = [
  ...["env", "-u", "NODE_OPTIONS", NODE, "-e"],
  `require("node:https").get("${CANARY}", {
  ca: require("node:fs").readFileSync("own.pem"),
}).on("error", (error) => { console.error(error.message); process.exit(1); });`,
];
/** Python in which nothing is loaded that a variable names. */
const ISOLATED = [PYTHON, "-I", "-S"];
const URLLIB = (context: string) => [
  ...ISOLATED,
  "-c",
  `import ssl, urllib.request, urllib.error
try: urllib.request.urlopen("${CANARY}", context=${context})
except urllib.error.HTTPError: pass`,
];
const SOCKET = [
  ...ISOLATED,
  "-c",
  `import socket, ssl
s = socket.create_connection(("doctor.invalid", 443))
s = ssl.create_default_context().wrap_socket(s, server_hostname="doctor.invalid")
s.sendall(b"GET / HTTP/1.1\\r\\nHost: doctor.invalid\\r\\nConnection: close\\r\\n\\r\\n")
print(s.recv(12))`,
];
const TUNNEL = (then: string) => [
  ...ISOLATED,
  "-c",
  `import base64, os, socket, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
login = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
s = socket.create_connection((proxy.hostname, proxy.port))
s.sendall(f"CONNECT doctor.invalid:443 HTTP/1.1\\r\\nHost: doctor.invalid:443\\r\\nProxy-Authorization: basic {login}\\r\\n\\r\\n".encode())
s.recv(1000)
${then}`,
];

/** The client's verdict: `ok`, or why not. */
interface Row {
  client: string;
  command: readonly string[];
  skip: string | false;
  plain: string;
  sandbox: string;
}

const ROWS: readonly Row[] = [
  {
    client: "curl",
    command: ["curl", "-sS", CANARY],
    ...{ skip: curl, plain: "ok", sandbox: "ok" },
  },
  {
    client: "curl that asks without the password first",
    command: ["curl", "-sS", "--proxy-anyauth", CANARY],
    ...{ skip: curl, plain: "ok", sandbox: "ok" },
  },
  {
    client: "w3m, which does so always",
    command: ["w3m", "-dump", CANARY],
    ...{ skip: w3m, plain: "ok", sandbox: "ok" },
  },
  {
    client: "curl with a CA file of its own",
    command: ["curl", "-sS", "--cacert", "own.pem", CANARY],
    ...{ skip: curl, plain: OWN_ROOTS, sandbox: "untrusted" },
  },
  {
    client: "curl that pins",
    command: [
      ...["curl", "-sS", "--pinnedpubkey", `sha256//${"A".repeat(43)}=`],
      CANARY,
    ],
    ...{ skip: curl, plain: PINNED, sandbox: "untrusted" },
  },
  {
    client: "curl without the proxy",
    command: ["curl", "-sS", "--noproxy", "*", CANARY],
    ...{ skip: curl, plain: "no_proxy", sandbox: "ok" },
  },
  {
    client: "curl without TLS",
    command: ["curl", "-sS", "http://doctor.invalid/"],
    ...{ skip: curl, plain: "plain_http", sandbox: "plain_http" },
  },
  {
    client: "curl without the proxy's password",
    command: [
      ...["sh", "-c"],
      `exec curl -sS --proxy "http://\${HTTPS_PROXY##*@}" ${CANARY}`,
    ],
    ...{ skip: curl, plain: "no_password", sandbox: "no_password" },
  },
  {
    client: "wget with GnuTLS and a CA file of its own",
    command: ["wget", "-qO-", "--ca-certificate=own.pem", CANARY],
    // There GnuTLS reads the system's store besides.
    ...{ skip: gnutls, plain: "own_store", sandbox: "ok" },
  },
  {
    client: "Python's urllib",
    command: URLLIB("None"),
    ...{ skip: python, plain: "ok", sandbox: "ok" },
  },
  {
    client: "Python's urllib with a CA file of its own",
    command: URLLIB('ssl.create_default_context(cafile="own.pem")'),
    ...{ skip: python, plain: OWN_ROOTS, sandbox: "untrusted" },
  },
  {
    client: "a socket of Python, which knows of no proxy",
    command: SOCKET,
    ...{ skip: python, plain: "no_proxy", sandbox: "ok" },
  },
  {
    client: "a tunnel in which TLS never begins",
    command: TUNNEL("s.close()"),
    ...{ skip: python, plain: "no_tls", sandbox: "no_tls" },
  },
  {
    client: "a tunnel in which something else is spoken",
    command: TUNNEL('s.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n"); s.recv(1)'),
    ...{ skip: python, plain: "not_tls", sandbox: "not_tls" },
  },
  {
    client: "a tunnel to one host with TLS for another",
    command: TUNNEL(
      `import ssl
try: ssl.create_default_context().wrap_socket(s, server_hostname="other.invalid")
except ssl.SSLError: pass`,
    ),
    ...{ skip: python, plain: "other_name", sandbox: "other_name" },
  },
  {
    client: "what asks nothing",
    command: ["true"],
    ...{ skip: false, plain: "no_proxy", sandbox: "no_proxy" },
  },
];

/** Runs the doctor; the reason of its verdict or "ok", and its advice. */
async function examine(
  { authsome, folder, env }: Scenario,
  options: readonly string[],
  command: readonly string[],
) {
  const work = `${folder}/work`;
  Deno.mkdirSync(work, { recursive: true });
  Deno.copyFileSync(`${folder}/ca.pem`, `${work}/own.pem`);
  const { stdout, stderr } = await authsome(
    ["doctor", "--json", "--client", ...options, "--", ...command],
    { cwd: work, env: { HOME: env.HOME } },
  );
  // The client's own output comes first.
  const at = stdout.lastIndexOf('{\n  "v": 1');
  if (at < 0) throw new Error(stdout + stderr);
  const { checks } = JSON.parse(stdout.slice(at)) as {
    checks: {
      name: string;
      ok: boolean;
      message: string;
      reason?: string;
      fix?: string;
    }[];
  };
  const verdict = checks.find(({ name }) => name === "client")!;
  return {
    verdict: verdict.ok ? "ok" : verdict.reason,
    message: verdict.message,
    fix: verdict.fix ?? "",
    said: stdout.slice(0, at) + stderr,
  };
}

function inScenario(body: (scenario: Scenario) => Promise<void>) {
  return () => withScenario({}, [], () => new Response(), body, CACHE);
}

for (const { client, command, skip, plain, sandbox } of ROWS) {
  test(
    `doctor --client on ${client}: ${plain}`,
    { skip },
    inScenario(async (scenario) => {
      const { verdict, said } = await examine(scenario, [], command);
      expect([verdict, verdict === plain ? "" : said]).toEqual([plain, ""]);
    }),
  );
  test(
    `doctor --client --sandbox on ${client}: ${sandbox}`,
    { skip: skip || noSandbox },
    inScenario(async (scenario) => {
      const { verdict, said } = await examine(
        scenario,
        ["--sandbox"],
        command,
      );
      expect([verdict, verdict === sandbox ? "" : said]).toEqual([sandbox, ""]);
    }),
  );
}

test(
  "Node with roots of its own, which verifies after the handshake",
  { skip: newNode },
  inScenario(async (scenario) => {
    const { verdict, said } = await examine(scenario, [], NODE_WITH_ROOTS);
    // It reads the file of the run in any case.
    expect([verdict, verdict === PINNED ? "" : said]).toEqual([PINNED, ""]);
  }),
);

const PROGRAM = `package main
import ("crypto/tls"; "crypto/x509"; "errors"; "fmt"; "net/http"; "os")
func main() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	switch os.Args[1] {
	case "own":
		pool := x509.NewCertPool()
		pem, err := os.ReadFile("own.pem")
		if err != nil { panic(err) }
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	case "pin":
		transport.TLSClientConfig = &tls.Config{VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error {
			return errors.New("another key is pinned")
		}}
	case "direct":
		transport.Proxy = nil
	}
	response, err := (&http.Client{Transport: transport}).Get("${CANARY}")
	if err != nil { fmt.Println(err); os.Exit(1) }
	fmt.Println(response.Status)
}
`;

test(
  "doctor --client on programs of Go",
  { skip: go },
  inScenario(async (scenario) => {
    const { folder } = scenario;
    Deno.writeTextFileSync(`${folder}/main.go`, PROGRAM);
    const client = `${folder}/goclient`;
    const built = await spawn(
      [GO, "build", "-o", client, `${folder}/main.go`],
      {
        HOME: folder,
        // What was compiled for another test need not be compiled again.
        GOCACHE: Deno.env.get("GOCACHE") ??
          `${Deno.env.get("HOME")}/.cache/go-build`,
        GO111MODULE: "off",
        CGO_ENABLED: "0",
      },
    );
    expect([built.code, built.stderr]).toEqual([0, ""]);
    for (
      const [how, plain, sandboxed] of [
        ["default", "ok", "ok"],
        ["own", OWN_ROOTS, "untrusted"],
        ["pin", PINNED, "untrusted"],
        ["direct", "no_proxy", "ok"],
      ] as const
    ) {
      expect([how, (await examine(scenario, [], [client, how])).verdict])
        .toEqual([how, plain]);
      if (noSandbox) continue;
      expect([
        how,
        (await examine(scenario, ["--sandbox"], [client, how])).verdict,
      ]).toEqual([how, sandboxed]);
    }
  }),
);

const JAVA = `
import java.net.URI;
import java.net.http.*;
public class Fetch {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(args[0])).build();
    var response = HttpClient.newHttpClient()
      .send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode());
  }
}
`;

test(
  "a client that connects elsewhere by itself is told where",
  { skip: python || Deno.build.os !== "linux" && "only Linux tells it" },
  inScenario(async (scenario) => {
    // It is its own server, so that nothing else has to be there; it stays for much longer than one needs to see it.
    const program = `import socket, time
kept = []
for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    try:
        server = socket.socket(family)
        server.bind((host, 0))
    except OSError:
        continue
    server.listen()
    kept += [server, socket.create_connection(server.getsockname()[:2]), server.accept()]
    print(f"[{host}]" if ":" in host else host, server.getsockname()[1], sep=":", end=" ", flush=True)
print()
time.sleep(5)`;
    const { verdict, message, said } = await examine(
      scenario,
      [],
      [...ISOLATED, "-c", program],
    );
    expect(verdict).toBe("direct");
    const addresses = said.split("\n", 1)[0]!.trim().split(" ");
    expect(addresses.length).toBeGreaterThan(0);
    const [, shown] = /, and connected to (.*) by itself: /.exec(message) ?? [];
    expect(shown?.split(", ").sort()).toEqual(addresses.sort());
  }),
);

test(
  "what doctor advises for Java works when it is typed",
  { skip: java || noSandbox },
  inScenario(async (scenario) => {
    const file = `${scenario.folder}/Fetch.java`;
    Deno.writeTextFileSync(file, JAVA);
    const command = ["java", file, CANARY];
    const { verdict, fix } = await examine(scenario, ["--sandbox"], command);
    expect([verdict, fix]).toEqual(["ok", ""]);
  }),
);

test(
  "what doctor advises works when it is typed",
  { skip: curl || noSandbox },
  inScenario(async (scenario) => {
    for (
      const command of [
        ["curl", "-sS", "--noproxy", "*", CANARY],
        [
          ...["sh", "-c"],
          `exec curl -sS \${HTTPS_PROXY:+--proxy "http://127.0.0.1:\${HTTPS_PROXY##*:}"} ${CANARY}`,
        ],
      ]
    ) {
      const { fix } = await examine(scenario, [], command);
      const [, typed] = /authsome run (--sandbox -- .*)$/.exec(fix) ?? [];
      expect(typed).toBeDefined();
      const words = await spawn(
        ["sh", "-c", `printf '%s\\0' ${typed!.replace("--sandbox -- ", "")}`],
        scenario.env,
      );
      const { verdict } = await examine(
        scenario,
        ["--sandbox"],
        words.stdout.split("\0").slice(0, -1),
      );
      expect(verdict).toBe("ok");
    }
  }),
);
