// Requests that are signed in the place of a client that knows only the placeholder, and those that cannot be.
import { expect } from "expect";
import { test } from "node:test";
import type { ForwardedHead } from "../../lib/wire/forwarded_head.ts";
import {
  bytesToHash,
  MAX_HELD_BODY,
  sign,
} from "../../lib/request/signing/sigv4.ts";
import type { SigningKeys } from "../../lib/request/injector.ts";
import { buildRoutes } from "../../lib/request/routes.ts";
import { Secret } from "../../lib/secret.ts";
import { bundledProviders } from "../../providers/mod.ts";
import {
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import {
  readArrived,
  verifySignature,
} from "../support/servers/sigv4_verifier.ts";
import type { Connection } from "../support/servers/tls_upstream.ts";

const P = "authsome-proxy-managed";

function head(
  method: string,
  target: string,
  host: string,
  fields: Record<string, string> = {},
): ForwardedHead {
  return {
    method,
    target,
    minor: 1,
    fields: Object.entries({ Host: host, ...fields })
      .map(([name, value]) => ({ name, value })),
    upgrade: false,
    close: false,
  };
}

function field({ fields }: ForwardedHead, name: string): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === name)?.value;
}

const SUITE: SigningKeys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const SUITE_TIME = new Date("2015-08-30T12:36:00Z");
/** What a client would send that signs with the placeholder for the suite's service. */
const SUITE_SCOPE =
  `AWS4-HMAC-SHA256 Credential=${P}/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${
    "0".repeat(64)
  }`;
const SUITE_TOKEN =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

// The names are those of AWS's Signature Version 4 test suite.
const VECTORS: [
  name: string,
  method: string,
  target: string,
  signature: string,
  token?: string,
][] = [
  [
    "get-vanilla",
    "GET",
    "/",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  ],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-unreserved",
    "GET",
    "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  ],
  [
    "post-vanilla",
    "POST",
    "/",
    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  ],
  [
    "post-sts-header-before",
    "POST",
    "/",
    "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    SUITE_TOKEN,
  ],
];

