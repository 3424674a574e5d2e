// O: credentials that make credentials. What the command asks for is refused before it is signed or authorised, in every
// spelling that a service could obey; `--allow-minting` opens it, and the audit log has both.
import { expect } from "expect";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { buildRoutes } from "../../../lib/request/routes.ts";
import { Secret } from "../../../lib/secret.ts";
import { bundledProviders } from "../../../providers/mod.ts";
import { connect } from "../../support/connected.ts";
import {
  type Rig,
  type RigOptions,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import { withFetch } from "../../support/proxy/routed_fetch.ts";
import { missing, withScenario } from "../../support/scenario.ts";
import {
  readArrived,
  verifySignature,
} from "../../support/servers/sigv4_verifier.ts";
import type { Connection } from "../../support/servers/tls_upstream.ts";

const ID = "AKIAREALCANARY000001";
const SECRET = "real-secret-canary/9f+Zq";
const STS = "sts.amazonaws.com";
const FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
const CALLER = "Action=GetCallerIdentity&Version=2011-06-15";

/** A refusal, or the service's own answer. */
const ANSWER = /\}\n$|\r\n\r\n[a-z0-9]+$/;

function bundled(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

/** The API of AWS: answers what is signed with the real key. */
async function aws(connection: Connection): Promise<void> {
  for (let from = 0;;) {
    const head = await connection.until(/^[\s\S]*?\r\n\r\n/, from);
    const end = from + head.indexOf("\r\n\r\n") + 4;
    const [, length = "0"] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
    const chunked = /\r\ntransfer-encoding: chunked/i.test(head);
    await connection.until(
      chunked ? /0\r\n\r\n$/ : new RegExp(`^[\\s\\S]{${length}}`),
      end,
    );
    const { service } = verifySignature(
      readArrived(connection.received.slice(from)),
      { [ID]: SECRET },
    );
    from = connection.received.length;
    connection.send(
      `HTTP/1.1 200 OK\r\nContent-Length: ${service.length}\r\n\r\n${service}`,
    );
  }
}

function awsRig(
  host: string,
  body: (rig: Rig) => Promise<void>,
  mayMint = false,
): Promise<void> {
  const options: RigOptions = {
    script: aws,
    certificateFor: host,
    domain: "amazonaws.com",
    table: buildRoutes([{
      definition: bundled("aws"),
      connection: "default",
      mayMint,
    }]),
    fresh: () => ({
      ok: true,
      values: {},
      credential: {
        type: "api_key",
        fields: {
          access_key_id: new Secret(ID),
          secret_access_key: new Secret(SECRET),
        },
      },
    }),
  };
  return withRig(options, body);
}

/** A request: method and target, more fields, a body of one byte per character. */
function request(
  host: string,
  line: string,
  fields = "",
  body?: string,
): string {
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  return `${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}${length}\r\n${
    body ?? ""
  }`;
}

const GET_SESSION = "Action=GetSessionToken&Version=2011-06-15";
/** Each asks for lasting or temporary keys; none may be signed. */
const MINTING: Record<string, string> = {
  "in the body": request(STS, "POST /", FORM, GET_SESSION),
  "in the query": request(STS, `GET /?${GET_SESSION}`),
  "in the query of a POST": request(STS, `POST /?${GET_SESSION}`, FORM, "a=1"),
  "in both, the body being harmless": request(
    STS,
    `POST /?${GET_SESSION}`,
    FORM,
    CALLER,
  ),
  "in both, the query being harmless": request(
    STS,
    `POST /?${CALLER}`,
    FORM,
    GET_SESSION,
  ),
  "twice, first harmless": request(
    STS,
    "POST /",
    FORM,
    `${CALLER}&Action=AssumeRole`,
  ),
  "twice, last harmless": request(
    STS,
    "POST /",
    FORM,
    `Action=AssumeRole&${CALLER}`,
  ),
  "escaped": request(STS, "POST /", FORM, "%41ction=Get%53essionToken"),
  "escaped twice": request(STS, "POST /", FORM, "Action=Get%2553essionToken"),
  "in another case": request(STS, "POST /", FORM, "action=getsessiontoken"),
  "with white space": request(STS, "POST /", FORM, "+Action=+GetSessionToken+"),
  "with a tab and a line": request(
    STS,
    "POST /",
    FORM,
    "\r\nAction=%09GetSessionToken%0a",
  ),
  "with brackets": request(STS, "POST /", FORM, "Action[]=GetSessionToken"),
  "behind a semicolon": request(
    STS,
    "POST /",
    FORM,
    "a=1;Action=GetSessionToken",
  ),
  "behind empty parts": request(
    STS,
    "POST /",
    FORM,
    "&&=&Action=GetFederationToken",
  ),
  "behind a byte order mark": request(
    STS,
    "POST /",
    FORM,
    "\xef\xbb\xbfAction=GetSessionToken",
  ),
  "without a type": request(STS, "POST /", "", GET_SESSION),
  "by another method": request(STS, "PUT /", FORM, GET_SESSION),
  "by a GET with a body": request(STS, "GET /", FORM, GET_SESSION),
  "below another path": request(STS, "POST /x/y", FORM, GET_SESSION),
  "in another character set": request(
    STS,
    "POST /",
    "Content-Type: application/x-www-form-urlencoded; charset=utf-16\r\n",
    GET_SESSION,
  ),
  "as UTF-16": request(
    STS,
    "POST /",
    FORM,
    [...GET_SESSION].map((character) => `${character}\0`).join(""),
  ),
  "as multipart": request(
    STS,
    "POST /",
    "Content-Type: multipart/form-data; boundary=b\r\n",
    '--b\r\nContent-Disposition: form-data; name="Action"\r\n\r\nGetSessionToken\r\n--b--\r\n',
  ),
  "as JSON": request(
    STS,
    "POST /",
    "Content-Type: application/json\r\n",
    '{"Action":"GetSessionToken"}',
  ),
  "compressed": request(
    STS,
    "POST /",
    `${FORM}Content-Encoding: gzip\r\n`,
    "\x1f",
  ),
  "in a long body": request(
    STS,
    "POST /",
    FORM,
    `a=${"x".repeat(70_000)}&${GET_SESSION}`,
  ),
  "in chunks, with a hash": request(
    STS,
    "POST /",
    `${FORM}Transfer-Encoding: chunked\r\nX-Amz-Content-Sha256: ${
      "a".repeat(64)
    }\r\n`,
  ) + "5\r\nfirst\r\n0\r\n\r\n",
  "with a hash of its own": request(
    STS,
    "POST /",
    `${FORM}X-Amz-Content-Sha256: ${"a".repeat(64)}\r\n`,
    GET_SESSION,
  ),
  "as a target": request(
    STS,
    "POST /",
    "X-Amz-Target: AWSSecurityTokenServiceV20110615.GetSessionToken\r\n",
    "{}",
  ),
  "as a target with an underscore": request(
    STS,
    "GET /",
    "X_Amz_Target: AWSSecurityTokenServiceV20110615.assumerole\r\n",
  ),
  "as a path of the newer protocols": request(
    STS,
    "POST /service/AWSSecurityTokenServiceV20110615/operation/GetSessionToken",
    "Content-Type: application/cbor\r\n",
    "\xa0",
  ),
};

for (const [how, text] of Object.entries(MINTING)) {
  test(`keys of STS asked for ${how}: refused, not signed, audited`, () =>
    awsRig(STS, async (rig) => {
      const client = await rig.tunnel(`${STS}:443`);
      client.send(text);
      const answer = await client.until(ANSWER);
      expect(answer).toMatch(/^(?:HTTP\/1\.1 100[^\n]*\n\r\n)?HTTP\/1\.1 403 /);
      expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({
        error: { code: "OperationNotAllowed" },
        reason: "minting_refused",
        provider: "aws",
        hint: expect.stringContaining("--allow-minting aws"),
      });
      expect(rig.upstream.connections).toEqual([]);
      expect(rig.events).toMatchObject([{
        event: "deny",
        ok: false,
        reason: "minting_refused",
        provider: "aws",
        connection: "default",
        detail: expect.stringMatching(/keys/),
      }]);
      expect(client.received).not.toContain(SECRET);
    }));
}

/** [host, what follows the method, fields, body] of services that make credentials in other ways. */
const SERVICES: [host: string, text: (host: string) => string][] = [
  [
    "iam.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=CreateAccessKey"),
  ],
  [
    "iam.us-gov.amazonaws.com",
    (host) => request(host, "GET /?Action=CreateLoginProfile"),
  ],
  [
    "sts.eu-west-1.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=AssumeRole"),
  ],
  [
    "sts-fips.us-east-1.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=AssumeRoleWithSAML"),
  ],
  [
    "vpce-0a-b.sts.us-east-1.vpce.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=AssumeRole"),
  ],
  [
    "api.ecr.eu-west-1.amazonaws.com",
    (host) =>
      request(
        host,
        "POST /",
        "X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken\r\n",
        "{}",
      ),
  ],
  [
    "acme-1.d.codeartifact.eu-west-1.amazonaws.com",
    (host) => request(host, "POST /v1/authorization-token?domain=acme"),
  ],
  [
    "redshift.eu-west-1.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=GetClusterCredentials"),
  ],
  [
    "ec2.eu-west-1.amazonaws.com",
    (host) => request(host, "POST /", FORM, "Action=CreateKeyPair"),
  ],
  [
    "portal.sso.eu-west-1.amazonaws.com",
    (host) => request(host, "GET /federation/credentials?role_name=a"),
  ],
];

