// An API that no longer takes a token, and the real authorization server that gives the next one.
import { expect } from "expect";
import { after, before, test } from "node:test";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { flow } from "../../lib/login/flows/authorization_code.ts";
import {
  type AuthorizationServer,
  CLIENTS,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import { connect } from "../support/connected.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { type FetchScene, withFetch } from "../support/proxy/routed_fetch.ts";

const HOST = "api.acme.com";
const URL_ = `https://${HOST}/things`;

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer();
});
after(() => server.close());

/** A connection logged in for real; the API refuses every token of `refused` and says what it was sent otherwise. */
async function withConnection(
  body: (
    scene: FetchScene & { token: string; sent(): string[] },
  ) => Promise<void>,
  refuses: (token: string, first: string) => boolean = (token, first) =>
    token === first,
): Promise<void> {
  let first = "";
  const sent: string[] = [];
  await withFetch({
    hosts: [HOST],
    definitions: [server.definition()],
    handler: async (request) => {
      const token = request.headers.get("authorization")!.slice(7);
      sent.push(token);
      const text = await request.text();
      return refuses(token, first)
        ? new Response("expired", { status: 401 })
        : new Response(text);
    },
  }, async (scene) => {
    const { connections } = scene.broker;
    const { credential, client } = await flow.run(
      flowRequest(server.definition(), {
        client: CLIENTS.public,
        person: async (url) => [await server.consent(url)],
      }),
    );
    await connections.saveClient(client!);
    await connections.save({
      provider: "acme",
      name: "default",
      revision: 0,
      credential,
      state: "connected",
      createdAt: 1,
      updatedAt: 1,
    });
    first = (credential as OAuth2Credential).accessToken.reveal();
    server.tokenRequests.length = 0;
    await body({ ...scene, token: first, sent: () => sent });
  });
}

const post = (body: BodyInit): RequestInit => ({
  method: "POST",
  body,
  duplex: "half",
} as RequestInit);

test("a 401 refreshes the token once and sends the same request again", () =>
  withConnection(async ({ fetch, sent, token, audited }) => {
    const response = await fetch(URL_, post("twice"));
    expect([response.status, await response.text()]).toEqual([200, "twice"]);
    expect(sent()).toHaveLength(2);
    expect(sent()[0]).toBe(token);
    expect(sent()[1]).not.toBe(token);
    expect(await server.accepts(sent()[1]!)).toBe(true);
    expect(server.tokenRequests).toEqual([
      { grantType: "refresh_token", status: 200 },
    ]);
    expect(
      (await audited()).map(({ event, status }) => [event, status ?? null]),
    ).toEqual([["inject", 401], ["refresh", null], ["inject", 200]]);
  }));

test("many requests at once share one refresh", () =>
  withConnection(async ({ fetch }) => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) => fetch(URL_, post(`${at}`))),
    );
    const texts = await Promise.all(all.map((response) => response.text()));
    expect(texts).toEqual(all.map((_, at) => `${at}`));
    expect(server.tokenRequests).toHaveLength(1);
  }));

test("an API that refuses every token is asked twice, and no more than once again for a while", () =>
  withConnection(async ({ fetch, sent }) => {
    for (const requests of [2, 3, 4]) {
      const response = await fetch(URL_);
      expect([response.status, await response.text()]).toEqual([
        401,
        "expired",
      ]);
      expect(sent()).toHaveLength(requests);
    }
    expect(server.tokenRequests).toHaveLength(1);
  }, () => true));

test("a body that was a stream is not sent again; the next request has the new token", () =>
  withConnection(async ({ fetch, sent, token }) => {
    const stream = () => new Blob(["once"]).stream();
    const refused = await fetch(URL_, post(stream()));
    expect([refused.status, await refused.text()]).toEqual([401, "expired"]);
    expect([sent(), server.tokenRequests]).toEqual([[token], []]);
    const accepted = await fetch(URL_, post(stream()));
    expect([accepted.status, await accepted.text()]).toEqual([200, "once"]);
    expect(server.tokenRequests).toHaveLength(1);
  }));