for (const [name, method, target, signature, token] of VECTORS) {
  test(`sign() gives the signature of AWS's ${name}`, async () => {
    const request = head(method, target, "example.amazonaws.com", {
      Authorization: SUITE_SCOPE,
      "X-Amz-Date": "20000101T000000Z",
      "X-Amz-Security-Token": P,
    });
    const keys = token ? { ...SUITE, sessionToken: token } : SUITE;
    await sign(request, keys, { now: SUITE_TIME });
    expect(field(request, "authorization")).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date${
        token ? ";x-amz-security-token" : ""
      }, Signature=${signature}`,
    );
    expect(field(request, "x-amz-date")).toBe("20150830T123600Z");
    expect(field(request, "x-amz-security-token")).toBe(token);
    expect(request.target).toBe(target);
    expect(JSON.stringify(request)).not.toContain(P);
  });
}

// "Authenticating Requests: Using the Authorization Header" of the S3 documentation.
for (
  const [target, signature] of [
    [
      "/?lifecycle",
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ],
    [
      "/?max-keys=2&prefix=J",
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ] as const
) {
  test(`sign() gives the signature of the S3 documentation for ${target}`, async () => {
    const request = head("GET", target, "examplebucket.s3.amazonaws.com", {
      "x-amz-content-sha256":
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    });
    await sign(request, {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }, { now: new Date("2013-05-24T00:00:00Z") });
    expect(field(request, "authorization")).toMatch(
      new RegExp(
        `Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, .*Signature=${signature}$`,
      ),
    );
  });
}

const KEY_ID = "AKIAREALCANARY000001";
const SECRET = "real-secret-canary/9f+Zq";
const TOKEN = "real-session-canary==";

test("bytesToHash() holds back only what must be hashed", () => {
  const length = (length: number) => ({ kind: "length", length }) as const;
  const sts = (fields: Record<string, string> = {}) =>
    head("POST", "/", "sts.eu-west-1.amazonaws.com", fields);
  const s3 = head("PUT", "/k", "b.s3.eu-west-1.amazonaws.com");
  expect(bytesToHash(sts(), { kind: "none" })).toBe(0);
  expect(bytesToHash(sts(), length(43))).toBe(43);
  expect(bytesToHash(sts(), length(MAX_HELD_BODY))).toBe(MAX_HELD_BODY);
  expect(bytesToHash(s3, length(9e9))).toBe(0);
  expect(bytesToHash(s3, { kind: "chunked" })).toBe(0);
  for (
    const said of [
      "a".repeat(64),
      "UNSIGNED-PAYLOAD",
      "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ]
  ) {
    expect(
      bytesToHash(sts({ "X-Amz-Content-Sha256": said }), { kind: "chunked" }),
    ).toBe(0);
  }
  for (
    const [request, framing, why] of [
      [sts(), length(MAX_HELD_BODY + 1), "too long"],
      [sts(), { kind: "chunked" }, "too long"],
      [
        sts({ "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" }),
        length(9),
        "in chunks",
      ],
      [
        sts({ authorization: `AWS4-ECDSA-P256-SHA256 Credential=${P}/x` }),
        { kind: "chunked" },
        "4A",
      ],
    ] as const
  ) {
    expect(() => bytesToHash(request, framing)).toThrow(why);
  }
});

/** Answers every request whose signature is right with 200 and its scope, others with 403. */
async function aws(connection: Connection): Promise<void> {
  await connection.until(/\r\n\r\n/);
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(connection.received) ??
    [];
  if (length) {
    await connection.until(new RegExp(`\\r\\n\\r\\n[\\s\\S]{${length}}$`));
  } else if (/\r\ntransfer-encoding: chunked/i.test(connection.received)) {
    await connection.until(/\r\n0\r\n\r\n$/);
  }
  let status = "200 OK";
  let text: string;
  try {
    const scope = verifySignature(readArrived(connection.received), {
      [KEY_ID]: SECRET,
    });
    text = `${scope.region}/${scope.service}`;
  } catch (error) {
    status = "403 Forbidden";
    text = (error as Error).message;
  }
  connection.send(
    `HTTP/1.1 ${status}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}

function awsTest(
  name: string,
  host: string,
  body: (rig: Rig, client: Awaited<ReturnType<Rig["tunnel"]>>) => Promise<void>,
  token?: string,
  script: RigOptions["script"] = aws,
) {
  const options: RigOptions = {
    script,
    certificateFor: host,
    domain: "amazonaws.com",
    table: buildRoutes([{
      definition: JSON.parse(bundledProviders.text("aws")!),
      connection: "default",
    }]),
    fresh: () => ({
      ok: true,
      values: {},
      credential: {
        type: "api_key",
        fields: {
          access_key_id: new Secret(KEY_ID),
          secret_access_key: new Secret(SECRET),
          ...token ? { session_token: new Secret(token) } : {},
        },
      },
    }),
  };
  test(name, () =>
    withRig(options, async (rig) => {
      const client = await rig.tunnel(`${host}:443`);
      await body(rig, client);
      const sent = rig.upstream.connections.map(({ received }) => received)
        .join();
      expect(sent).not.toContain(SECRET);
      expect(sent).not.toContain(P);
      expect(client.received).not.toContain(SECRET);
    }));
}

function placeholderSignature(region: string, service: string): string {
  return `Authorization: AWS4-HMAC-SHA256 Credential=${P}/20260101/${region}/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${
    "0".repeat(64)
  }\r\nX-Amz-Date: 20260101T000000Z\r\nX-Amz-Security-Token: ${P}\r\n`;
}

const S3 = "photos.s3.eu-central-1.amazonaws.com";
const STS = "sts.amazonaws.com";

awsTest(
  "a request signed with the placeholder is signed anew, for the client's own region",
  STS,
  async (_, client) => {
    client.send(
      `GET /?Version=2011-06-15&Action=GetCallerIdentity HTTP/1.1\r\nHost: ${STS}\r\n${
        placeholderSignature("ap-south-1", "sts")
      }\r\n`,
    );
    expect(await client.until(/sts$/)).toMatch(/ 200 .*ap-south-1\/sts$/s);
  },
);

awsTest(
  "a request without a signature is signed for what its host names",
  S3,
  async (_, client) => {
    client.send(
      `GET /a/b%20c~(1)?list-type=2 HTTP/1.1\r\nHost: ${S3}\r\n\r\n`,
    );
    expect(await client.until(/s3$|wrong/)).toMatch(
      / 200 .*eu-central-1\/s3$/s,
    );
  },
);

awsTest(
  "temporary keys bring their session token, signed",
  STS,
  async (rig, client) => {
    client.send(
      `GET / HTTP/1.1\r\nHost: ${STS}\r\n${
        placeholderSignature("us-east-1", "sts")
      }\r\n`,
    );
    expect(await client.until(/sts$/)).toMatch(/ 200 /);
    const { headers } = readArrived(rig.upstream.connections[0]!.received);
    expect(headers.get("x-amz-security-token")).toBe(TOKEN);
  },
  TOKEN,
);

awsTest(
  "a body without a hash is read, hashed and sent on unchanged",
  STS,
  async (rig, client) => {
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    client.send(
      `POST / HTTP/1.1\r\nHost: ${STS}\r\nContent-Length: ${body.length}\r\n${
        placeholderSignature("us-east-1", "sts")
      }\r\n${body.slice(0, 9)}`,
    );
    client.send(body.slice(9));
    expect(await client.until(/sts$/)).toMatch(/ 200 /);
    expect(readArrived(rig.upstream.connections[0]!.received).body).toBe(body);
  },
);

awsTest(
  "what comes behind such a body is the next request, and is signed for itself",
  STS,
  async (rig, client) => {
    const request = (target: string, body: string) =>
      `POST ${target} HTTP/1.1\r\nHost: ${STS}\r\nContent-Length: ${body.length}\r\n${
        placeholderSignature("us-east-1", "sts")
      }\r\n${body}`;
    client.send(request("/1", "first") + request("/2", "second"));
    await client.until(/one[\s\S]*two$/);
    const { received } = rig.upstream.connections[0]!;
    const at = received.indexOf("POST /2");
    for (const one of [received.slice(0, at), received.slice(at)]) {
      expect(verifySignature(readArrived(one), { [KEY_ID]: SECRET }).service)
        .toBe("sts");
    }
    expect(rig.upstream.connections.length).toBe(1);
  },
  undefined,
  async (connection) => {
    await connection.until(/\r\n\r\nfirst$/);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    await connection.until(/\r\n\r\nsecond$/);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  },
);

awsTest(
  "a client that goes away before its body is there sends nothing on",
  STS,
  async (rig, client) => {
    client.send(
      `POST / HTTP/1.1\r\nHost: ${STS}\r\nContent-Length: 9\r\n${
        placeholderSignature("us-east-1", "sts")
      }\r\nhalf`,
    );
    client.socket.end();
    await client.closed();
    expect(rig.upstream.connections).toEqual([]);
    expect(rig.events).toEqual([]);
  },
);

awsTest(
  "a client that waits for leave to send such a body is told to go on",
  STS,
  async (rig, client) => {
    client.send(
      `POST / HTTP/1.1\r\nHost: ${STS}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n${
        placeholderSignature("us-east-1", "sts")
      }\r\n`,
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("body");
    expect(await client.until(/sts$/)).toMatch(/\n\r\nHTTP\/1\.1 200 /);
    expect(rig.upstream.connections[0]!.received).not.toMatch(/\r\nexpect:/i);
  },
);

awsTest(
  "S3 takes a body of any length as it comes, unsigned",
  S3,
  async (rig, client) => {
    client.send(
      `PUT /key HTTP/1.1\r\nHost: ${S3}\r\nTransfer-Encoding: chunked\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n\r\n5\r\nfirst\r\n`,
    );
    // Before the rest of the body is there.
    await waitFor(() => rig.upstream.connections[0]?.received ?? "", /first/);
    client.send("0\r\n\r\n");
    expect(await client.until(/s3$|wrong/)).toMatch(/ 200 /);
  },
);

awsTest(
  "what cannot be signed is refused with the reason, and nothing is sent",
  STS,
  async (rig, client) => {
    const requests = [
      "Transfer-Encoding: chunked\r\n",
      `Content-Length: ${MAX_HELD_BODY + 1}\r\n`,
      "Content-Length: 5\r\nX-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n",
    ];
    for (const [at, fields] of requests.entries()) {
      const one = at === 0 ? client : await rig.tunnel(`${STS}:443`);
      one.send(
        `POST / HTTP/1.1\r\nHost: ${STS}\r\n${fields}${
          placeholderSignature("us-east-1", "sts")
        }\r\n`,
      );
      expect(await one.until(/\}\n$/)).toMatch(
        /^HTTP\/1\.1 403 [\s\S]*X-Authsome-Reason: not_signable\r\n[\s\S]*x-amz-content-sha256/,
      );
    }
    expect(rig.upstream.connections.length).toBe(0);
    expect(rig.events.map(({ event, reason }) => [event, reason])).toEqual(
      requests.map(() => ["deny", "not_signable"]),
    );
  },
);

awsTest(
  "a presigned URL says itself who may do what: with the placeholder it is refused, otherwise left alone",
  S3,
  async (rig, client) => {
    client.send(
      `GET /k?X-Amz-Credential=${P}%2F20260101 HTTP/1.1\r\nHost: ${S3}\r\n\r\n`,
    );
    expect(await client.until(/\}\n$/)).toMatch(/placeholder_misplaced/);
    const from = client.received.length;
    const target =
      "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIASOMEBODYELSE0000%2F20260101&X-Amz-Signature=00";
    client.send(`GET ${target} HTTP/1.1\r\nHost: ${S3}\r\n\r\n`);
    await client.until(/no signature/, from);
    const { headers, target: sent } = readArrived(
      rig.upstream.connections[0]!.received,
    );
    expect([sent, headers.get("authorization")]).toEqual([target, undefined]);
  },
);

async function waitFor(text: () => string, pattern: RegExp): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if (pattern.test(text())) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never saw ${pattern}`);
}
