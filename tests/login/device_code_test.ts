import { expect } from "expect";
import { after, before, test } from "node:test";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { flow } from "../../lib/login/flows/device_code.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  type AuthorizationServer,
  CLIENTS,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import {
  fakeDefinition,
  type Script,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer();
});
after(() => server.close());

test("a person confirms the code on a page while we poll", async () => {
  let polls = 0;
  let page = "";
  const request = flowRequest(server.definition(), {
    client: CLIENTS.public,
    allowPrivateHosts: true,
    device: (code) => {
      page = code.verificationUriComplete!;
      expect(code.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
      expect(code.expiresAt > Date.now()).toBe(true);
      return Promise.resolve();
    },
    sleep: async () => {
      if (++polls === 3) await server.approveDevice(page);
    },
  });
  const { credential, client } = await flow.run(request);
  const { accessToken, refreshToken } = credential as OAuth2Credential;
  expect(await server.accepts(accessToken.reveal())).toBe(true);
  expect(refreshToken).toBeDefined();
  expect(client?.clientId).toBe("public");
  expect(polls).toBe(3);
});

/** A device flow against a fake server; the clock moves with the sleeps. */
async function fake(
  polls: Script[],
  options: {
    device?: Record<string, unknown>;
    oauth?: ProviderDefinition["oauth"];
    clockStep?: number;
    client?: ProviderDefinition["client"];
  } = {},
) {
  let result: unknown;
  const sleeps: number[] = [];
  let asked = 0;
  let bodies: string[] = [];
  await withFakeServer({
    "/device": (_request, origin) =>
      Response.json({
        device_code: "device-code",
        user_code: "ABCD-EFGH",
        verification_uri: `${origin}/page`,
        expires_in: 600,
        interval: 5,
        ...options.device,
      }),
    "/token": (request, origin) =>
      polls[Math.min(asked++, polls.length - 1)]!(request, origin),
  }, async ({ origin, seen }) => {
    let now = 1_700_000_000_000;
    const definition = fakeDefinition(origin, {
      device_authorization_url: `${origin}/device`,
      ...options.oauth,
    });
    result = await flow.run(flowRequest(definition, {
      client: { clientId: "id" },
      allowPrivateHosts: true,
      device: () => Promise.resolve(),
      clock: { now: () => now },
      sleep: (milliseconds) => {
        sleeps.push(milliseconds);
        now += options.clockStep ?? milliseconds;
        return Promise.resolve();
      },
    })).catch((error) => error);
    bodies = seen.map(({ body }) => body);
  });
  return { result, sleeps, bodies };
}

const error = (code: string, status = 400): Script => () =>
  Response.json({ error: code }, { status });
const pending = error("authorization_pending");
const token: Script = () =>
  Response.json({ access_token: "at", token_type: "bearer" });

test("slow_down adds 5 seconds for good, each time", async () => {
  const slow = error("slow_down");
  const { result, sleeps } = await fake([
    pending,
    slow,
    pending,
    slow,
    pending,
    token,
  ]);
  expect(result).toHaveProperty("credential");
  expect(sleeps).toEqual([5000, 5000, 10000, 10000, 15000, 15000]);
});

test("a server that cannot be reached is asked less and less often", async () => {
  const broken: Script = () => new Response("<html>", { status: 502 });
  const { result, sleeps } = await fake([
    broken,
    error("server_error", 500),
    broken,
    broken,
    broken,
    token,
  ]);
  expect(result).toHaveProperty("credential");
  expect(sleeps).toEqual([5000, 10000, 20000, 40000, 60000, 60000]);
});

test("who declines, and a code that expired, end the wait", async () => {
  expect((await fake([pending, error("access_denied")])).result).toMatchObject({
    code: "InputCancelled",
  });
  expect((await fake([pending, error("expired_token")])).result).toMatchObject({
    code: "AuthenticationFailed",
    message: expect.stringContaining("expired"),
  });
  const { result, sleeps } = await fake([error("invalid_client", 401)]);
  expect(result).toMatchObject({ error: "invalid_client" });
  expect(sleeps.length).toBe(1);
});

test("polls end with the code's life, even if the clock stands still or jumps", async () => {
  for (const clockStep of [5000, 0, -5000]) {
    const { result, sleeps } = await fake([pending], { clockStep });
    expect(result).toMatchObject({ code: "AuthenticationFailed" });
    expect(sleeps.length).toBe(120);
  }
  const jump = await fake([pending], { clockStep: 3_600_000 });
  expect(jump.sleeps.length).toBe(1);
});

test("odd intervals and lifetimes are bounded", async () => {
  for (
    const [device, first, count] of [
      [{ interval: 0 }, 5000, 120],
      [{ interval: -1 }, 5000, 120],
      [{ interval: "7" }, 7000, 86],
      [{ interval: 0.001 }, 1000, 600],
      [{ interval: 1e9 }, 60000, 10],
      [{ expires_in: 1e12, interval: 60 }, 60000, 60],
      [{ expires_in: "soon", interval: 60 }, 60000, 15],
    ] as const
  ) {
    const { sleeps } = await fake([pending], { device });
    expect([device, sleeps[0], sleeps.length]).toEqual([device, first, count]);
  }
});

test("a verification page that is no page, or a code with control characters, is refused", async () => {
  for (
    const device of [
      { verification_uri: "javascript:alert(1)" },
      { verification_uri: "file:///etc/passwd" },
      { verification_uri: "http://evil.example.com/" },
      { verification_uri: "--flag" },
      { verification_uri_complete: "javascript:alert(1)" },
      { user_code: "A\u001b[2J" },
      { user_code: "x".repeat(100) },
      { user_code: 5 },
      { device_code: undefined },
    ]
  ) {
    const { result, sleeps } = await fake([token], { device });
    expect([device, result]).toMatchObject([device, {
      code: "AuthenticationFailed",
    }]);
    expect(sleeps).toEqual([]);
  }
});

test("Google's name for the page is understood", async () => {
  await withFakeServer({}, async ({ origin }) => {
    const { result } = await fake([token], {
      device: { verification_uri: undefined, verification_url: `${origin}/p` },
    });
    expect(result).toHaveProperty("credential");
  });
});

test("a service with JSON polls and no clients is asked in its way", async () => {
  const { result, bodies } = await fake([pending, token], {
    oauth: {
      scopes: [],
      token_auth_method: "none",
      device_token_request: {
        body: "json",
        code_param: "deviceCode",
        grant_type: "device_code",
      },
    },
  });
  expect((result as { client?: unknown }).client).toBeUndefined();
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    {},
    { grant_type: "device_code", deviceCode: "device-code" },
    { grant_type: "device_code", deviceCode: "device-code" },
  ]);
});

test("scopes under another name go with every poll, and errors are read where the service has them", async () => {
  const waiting: Script = () =>
    Response.json({ status: 400, message: "authorization_pending" }, {
      status: 400,
    });
  const { result, bodies } = await fake([waiting, token], {
    oauth: {
      scopes: ["user:read", "bits:read"],
      device_scope_param: "scopes",
      token_response: { error: "message" },
    },
  });
  expect(result).toMatchObject({ credential: { type: "oauth2" } });
  expect(bodies.map((body) => Object.fromEntries(new URLSearchParams(body))))
    .toEqual([
      { client_id: "id", scopes: "user:read bits:read" },
      ...Array(2).fill({
        client_id: "id",
        device_code: "device-code",
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        scopes: "user:read bits:read",
      }),
    ]);
});
