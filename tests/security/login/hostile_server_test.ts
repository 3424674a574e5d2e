// An authorization server that means harm, against the real program: `authsome login https://mcp.evil.com/mcp`.
import { expect } from "expect";
import { after, before, beforeEach, test } from "node:test";
import { CliSession } from "../../support/terminal/cli_session.ts";
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";

const ORIGIN = "https://mcp.evil.com";
const HONEST = {
  issuer: ORIGIN,
  authorization_endpoint: `${ORIGIN}/authorize`,
  token_endpoint: `${ORIGIN}/token`,
  registration_endpoint: `${ORIGIN}/register`,
  code_challenge_methods_supported: ["S256"],
};
const TOKEN = { access_token: "at", token_type: "bearer", expires_in: 3600 };

let api: LocalApi;
let cli: CliSession;
/** What it says of itself, and how its token endpoint answers. */
let metadata: Record<string, unknown>;
let answer: () => Response;
let asked: string[];

before(async () => {
  api = await startLocalApi(["mcp.evil.com", "other.com"], (request) => {
    const { hostname, pathname } = new URL(request.url);
    asked.push(`${hostname}${pathname}`);
    switch (pathname) {
      case "/.well-known/oauth-protected-resource/mcp":
        return Response.json({
          resource: `${ORIGIN}/mcp`,
          authorization_servers: [ORIGIN],
        });
      case "/.well-known/oauth-authorization-server":
        return Response.json(metadata);
      case "/register":
        return Response.json({ client_id: "x" }, { status: 201 });
      case "/token":
        return answer();
    }
    return new Response("", { status: 404 });
  });
  cli = await CliSession.open(api);
  // Every argument that a browser would be given.
  await Deno.writeTextFile(
    `${cli.session.work}/bin/open-page`,
    `#!/bin/sh\nprintf '%s\\n' "$@" >> '${cli.session.work}/opened'\n`,
    { mode: 0o755 },
  );
});
beforeEach(() => {
  metadata = { ...HONEST };
  answer = () => Response.json(TOKEN);
  asked = [];
});
after(async () => {
  await cli[Symbol.asyncDispose]();
  await api.close();
});

const left = async () =>
  (await cli.run("authsome list --connected --json")).stdout;
const NOTHING = JSON.stringify({ v: 1, bundled: [], custom: [] }, null, 2) +
  "\n";

test("metadata that leads to another program, a shell, a file or this network opens and asks nothing", async () => {
  const work = cli.session.work;
  const cases: [field: string, value: string][] = [
    ["authorization_endpoint", "javascript:alert(1)"],
    ["authorization_endpoint", "file:///etc/passwd"],
    ["authorization_endpoint", "--incognito"],
    ["authorization_endpoint", `$(touch ${work}/pwned)`],
    ["authorization_endpoint", `${ORIGIN}/a\nb`],
    ["authorization_endpoint", `${ORIGIN}/a b`],
    ["authorization_endpoint", "http://mcp.evil.com/authorize"],
    ["authorization_endpoint", "https://192.168.1.1/"],
    ["token_endpoint", "http://169.254.169.254/latest/meta-data"],
    ["token_endpoint", "https://[::ffff:169.254.169.254]/"],
    ["registration_endpoint", "https://localhost:8443/"],
    ["registration_endpoint", "https://2130706433/"],
    ["issuer", "https://other.com"],
  ];
  for (const [field, value] of cases) {
    metadata = { ...HONEST, [field]: value };
    asked = [];
    const { code, stderr } = await cli.run(
      `authsome login ${ORIGIN}/mcp --timeout 20`,
      { env: { AUTHSOME_NO_BROWSER: "", BROWSER: `${work}/bin/open-page` } },
    );
    expect([field, value, code]).toEqual([field, value, 2]);
    expect(stderr).toContain("Error: Cannot");
    // Nothing but the resource itself and the well-known places.
    expect(
      asked.filter((path) =>
        path !== "mcp.evil.com/mcp" && !path.includes("/.well-known/")
      ),
    ).toEqual([]);
  }
  for (const name of ["opened", "pwned"]) {
    expect(() => Deno.statSync(`${work}/${name}`)).toThrow(
      Deno.errors.NotFound,
    );
  }
  expect(api.tunnels.every((target) => target === "mcp.evil.com:443")).toBe(
    true,
  );
  expect(await left()).toBe(NOTHING);
});