for (const [host, text] of SERVICES) {
  test(`a credential made by ${host}: refused, not signed`, () =>
    awsRig(host, async (rig) => {
      const client = await rig.tunnel(`${host}:443`);
      client.send(text(host));
      expect(await client.until(ANSWER)).toMatch(/"minting_refused"/);
      expect(rig.upstream.connections).toEqual([]);
    }));
}

test("over HTTP/2 the same is refused, and a body that decides is not sent unread", () =>
  awsRig(STS, async (rig) => {
    const socket = await rig.secure(`${STS}:443`, { protocols: ["h2"] });
    const session = connectHttp2(`https://${STS}`, {
      createConnection: () => socket,
    });
    session.on("error", () => {});
    const ask = (fields: Record<string, string>, body = "") =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({
          ":authority": STS,
          "content-type": "application/x-www-form-urlencoded",
          ...fields,
        });
        stream.on("error", reject);
        stream.on("response", ({ ":status": status }) => {
          resolve(Number(status));
          stream.resume();
        });
        // A GET has ended by itself.
        if (body) stream.end(body);
      });
    const hash = { "x-amz-content-sha256": "a".repeat(64) };
    expect(await ask({ ":path": `/?${GET_SESSION}` })).toBe(403);
    expect(await ask({ ":path": "/", ":method": "POST", ...hash }, GET_SESSION))
      .not.toBe(200);
    session.destroy();
    expect(rig.upstream.connections).toEqual([]);
  }));

