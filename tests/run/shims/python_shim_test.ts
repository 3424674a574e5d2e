// Python libraries that ignore the proxy or bring roots of their own, under the real command line.
import { expect } from "expect";
import { test } from "node:test";
import {
  missing,
  type Scenario,
  withScenario,
} from "../../support/scenario.ts";
import { sandboxTest } from "../../support/sandbox/sandbox.ts";
import { PYTHON_SHIM } from "../../../lib/run/shims/python_shim.ts";

const KEY = `sk-${"o1".repeat(20)}`;
const HOST = "api.openai.com";
const MODELS = `https://${HOST}/v1/models`;
const HELLO = '{"hello":"/v1/models"}';
const HOSTS = [HOST, "unrouted.example"];

/** Roots of nobody. */
const OTHER_ROOTS = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUVZfGRVo/AdqCMgLvpeV/MtN2IJowCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLT3RoZXIgcm9vdHMwIBcNMjYxMTI3MTM1NzU5WhgPMjEyNjEx
MDMxMzU3NTlaMBYxFDASBgNVBAMMC090aGVyIHJvb3RzMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEQNNFAMQUt7SSXpzJgJFMzVc1oFQDfPdgG1NEqDPPwq6Vrj88
ffJxgQ9eu2u9Z4JSD8LYIk+CeVUxXrkTiiR5T6NTMFEwHQYDVR0OBBYEFNvAhOsS
0v9DdCNUM69VZ4x0trr+MB8GA1UdIwQYMBaAFNvAhOsS0v9DdCNUM69VZ4x0trr+
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgQBTaIMUCmA517BdO
5enSR8iwlWN0YxlTho6Uz7Q2tbUCIQCr2sLylUDwavidBalmVYbNLu4+q4lr2Psy
eZh6TXn5+A==
-----END CERTIFICATE-----
`;

const SYSTEM = "/usr/bin/python3";
const PACKAGES = Deno.env.get("AUTHSOME_TEST_PYTHON") ?? SYSTEM;
const python = await missing(SYSTEM);

function internet(request: Request): Response {
  const { host, pathname } = new URL(request.url);
  const authorization = request.headers.get("authorization");
  return host !== HOST || authorization === `Bearer ${KEY}`
    ? Response.json({ hello: pathname })
    : Response.json({ error: "who are you?" }, { status: 401 });
}

function inScenario(body: (scenario: Scenario) => Promise<void>) {
  return withScenario({ openai: KEY }, HOSTS, internet, body);
}

/** Connects itself, with contexts that trust the default roots or those of `cafile`. */
const RAW = `
import socket, ssl, sys
def get(host, cafile=None):
    context = ssl.create_default_context(cafile=cafile)
    with context.wrap_socket(socket.create_connection((host, 443)), server_hostname=host) as tls:
        tls.sendall(("GET /v1/models HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n" % host).encode())
        answer = b""
        while True:
            part = tls.recv(65536)
            if not part:
                return answer.split(b"\\r\\n\\r\\n", 1)[1].decode()
            answer += part
`;
const ASYNC = (body: string) => `
import asyncio
async def main():
${body.split("\n").map((line) => `    ${line}`).join("\n")}
asyncio.run(main())`;

const STDLIB: Record<string, string> = {
  "http.client": `
import http.client
connection = http.client.HTTPSConnection("${HOST}")
connection.request("GET", "/v1/models")
print(connection.getresponse().read().decode())`,
  "urllib without proxies": `
import urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open("${MODELS}").read().decode())`,
  "a socket with TLS": `${RAW}\nprint(get("${HOST}"))`,
  "asyncio streams": ASYNC(
    `reader, writer = await asyncio.open_connection("${HOST}", 443, ssl=True)
writer.write(b"GET /v1/models HTTP/1.1\\r\\nHost: ${HOST}\\r\\nConnection: close\\r\\n\\r\\n")
print((await reader.read()).split(b"\\r\\n\\r\\n", 1)[1].decode())`,
  ),
};

const LIBRARIES: Record<string, [modules: string, program: string]> = {
  "urllib3": [
    "urllib3",
    `import urllib3
print(urllib3.PoolManager().request("GET", "${MODELS}").data.decode())`,
  ],
  "urllib3 with the roots of certifi": [
    "urllib3, certifi",
    `import certifi, urllib3
pool = urllib3.PoolManager(ca_certs=certifi.where())
print(pool.request("GET", "${MODELS}").data.decode())`,
  ],
  "requests without the environment": [
    "requests",
    `import requests
session = requests.Session()
session.trust_env = False
print(session.get("${MODELS}").text)`,
  ],
  "requests with a file of roots": [
    "requests",
    `import requests, ssl
print(requests.get("${MODELS}", verify="other.pem").text)`,
  ],
  "httpx without the environment": [
    "httpx",
    `import httpx
print(httpx.Client(trust_env=False).get("${MODELS}").text)`,
  ],
  "httpx with a transport of its own, async": [
    "httpx",
    `import httpx
