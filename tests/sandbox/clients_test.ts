// What a command in the sandbox is for: its ordinary work, and programs that know of no proxy. Real bubblewrap.
import { expect } from "expect";
import { gitHttpBackend, noGitServer } from "../support/servers/git_server.ts";
import { noPackages, packageIndex } from "../support/servers/package_index.ts";
import {
  ROOT,
  type Sandbox,
  type SandboxOptions,
  sandboxTest,
} from "../support/sandbox/sandbox.ts";
import { missing, spawn } from "../support/scenario.ts";

const OPENAI_KEY = `sk-${"o1".repeat(20)}`;
const GITHUB_KEY = `ghp_${"g2".repeat(20)}`;
const HOSTS = [
  "api.openai.com",
  "api.github.com",
  "github.com",
  "registry.npmjs.org",
  "pypi.org",
];
const EXPECTED: Record<string, string> = {
  "api.openai.com": `Bearer ${OPENAI_KEY}`,
  "api.github.com": `Bearer ${GITHUB_KEY}`,
  "github.com": `Basic ${btoa(`x-access-token:${GITHUB_KEY}`)}`,
};
const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);

let repositories = "";
let packages: Awaited<ReturnType<typeof packageIndex>> = {};

/** Every server: a request without the right credential gets 401. */
async function internet(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const expected = EXPECTED[host];
  if (expected && request.headers.get("authorization") !== expected) {
    return Response.json({ error: "who are you?" }, { status: 401 });
  }
  if (host === "github.com") return await gitHttpBackend(repositories, request);
  if (host === "api.github.com") {
    return Response.json({ login: "octocat", id: 1 });
  }
  if (host === "api.openai.com") return Response.json({ hello: pathname });
  const file = packages[decodeURIComponent(pathname)];
  if (file === undefined) return new Response("none", { status: 404 });
  return new Response(file, {
    headers: typeof file === "string"
      ? {
        "content-type": host === "pypi.org" ? "text/html" : "application/json",
      }
      : {},
  });
}

function clientTest(
  name: string,
  needs: string | false,
  body: (sandbox: Sandbox) => Promise<void>,
) {
  sandboxTest(
    name,
    { openai: OPENAI_KEY, "github-pat": GITHUB_KEY },
    HOSTS,
    internet,
    async (sandbox) => {
      repositories = `${sandbox.folder}/repositories`;
      await body(sandbox);
    },
    needs,
  );
}

async function succeeds(
  sandbox: Sandbox,
  command: readonly string[],
  options?: SandboxOptions,
): Promise<string> {
  const { code, stdout, stderr } = await sandbox.inside(command, options);
  expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
  for (const key of [OPENAI_KEY, GITHUB_KEY]) {
    expect(stdout + stderr).not.toContain(key);
  }
  return stdout.trim();
}

const MODELS = "https://api.openai.com/v1/models";
const HELLO = '{"hello":"/v1/models"}';

clientTest("curl", await missing("curl"), async (sandbox) => {
  expect(await succeeds(sandbox, ["curl", "-sS", "--fail", MODELS])).toBe(
    HELLO,
  );
});

// Programs that know of no proxy. Most of them would take ours, so they are told that there is none.

const WITHOUT = [
  "env",
  ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
    .flatMap((name) => ["-u", name]),
  ...["-u", "NODE_USE_ENV_PROXY"],
];

const RAW = `
import socket, ssl, sys
def get(address, name, family=socket.AF_INET):
    raw = socket.socket(family)
    raw.connect((address, 443))
    tls = ssl.create_default_context().wrap_socket(raw, server_hostname=name)
    tls.sendall(b"GET /v1/models HTTP/1.1\\r\\nHost: api.openai.com\\r\\nConnection: close\\r\\n\\r\\n")
    answer = b""
    while part := tls.recv(65536):
        answer += part
    print(tls.getpeercert()["subjectAltName"][0][1], answer.split(b"\\r\\n")[0].decode(), answer.rsplit(b"\\r\\n\\r\\n")[-1].decode())
`;