test("what makes no credential is signed as before, in every protocol", () =>
  awsRig(STS, async (rig) => {
    const harmless = [
      request(STS, "POST /", FORM, CALLER),
      request(STS, `GET /?${CALLER}`),
      request(
        STS,
        "POST /",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
        "Action=DecodeAuthorizationMessage&EncodedMessage=sts%3AAssumeRole%26x",
      ),
      request(STS, "POST /", "", CALLER),
      request(STS, "POST /", "X-Amz-Target: X.GetCallerIdentity\r\n", "{}")
        .replace("{}", "xx"),
    ];
    for (const text of harmless) {
      const client = await rig.tunnel(`${STS}:443`);
      client.send(text);
      expect(await client.until(/sts$|\}\n$/)).toMatch(/ 200 OK[\s\S]*sts$/);
    }
    expect(rig.events.map(({ event, ok }) => [event, ok])).toEqual(
      harmless.map(() => ["inject", true]),
    );
    expect(rig.events.some(({ detail }) => detail)).toBe(false);
  }));

test("where it is allowed the request is signed, and the log says what it asked for", () =>
  awsRig(STS, async (rig) => {
    for (
      const text of [
        MINTING["in the body"]!,
        MINTING["in the query"]!,
        request(STS, "POST /", FORM, CALLER),
      ]
    ) {
      const client = await rig.tunnel(`${STS}:443`);
      client.send(text);
      expect(await client.until(/sts$|\}\n$/)).toMatch(/ 200 OK[\s\S]*sts$/);
    }
    expect(rig.events.map(({ event, detail }) => [event, detail])).toEqual([
      ["inject", "temporary or lasting keys of STS"],
      ["inject", "temporary or lasting keys of STS"],
      ["inject", undefined],
    ]);
  }, true));