${
      ASYNC(
        `async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=1)) as client:
    print((await client.get("${MODELS}")).text)`,
      )
    }`,
  ],
  "httpx2 without the environment": [
    "httpx2",
    `import httpx2
print(httpx2.Client(trust_env=False).get("${MODELS}").text)`,
  ],
  "aiohttp": [
    "aiohttp",
    `import aiohttp
${
      ASYNC(`async with aiohttp.ClientSession() as session:
    async with session.get("${MODELS}") as response:
        print(await response.text())`)
    }`,
  ],
  "aiohttp with a context and a connector of its own": [
    "aiohttp, certifi",
    `import aiohttp, certifi, ssl
${
      ASYNC(`context = ssl.create_default_context(cafile=certifi.where())
connector = aiohttp.TCPConnector(ssl=context)
async with aiohttp.ClientSession(connector=connector) as session:
    async with session.get("${MODELS}") as response:
        print(await response.text())`)
    }`,
  ],
  "websockets without a proxy": [
    "websockets",
    `import websockets
${
      ASYNC(`try:
    await websockets.connect("wss://${HOST}/v1/models", proxy=None)
except websockets.exceptions.InvalidStatus as error:
    print(error.response.body.decode())`)
    }`,
  ],
  "websockets without a proxy, in threads": [
    "websockets",
    `from websockets.sync.client import connect
from websockets.exceptions import InvalidStatus
try:
    connect("wss://${HOST}/v1/models", proxy=None)
except InvalidStatus as error:
    print(error.response.body.decode())`,
  ],
};

/** Runs `program`, which finds a file of roots that are not those of the API. */
async function runs({ folder, client }: Scenario, program: string) {
  Deno.writeTextFileSync(`${folder}/other.pem`, OTHER_ROOTS);
  return await client([SYSTEM, "-c", program], { cwd: folder });
}

interface Tried {
  skip: string | false;
  interpreter: string;
  program: string;
}

const programs: Record<string, Tried> = Object.fromEntries([
  ...Object.entries(STDLIB).map(([name, program]) => [
    name,
    { skip: python, interpreter: SYSTEM, program },
  ]),
  ...await Promise.all(
    Object.entries(LIBRARIES).map(async ([name, [modules, program]]) => [
      name,
      {
        skip: python || await missing(PACKAGES, "-c", `import ${modules}`),
        interpreter: PACKAGES,
        program,
      },
    ]),
  ),
]);

/** What each prints with the helper and without, all in two runs. */
async function tryAll(): Promise<Record<"with" | "without", string[]>> {
  const printed = { with: [] as string[], without: [] as string[] };
  await inScenario(async ({ folder, client, api }) => {
    Deno.writeTextFileSync(`${folder}/other.pem`, OTHER_ROOTS);
    const script = Object.values(programs).map(
      ({ interpreter, program, skip }, at) => {
        Deno.writeTextFileSync(`${folder}/${at}.py`, program);
        return skip
          ? ""
          : `timeout 60 '${interpreter}' ${at}.py >${at}.txt 2>&1`;
      },
    ).join("\n");
    for (const way of ["with", "without"] as const) {
      const options = way === "with" ? [] : ["--no-shims"];
      await client(["sh", "-c", script], { cwd: folder, options });
      printed[way] = Object.values(programs).map(({ skip }, at) =>
        skip ? "" : Deno.readTextFileSync(`${folder}/${at}.txt`).trim()
      );
    }
    for (const { headers } of api.requests) {
      expect(headers.has("proxy-authorization")).toBe(false);
    }
  });
  return printed;
}

let trying: ReturnType<typeof tryAll> | undefined;
for (const [at, [name, { skip }]] of Object.entries(programs).entries()) {
  test(`Python: ${name}`, { skip }, async () => {
    const printed = await (trying ??= tryAll());
    expect(printed.with[at]).toBe(HELLO);
    // None of these programs is here for nothing.
    expect(printed.without[at]).not.toBe(HELLO);
    expect(JSON.stringify(printed)).not.toContain(KEY);
  });
}

test(
  "Python: a file of roots keeps its meaning for every host that is not routed",
  { skip: python },
  () =>
    inScenario(async (scenario) => {
      const program = `${RAW}
print(get("${HOST}", "other.pem"))
try:
    print(get("unrouted.example", "other.pem"))
except ssl.SSLCertVerificationError:
    print("not trusted")
print(get("unrouted.example"))`;
      const { stdout, stderr } = await runs(scenario, program);
      expect([stdout, stderr]).toEqual([
        `${HELLO}\nnot trusted\n${HELLO}\n`,
        "",
      ]);
    }),
);

sandboxTest(
  "Python: a file of roots of a program's own, in the sandbox",
  { openai: KEY },
  HOSTS,
  internet,
  async ({ work, inside }) => {
    Deno.writeTextFileSync(`${work}/other.pem`, OTHER_ROOTS);
    const program = `${RAW}\nprint(get("${HOST}", "other.pem"))`;
    const { stdout, stderr } = await inside([SYSTEM, "-c", program]);
    expect([stdout, stderr]).toEqual([`${HELLO}\n`, ""]);
    const without = await inside([SYSTEM, "-c", program], {
      options: ["--no-shims"],
    });
    expect(without.stdout).toBe("");
  },
  python,
);

test(
  "Python: the person's own sitecustomize runs, and sees no other",
  { skip: python },
  () =>
    inScenario(async ({ folder, client }) => {
      Deno.mkdirSync(`${folder}/own`);
      Deno.writeTextFileSync(
        `${folder}/own/sitecustomize.py`,
        "import sys\nsys.own = __file__\n",
      );
      const program = `