clientTest(
  "a raw TLS socket, by name and by any address",
  python,
  async (sandbox) => {
    const script = `${RAW}
get("api.openai.com", "api.openai.com")
get("192.0.2.7", "api.openai.com")
get("2001:db8::7", "api.openai.com", socket.AF_INET6)`;
    expect(await succeeds(sandbox, [PYTHON, "-c", script])).toBe(
      Array(3).fill(`api.openai.com HTTP/1.1 200 OK ${HELLO}`).join("\n"),
    );
    // No name was looked up, and no other way was taken.
    expect(new Set(sandbox.api.tunnels)).toEqual(
      new Set(["api.openai.com:443"]),
    );
  },
);

clientTest(
  "a raw TLS socket that names no server is led by the address it was given",
  python,
  async (sandbox) => {
    // No connection serves that host, so the certificate is the server's own.
    const script = `
import socket, ssl
context = ssl.create_default_context()
context.check_hostname = False
tls = context.wrap_socket(socket.create_connection(("registry.npmjs.org", 443)))
print(tls.getpeercert()["subjectAltName"][0][1])`;
    expect(await succeeds(sandbox, [PYTHON, "-c", script])).toBe(HOSTS[0]);
    // Where the name is resolved, the other proxy is asked once whether it connects to this machine.
    expect(
      sandbox.api.tunnels.filter((target) => !/^127\.0\.0\.1:/.test(target)),
    ).toEqual(["registry.npmjs.org:443"]);
  },
);

clientTest("plain HTTP by its Host", python, async (sandbox) => {
  const script = `
import socket
s = socket.create_connection(("192.0.2.8", 80))
s.sendall(b"GET / HTTP/1.1\\r\\nHost: plain.example\\r\\n\\r\\n")
print(s.recv(100))`;
  // Nobody has that name, so it has to be named where names of the internet are resolved.
  const options = ["--allow-private", "plain.example"];
  await sandbox.inside([PYTHON, "-c", script], { options });
  expect(sandbox.api.tunnels).toEqual(["plain.example:80"]);
});

clientTest(
  "Go without a proxy",
  await missing("go", "version"),
  async (sandbox) => {
    const { work, env } = sandbox;
    Deno.writeTextFileSync(
      `${work}/main.go`,
      `package main
import ("fmt"; "io"; "net/http")
func main() {
	client := &http.Client{Transport: &http.Transport{Proxy: nil}}
	response, err := client.Get("${MODELS}")
	if err != nil { panic(err) }
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body))
}
`,
    );
    const built = await spawn(
      ["go", "build", "-o", `${work}/main`, `${work}/main.go`],
      {
        ...env,
        HOME: Deno.env.get("HOME")!,
        CGO_ENABLED: "0",
        GO111MODULE: "off",
      },
    );
    expect([built.code, built.stderr]).toEqual([0, ""]);
    expect(await succeeds(sandbox, ["./main"])).toBe(`200 ${HELLO}`);
  },
);

clientTest("Java", await missing("javac", "--version"), async (sandbox) => {
  Deno.writeTextFileSync(
    `${sandbox.work}/Main.java`,
    `import java.net.*; import java.net.http.*;
class Main {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("${MODELS}")).build();
    var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode() + " " + response.body());
  }
}
`,
  );
  expect(await succeeds(sandbox, ["java", "Main.java"])).toBe(`200 ${HELLO}`);
});

clientTest(
  "Node whose fetch takes no proxy",
  await missing("node"),
  async (sandbox) => {
    const script =
      `fetch("${MODELS}").then(async (r) => console.log(r.status, await r.text()))`;
    expect(await succeeds(sandbox, [...WITHOUT, "node", "-e", script])).toBe(
      `200 ${HELLO}`,
    );
  },
);

// Ordinary work.