test("shell text in an address that is one reaches the browser as part of one argument at most", async () => {
  const work = cli.session.work;
  metadata.authorization_endpoint = `${ORIGIN}/\`touch pwned\``
    .replaceAll(" ", "%20") + `;touch%20${work}/pwned`;
  const { code } = await cli.run(
    `authsome login ${ORIGIN}/mcp --timeout 10`,
    { env: { AUTHSOME_NO_BROWSER: "", BROWSER: `${work}/bin/open-page` } },
  );
  expect(code).toBe(2);
  // The browser is given a file, which leads to a page of this machine, which sends it on.
  expect(await Deno.readTextFile(`${work}/opened`)).toMatch(
    /^file:\/\/\/[\w/.-]+\/login\.html\n$/,
  );
  expect(() => Deno.statSync(`${work}/pwned`)).toThrow(Deno.errors.NotFound);
});

/** Logs in as far as the token endpoint; how it ended. */
async function exchange(callback: Record<string, string> = {}) {
  const login = cli.start(`authsome login ${ORIGIN}/mcp --force --timeout 20`);
  const end = new URL(cli.redirectUri);
  end.search = `${new URLSearchParams({
    code: "the-code",
    state: new URL(await login.url).searchParams.get("state")!,
    ...callback,
  })}`;
  await (await fetch(end)).body?.cancel();
  return await login.done;
}

test("a token endpoint that redirects, floods, or answers something else ends the login and stores nothing", async () => {
  const answers: Record<string, () => Response> = {
    "redirects elsewhere": () =>
      new Response(null, {
        status: 307,
        headers: { location: "https://other.com/token" },
      }),
    "more than 1048576 bytes": () =>
      new Response(`{"access_token":"${"a".repeat(10_000_000)}"}`),
    "without JSON": () => new Response("<html>"),
    "HTTP 200 without JSON": () =>
      new Response('{"access_token":"a","expires_in":NaN}'),
    "not a token response": () => Response.json({ access_token: 7 }),
    "cannot be sent": () =>
      Response.json({ ...TOKEN, access_token: "a\r\nHost: evil" }),
  };
  for (const [said, script] of Object.entries(answers)) {
    answer = script;
    const { code, stderr } = await exchange();
    expect([said, code === 2 || code === 8, stderr]).toEqual([
      said,
      true,
      expect.stringContaining(said),
    ]);
    expect(stderr).not.toContain("the-code");
  }
  expect(asked.filter((path) => path.startsWith("other.com"))).toEqual([]);
  expect(await left()).toBe(NOTHING);
});

test("the answer of another issuer is refused, whether or not issuers are announced; so is one without where it was announced", async () => {
  const wrong = await exchange({ iss: "https://other.com" });
  metadata.authorization_response_iss_parameter_supported = true;
  const missing = await exchange();
  for (const { code, stderr } of [wrong, missing]) {
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("did not come from its authorization server"),
    ]);
  }
  expect(asked).not.toContain("mcp.evil.com/token");
  expect((await exchange({ iss: ORIGIN })).code).toBe(0);
  await cli.run("authsome logout mcp-evil-com");
});

test("a lifetime that is none is an unknown one", async () => {
  for (const expires_in of ["-1", "1e400", '"NaN"', "99999999999", "0"]) {
    answer = () =>
      new Response(
        `{"access_token":"at","token_type":"bearer","expires_in":${expires_in}}`,
      );
    expect((await exchange()).code).toBe(0);
    const { stdout } = await cli.run("authsome get mcp-evil-com --json");
    expect([expires_in, JSON.parse(stdout)]).toMatchObject([expires_in, {
      status: "connected",
      expires_at: null,
    }]);
  }
});