import sitecustomize, sys
print(sys.own, sitecustomize.__file__, [path for path in sys.path if "shims" in path])`;
      const own = `${folder}/own/sitecustomize.py`;
      const env = { PYTHONPATH: `${folder}/own` };
      expect(await client([SYSTEM, "-c", program], { env })).toMatchObject({
        code: 0,
        stdout: `${own} ${own} []\n`,
      });
    }),
);

test(
  "Python: an error in the person's own sitecustomize is said as without a run",
  { skip: python },
  () =>
    inScenario(async ({ folder, client }) => {
      Deno.mkdirSync(`${folder}/own`);
      Deno.writeTextFileSync(
        `${folder}/own/sitecustomize.py`,
        "import no_such_module\n",
      );
      const env = { PYTHONPATH: `${folder}/own` };
      const { code, stdout, stderr } = await client(
        [SYSTEM, "-c", "print('on')"],
        { env },
      );
      expect([code, stdout]).toEqual([0, "on\n"]);
      expect(stderr).toContain("no_such_module");
    }),
);

test(
  "Python: without the run's variables, isolated, or with a proxy of its own, all is as it was",
  { skip: python },
  () =>
    inScenario(async ({ client }) => {
      const told = `
import http.client, socket, ssl
print(*{each.__module__ for each in (socket.create_connection, http.client.HTTPConnection.connect)})`;
      for (
        const command of [
          ["env", "-u", "AUTHSOME_PROXY_MODE", SYSTEM],
          [SYSTEM, "-I"],
          [SYSTEM, "-E"],
        ]
      ) {
        const { stdout } = await client([...command, "-c", told]);
        expect(stdout.trim().split(" ").sort()).toEqual([
          "http.client",
          "socket",
        ]);
      }
      const own = `
import http.client
connection = http.client.HTTPSConnection("127.0.0.1", 9)
connection.set_tunnel("${HOST}")
try:
    connection.request("GET", "/")
except ConnectionRefusedError:
    print("its own")`;
      expect((await client([SYSTEM, "-c", own])).stdout).toBe("its own\n");
      const other = `
import http.client
try:
    http.client.HTTPSConnection("${HOST}").request("GET", "/")
except OSError as error:
    print(type(error).__name__)`;
      expect(
        (await client([
          ...["env", "HTTPS_PROXY=http://127.0.0.1:9"],
          ...["https_proxy=http://127.0.0.1:9", SYSTEM, "-c", other],
        ])).stdout,
      ).toBe("gaierror\n");
    }),
);

test(
  "Python: what NO_PROXY and loopback exempt takes no tunnel",
  { skip: python },
  () =>
    inScenario(async ({ client }) => {
      const program = `
import http.client
exempt = http.client.HTTPConnection.connect.__globals__["is_exempt"]
entries = "corp.example, .lan.example *.wide.example 10.0.0.0/8,only.example:8443,[fd00::1]"
for host, port in [
    ("localhost", 443), ("app.localhost", 443), ("127.0.0.2", 443), ("::1", 443), ("169.254.169.254", 443),
    ("corp.example", 443), ("a.corp.example", 443), ("a.lan.example", 443), ("x.wide.example", 443),
    ("10.1.2.3", 443), ("only.example", 8443), ("fd00::1", 443),
    ("notcorp.example", 443), ("11.1.2.3", 443), ("only.example", 443), ("api.openai.com", 443),
]:
    print(int(exempt(host, port, entries)), end="")
print(int(exempt("api.openai.com", 443, "*")))`;
      const { stdout, stderr } = await client([SYSTEM, "-c", program]);
      expect([stdout, stderr]).toEqual(["11111111111100001\n", ""]);
    }),
);

test("the list of Python's folders keeps what is there and names ours once", () => {
  const path = (own: string | undefined, folder: string) =>
    PYTHON_SHIM.variables(own === undefined ? {} : { PYTHONPATH: own }, folder)
      .PYTHONPATH;
  expect(path(undefined, "/h/shims")).toBe("/h/shims/python");
  expect(path("", "/h/shims")).toBe("/h/shims/python");
  expect(path("/a::/b", "/h/shims")).toBe("/h/shims/python:/a::/b");
  expect(path("/a:/h/shims/python", "/h/shims")).toBe("/h/shims/python:/a");
  expect(path("C:\\a;D:\\b", "C:\\h/shims")).toBe(
    "C:\\h/shims/python;C:\\a;D:\\b",
  );
  expect(path("/a", "/h:1/shims")).toBe(undefined);
});