clientTest("git clones and pushes", noGitServer, async (sandbox) => {
  const { folder, work, env } = sandbox;
  Deno.writeTextFileSync(
    `${folder}/.gitconfig`,
    "[user]\nname = T\nemail = t@example.com\n[init]\ndefaultBranch = main\n",
  );
  const git = async (...args: string[]) => {
    const ended = await spawn(["git", ...args], {
      PATH: env.PATH!,
      HOME: folder,
    });
    expect([args, ended.code]).toEqual([args, 0]);
    return ended.stdout;
  };
  const bare = `${folder}/repositories/team/project.git`;
  await git("init", "--bare", bare);
  await git("-C", bare, "config", "http.receivepack", "true");
  await git("init", `${folder}/seed`);
  Deno.writeTextFileSync(`${folder}/seed/file`, "content\n".repeat(10_000));
  await git("-C", `${folder}/seed`, "add", "file");
  await git("-C", `${folder}/seed`, "commit", "-m", "first");
  await git("-C", `${folder}/seed`, "push", bare, "main");
  const script = `set -e
    git clone -q https://github.com/team/project.git
    cd project && wc -c < file
    git commit -q --allow-empty -m second && git push -q`;
  expect(await succeeds(sandbox, ["sh", "-c", script])).toBe("80000");
  expect(await git("-C", bare, "log", "--format=%s", "main")).toBe(
    "second\nfirst\n",
  );
  // The clone is the person's own from now on: in it, hooks and settings are out of reach.
  const later = await sandbox.sh(
    "git config core.fsmonitor evil; echo evil > .git/hooks/post-commit; git commit -q --allow-empty -m third && git push -q",
    { cwd: `${work}/project` },
  );
  expect(later.code).toBe(0);
  expect(Deno.readTextFileSync(`${work}/project/.git/config`)).not.toContain(
    "evil",
  );
  expect(await git("-C", bare, "log", "-1", "--format=%s", "main")).toBe(
    "third\n",
  );
});

clientTest(
  "npm install",
  noPackages || await missing("npm"),
  async (sandbox) => {
    const { folder, work, api } = sandbox;
    packages = await packageIndex(folder);
    Deno.writeTextFileSync(`${work}/package.json`, '{"name":"mine"}');
    const script =
      "npm install --no-audit --no-fund --no-update-notifier tiny >&2 && node -p 'require(\"tiny\")'";
    expect(await succeeds(sandbox, ["sh", "-c", script])).toBe("tiny from npm");
    expect(api.requests.map(({ url }) => url.pathname)).toEqual([
      "/tiny",
      "/tiny/-/tiny-1.0.0.tgz",
    ]);
  },
);

clientTest(
  "pip install",
  noPackages || await missing(PYTHON, "-m", "pip", "--version"),
  async (sandbox) => {
    packages = await packageIndex(sandbox.folder);
    const script =
      `${PYTHON} -m pip install --quiet --disable-pip-version-check --target lib tiny >&2 && PYTHONPATH=lib ${PYTHON} -c 'import tiny; print(tiny.NAME)'`;
    expect(await succeeds(sandbox, ["sh", "-c", script])).toBe("tiny from pip");
  },
);

clientTest(
  "a Python SDK: PyGithub",
  await missing(PYTHON, "-c", "import github"),
  async (sandbox) => {
    const script =
      'import github, os\nprint(github.Github(os.environ["GITHUB_TOKEN"]).get_user().login)';
    expect(await succeeds(sandbox, [PYTHON, "-c", script])).toBe("octocat");
  },
);

clientTest(
  "a Node SDK: Octokit",
  await missing("node"),
  async (sandbox) => {
    const script = `
import { Octokit } from "@octokit/rest";
const octokit = new Octokit({ auth: process.env.GITHUB_TOKEN });
console.log((await octokit.rest.users.getAuthenticated()).data.login);`;
    const command = ["node", "--input-type=module", "-e", script];
    expect(await succeeds(sandbox, command, { cwd: ROOT })).toBe("octocat");
  },
);