const ACME: ProviderDefinition = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme-notes.com",
  api_key: {},
  minting: [
    {
      method: "POST",
      path: "/keys",
      reason: "an API key",
      source: "https://acme-notes.com/docs",
    },
    {
      method: ["PUT", "PATCH"],
      path: "/tokens/{id}/roll",
      reason: "a token",
      source: "https://acme-notes.com/docs",
    },
    {
      path: "/graphql",
      mentions: ["apiKeyCreate"],
      reason: "an API key",
      source: "https://acme-notes.com/docs",
    },
  ],
};
const ACME_HOST = "api.acme-notes.com";

function acmeRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  return withRig({
    script: (connection) =>
      connection.until(/\r\n\r\n/).then(() =>
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      ),
    certificateFor: ACME_HOST,
    domain: "acme-notes.com",
    table: buildRoutes([{ definition: ACME, connection: "default" }]),
  }, body);
}

async function outcome(rig: Rig, text: string): Promise<string> {
  const client = await rig.tunnel(`${ACME_HOST}:443`);
  client.send(text);
  const answer = await client.until(/ok$|\}\n$/);
  const [, reason] = /"reason":"(\w+)"/.exec(answer) ?? [];
  return reason ?? "sent";
}

test("a method in a header, a parameter or a form counts as the method", () =>
  acmeRig(async (rig) => {
    const ask = (line: string, fields = "", body?: string) =>
      outcome(rig, request(ACME_HOST, line, fields, body));
    for (
      const [line, fields, body] of [
        ["POST /keys", "", "{}"],
        ["GET /keys", "X-HTTP-Method-Override: POST\r\n"],
        ["GET /keys", "X-Http-Method: post\r\n"],
        ["GET /keys", "X_HTTP_METHOD_OVERRIDE: Post\r\n"],
        ["PUT /keys", "X-Method-Override: POST\r\n", "{}"],
        ["GET /keys?_method=post"],
        ["GET /keys?%24httpMethod=POST"],
        ["GET /keys?$httpHeaders=X-HTTP-Method-Override%3A%20POST"],
        ["PUT /tokens/7/roll", "", "{}"],
        ["PATCH /tokens/7/roll", "", "{}"],
        ["POST /tokens/7/roll", "X-HTTP-Method-Override: PUT\r\n", "{}"],
        ["POST /tokens/7/roll", FORM, "_method=put"],
        [
          "POST /tokens/7/roll",
          "Content-Type: multipart/form-data; boundary=b\r\n",
          "--b--",
        ],
      ] as const
    ) {
      expect([line, fields, await ask(line, fields, body)]).toEqual([
        line,
        fields,
        "minting_refused",
      ]);
    }
    expect(rig.upstream.connections).toEqual([]);
    for (const line of ["GET /keys", "DELETE /keys/1", "GET /keys?a=POST"]) {
      expect([line, await ask(line)]).toEqual([line, "sent"]);
    }
    expect(
      await ask(
        "POST /tokens/7/roll",
        "Content-Type: application/json\r\n",
        "{}",
      ),
    ).toBe("sent");
  }));