test("what another process found rejected is refreshed before it is sent", () =>
  withConnection(async ({ fetch, sent, token, broker }) => {
    const { credential } = await broker.connections.get("acme");
    const other = await broker.credentialSource();
    await other.rejected!({
      provider: "acme",
      connection: "default",
      credential,
      request: `GET ${HOST}:443/things`,
    });
    expect((await fetch(URL_)).status).toBe(200);
    expect(sent()).not.toContain(token);
    expect(server.tokenRequests).toHaveLength(1);
    // It was taken, so it is in doubt no more.
    let state: string | undefined;
    for (let tries = 0; state !== "accepted" && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      state = (await broker.connections.get("acme")).rejection?.state;
    }
    expect(state).toBe("accepted");
  }));

test("a scope that is missing is no reason to refresh; the library says once which login asks for it", () =>
  withFetch({
    hosts: [HOST],
    definitions: [server.definition()],
    handler: ({ url }) =>
      new Response("no", {
        status: url.endsWith("401") ? 401 : 403,
        headers: {
          "www-authenticate":
            'Bearer error="insufficient_scope", scope="write"',
        },
      }),
  }, async ({ broker, audited }) => {
    const { Secret } = await import("../../lib/secret.ts");
    await broker.connections.save({
      provider: "acme",
      name: "work",
      revision: 0,
      credential: {
        type: "oauth2",
        accessToken: new Secret("at-canary"),
        refreshToken: new Secret("rt-canary"),
        scopes: ["openid", "read"],
        requestedScopes: ["openid", "read", "offline_access"],
        captured: {},
      },
      state: "connected",
      createdAt: 1,
      updatedAt: 1,
    });
    const warnings: string[] = [];
    const { openFetch } = await import("../../lib/broker/open_fetch.ts");
    const fetch = await openFetch(broker, {
      warn: (message) => warnings.push(message),
      allowMinting: [],
    });
    server.tokenRequests.length = 0;
    for (const path of ["/401", "/403", "/403"]) {
      const response = await fetch(`https://${HOST}${path}`);
      expect([response.status, await response.text()]).toEqual([
        Number(path.slice(1)),
        "no",
      ]);
    }
    expect(server.tokenRequests).toEqual([]);
    expect((await broker.connections.get("acme")).rejection).toBeUndefined();
    expect(warnings).toEqual([
      "acme requires the scope write for this, and acme/work lacks write. Do: authsome login acme --connection work --scopes openid,read,offline_access,write --force",
    ]);
    expect((await audited()).at(-1)).toMatchObject({
      event: "inject",
      status: 403,
      reason: "insufficient_scope",
      detail: "write",
    });
  }));

test("where the refresh is refused the caller gets the 401, and afterwards hears that a login is due", () =>
  withConnection(async ({ fetch, sent, broker }) => {
    // Reusing a rotated refresh token kills the grant; here the server has simply forgotten it.
    const connection = await broker.connections.get("acme");
    const { Secret } = await import("../../lib/secret.ts");
    await broker.connections.save({
      ...connection,
      credential: {
        ...connection.credential as OAuth2Credential,
        refreshToken: new Secret("forgotten"),
      },
    });
    const response = await fetch(URL_);
    expect([response.status, await response.text()]).toEqual([401, "expired"]);
    expect(sent()).toHaveLength(1);
    await expect(fetch(URL_)).rejects.toMatchObject({
      code: "CredentialExpired",
      subject: { provider: "acme", connection: "default" },
    });
    expect(sent()).toHaveLength(1);
  }));

test("an API key cannot be refreshed, so a 401 is the answer", () =>
  withFetch({
    hosts: ["api.openai.com"],
    handler: () => new Response("no", { status: 401 }),
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", "sk-wrong");
    const response = await fetch("https://api.openai.com/v1/models");
    expect([response.status, await response.text()]).toEqual([401, "no"]);
    expect(api.requests).toHaveLength(1);
  }));