test("a GraphQL request that names the field is refused, however it is written", () =>
  acmeRig(async (rig) => {
    const JSON_TYPE = "Content-Type: application/json\r\n";
    const ask = (fields: string, body: string) =>
      outcome(rig, request(ACME_HOST, "POST /graphql", fields, body));
    const query = "mutation { a: apiKeyCreate(name: 1) { key } }";
    for (
      const [fields, body] of [
        [JSON_TYPE, JSON.stringify({ query })],
        [JSON_TYPE, JSON.stringify([{ query: "{ me }" }, { query }])],
        [
          JSON_TYPE,
          JSON.stringify({ query }).replace("apiKey", "\\u0061p\\u0069Key"),
        ],
        ["Content-Type: application/graphql\r\n", query],
        [FORM, `query=${encodeURIComponent(query).replace("api", "%61p%69")}`],
        [
          "Content-Type: multipart/form-data; boundary=b\r\n",
          `--b\r\n${query}`,
        ],
        [`${JSON_TYPE}Content-Encoding: br\r\n`, "x"],
        [
          JSON_TYPE,
          JSON.stringify({ query }).replace("apiKey", "\\u002561piKey"),
        ],
        [
          FORM,
          `query=${encodeURIComponent(query).replace("api", "%255Cu0061pi")}`,
        ],
        [
          "Content-Type: application/json; charset=utf-7\r\n",
          JSON.stringify({ query }).replace("apiKey", "+AGEAcABp-Key"),
        ],
        [
          "Content-Type: multipart/form-data; boundary=b\r\n",
          `--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\n${btoa(query)}`,
        ],
        [
          "Content-Type: multipart/form-data; boundary=b\r\n",
          `--b\r\nContent-Type: text/plain; charset="utf-7"\r\n\r\n+AGEAcABp-KeyCreate`,
        ],
      ] as const
    ) {
      expect([body, await ask(fields, body)]).toEqual([
        body,
        "minting_refused",
      ]);
    }
    expect(
      await outcome(
        rig,
        request(ACME_HOST, `GET /graphql?query=mutation%7BapiKeyCreate%7D`),
      ),
    ).toBe("minting_refused");
    expect(rig.upstream.connections).toEqual([]);
    const other = '{"query":"{ apiKeyCreated { id } }"}';
    for (
      const [fields, body] of [
        [JSON_TYPE, other],
        ['Content-Type: application/json; charset="UTF-8"\r\n', other],
        [
          "Content-Type: multipart/form-data; boundary=b\r\n",
          `--b\r\nContent-Type: application/json; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${other}`,
        ],
      ] as const
    ) {
      expect([fields, await ask(fields, body)]).toEqual([fields, "sent"]);
    }
  }));

const CURL = await missing("curl") ||
  await missing("sh", "-c", "curl --help all | grep -q aws-sigv4");
const AWS_CLI = await missing("aws", "--version");
const CLIENTS: [name: string, skip: string | false, command: string[]][] = [
  ["curl", CURL, [
    "sh",
    "-c",
    `curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:sts --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --data '${GET_SESSION}' https://${STS}/`,
  ]],
  ["the AWS CLI", AWS_CLI, [
    ...["aws", "--region", "eu-central-1", "--output", "text"],
    ...["sts", "get-session-token", "--query", "Credentials.AccessKeyId"],
  ]],
];

for (const [name, skip, command] of CLIENTS) {
  const title =
    `${name} gets no session token under run, unless --allow-minting aws`;
  test(
    title,
    { skip },
    () =>
      withScenario(
        {},
        [STS, "sts.eu-central-1.amazonaws.com"],
        async (request) => {
          const { pathname, search } = new URL(request.url);
          verifySignature({
            method: request.method,
            target: pathname + search,
            headers: new Map(request.headers),
            body: await request.text(),
          }, { [ID]: SECRET });
          return new Response(
            `<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>ASIANEW</AccessKeyId></Credentials></GetSessionTokenResult></GetSessionTokenResponse>`,
            { headers: { "content-type": "text/xml" } },
          );
        },
        async (scenario) => {
          await scenario.authsome(["login", "aws", "--stdin"], {
            stdin: JSON.stringify({
              access_key_id: ID,
              secret_access_key: SECRET,
            }) + "\n",
          });
          const refused = await scenario.client(command);
          expect(refused.code).not.toBe(0);
          expect(refused.stdout + refused.stderr).not.toContain("ASIANEW");
          expect(scenario.api.requests).toEqual([]);
          const log = await scenario.authsome(["log", "--json"]);
          expect(JSON.parse(log.stdout).entries.at(-1)).toMatchObject({
            event: "deny",
            reason: "minting_refused",
            provider: "aws",
            detail: "temporary or lasting keys of STS",
          });

          const why = await scenario.authsome(["explain", "--last"]);
          expect(why.stdout).toMatch(/because.*temporary or lasting keys/);
          const options = ["--allow-minting", "aws"];
          const opened = await scenario.client(command, { options });
          expect([opened.code, opened.stdout, opened.stderr]).toEqual([
            0,
            expect.stringContaining("ASIANEW"),
            expect.anything(),
          ]);
          const after = await scenario.authsome(["log", "--json"]);
          expect(JSON.parse(after.stdout).entries.at(-1)).toMatchObject({
            event: "inject",
            ok: true,
            detail: "temporary or lasting keys of STS",
          });
        },
      ),
  );
}

test("the flag opens the provider that it names and no other, and explain says the same", () =>
  withScenario(
    { npm: "npm_canary_1", sendgrid: "SG.canary-2" },
    ["registry.npmjs.org", "api.sendgrid.com"],
    () => new Response("made"),
    async (scenario) => {
      const npm = "https://registry.npmjs.org/-/npm/v1/tokens";
      const sendgrid = "https://api.sendgrid.com/v3/api_keys";
      const curl = (url: string) => ["curl", "-sS", "-d", "{}", url];
      const options = ["--allow-minting", "npm"];
      const cases = [
        [npm, [], "minting_refused"],
        [npm, options, "routed"],
        [sendgrid, options, "minting_refused"],
        [sendgrid, [...options, "--allow-minting", "sendgrid"], "routed"],
      ] as const;
      for (const [url, options, reason] of cases) {
        const { stdout } = await scenario.client(curl(url), { options });
        expect([url, options, stdout]).toEqual([
          url,
          options,
          reason === "routed" ? "made" : expect.stringContaining(reason),
        ]);
        const told = await scenario.authsome([
          ...["explain", url, "--method", "POST", "--json"],
          ...options,
        ]);
        expect(JSON.parse(told.stdout)).toMatchObject({ reason });
      }
      expect(scenario.api.requests.length).toBe(2);
      for (const name of ["nothing-of-the-kind", "github"]) {
        const { code, stdout } = await scenario.authsome(
          ["run", "--json", "--allow-minting", name, "--", "true"],
        );
        expect([name, code]).toEqual([name, name === "github" ? 3 : 4]);
        expect(stdout).toContain(name);
      }
      const left = await scenario.authsome(
        ["run", "--only", "npm", "--allow-minting", "sendgrid", "--", "true"],
      );
      expect([left.code, left.stderr]).toEqual([
        2,
        expect.stringContaining("--only leaves it out"),
      ]);
    },
  ));

test("the library's fetch refuses the same, whatever the body is made of", () =>
  withFetch({
    hosts: [ACME_HOST],
    definitions: [ACME],
    handler: () => new Response("made"),
  }, async ({ fetch, broker, audited, api }) => {
    await connect(broker, "acme", "sk-canary-3");
    const url = (path: string) => `https://${ACME_HOST}${path}`;
    const query = '{"query":"mutation { apiKeyCreate }"}';
    const posted: [path: string, body: BodyInit][] = [
      ["/keys", "{}"],
      ["/%6beys;x", "{}"],
      ["/graphql", query],
      ["/graphql", new Blob([query])],
      ["/graphql", new TextEncoder().encode(query)],
      ["/graphql", new URLSearchParams({ query })],
      ["/graphql", new Response("{}").body!],
    ];
    for (const [path, body] of posted) {
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      await expect(fetch(url(path), init)).rejects.toMatchObject({
        code: "OperationNotAllowed",
        hint: expect.stringContaining("--allow-minting acme"),
      });
    }
    expect(api.requests).toEqual([]);
    expect(await audited()).toMatchObject(posted.map(() => ({
      event: "deny",
      reason: "minting_refused",
      detail: "an API key",
    })));
    const init = { method: "POST", body: '{"query":"{ me }"}' };
    expect(await (await fetch(url("/graphql"), init)).text()).toBe("made");
  }));

for (const name of ["npm", "npm-but-faster"]) {
  test(`a user's file that says nothing of it keeps the places of the bundled definition: ${name}`, () => {
    const { minting: _, config_files: __, ...old } = bundled("npm");
    return withFetch({
      hosts: ["registry.npmjs.org"],
      definitions: [{ ...old, name }],
      handler: () => new Response("made"),
    }, async ({ fetch, broker, api }) => {
      await connect(broker, name, "npm_canary_4");
      await expect(
        fetch("https://registry.npmjs.org/-/npm/v1/tokens", {
          method: "POST",
          body: "{}",
        }),
      ).rejects.toMatchObject({ code: "OperationNotAllowed" });
      expect(api.requests).toEqual([]);
    });
  });
}
