// Tokens that are bound to a key, of the real authorization server, at an API that checks every proof.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { revokeAccess } from "../../lib/broker/ending/revoke_access.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { flow } from "../../lib/login/flows/authorization_code.ts";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import { DpopVerifier } from "../support/proof/dpop_verifier.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { type FetchScene, withFetch } from "../support/proxy/routed_fetch.ts";

const HOST = "api.acme.com";
const NONCE_SECRET = new Uint8Array(32).fill(7);

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer({
    clients: [{
      client_id: "bound",
      token_endpoint_auth_method: "none",
      dpop_bound_access_tokens: true,
    }],
    features: {
      dPoP: {
        enabled: true,
        // The package wants a Buffer of the runtime.
        nonceSecret: (await import("node:buffer")).Buffer.from(NONCE_SECRET),
        requireNonce: () => true,
      },
    },
  });
});
after(() => server.close());

type Bound = FetchScene & { verifier: DpopVerifier; asked: string[] };

/** A connection whose token is bound, and an API that wants proofs. */
async function withBound(body: (scene: Bound) => Promise<void>): Promise<void> {
  const verifier = new DpopVerifier();
  const asked: string[] = [];
  const definition = server.definition();
  definition.oauth!.dpop = true;
  await withFetch({
    hosts: [HOST],
    definitions: [definition],
    handler: (request) => {
      asked.push(request.method);
      return verifier.answer(request, ({ jkt }) => new Response(jkt));
    },
  }, async (scene) => {
    const { connections } = scene.broker;
    const { credential, client } = await flow.run(
      flowRequest(definition, {
        client: { clientId: "bound" },
        person: async (url) => [await server.consent(url)],
      }),
    );
    expect((credential as OAuth2Credential).tokenType).toBe("DPoP");
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
    server.tokenRequests.length = 0;
    await body({ ...scene, verifier, asked });
  });
}

test("each request proves itself: method, URL without the query, token, a new id", () =>
  withBound(async ({ fetch, verifier }) => {
    for (
      const [path, method] of [
        ["/things?q=1", "GET"],
        ["/a//b/%2e/c", "GET"],
        ["/things", "PATCH"],
      ]
    ) {
      const response = await fetch(`https://${HOST}${path}`, {
        method: method!,
        headers: { dpop: "made.by.caller", authorization: "Bearer own" },
        ...method === "PATCH" ? { body: "{}" } : {},
      });
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringMatching(/^[\w-]{43}$/),
      ]);
    }
    expect(verifier.seen.size).toBe(3);
  }));

test("a nonce that the API asks for is put into the next proof; later requests have it at once", () =>
  withBound(async ({ fetch, verifier, asked }) => {
    verifier.nonce = "nonce-1";
    const sent = async (init?: RequestInit) =>
      (await fetch(`https://${HOST}/things`, init)).status;
    expect([await sent(), asked.length]).toEqual([200, 2]);
    expect([await sent(), asked.length]).toEqual([200, 3]);
    verifier.nonce = "nonce-2";
    expect([await sent({ method: "POST", body: "x" }), asked.length])
      .toEqual([200, 5]);
    verifier.nonce = "nonce-3";
    const body = new Blob(["once"]).stream();
    const streamed = { method: "POST", body, duplex: "half" } as RequestInit;
    expect([await sent(streamed), asked.length]).toEqual([401, 6]);
    expect([await sent(), asked.length]).toEqual([200, 7]);
    // The tokens are what they were: a missing nonce is no reason to refresh.
    expect(server.tokenRequests).toEqual([]);
  }));

test("an API that asks for a nonce for ever is asked twice", () =>
  withBound(async ({ fetch, verifier, asked }) => {
    let last = 0;
    Object.defineProperty(verifier, "nonce", { get: () => `nonce-${last++}` });
    const response = await fetch(`https://${HOST}/things`);
    expect([response.status, asked.length]).toEqual([401, 2]);
    await response.body?.cancel();
  }));

test("the next token is bound to the same key, and both are revoked", () =>
  withBound(async ({ fetch, broker }) => {
    const first = await broker.connections.get("acme");
    const before = await (await fetch(`https://${HOST}/things`)).text();
    const refreshed = await broker.refresh(first, { force: true });
    const { accessToken, tokenType, dpopKey } = refreshed
      .credential as OAuth2Credential;
    const old = first.credential as OAuth2Credential;
    expect(tokenType).toBe("DPoP");
    expect(dpopKey!.reveal()).toBe(old.dpopKey!.reveal());
    expect(accessToken.reveal()).not.toBe(old.accessToken.reveal());
    expect(await (await fetch(`https://${HOST}/things`)).text()).toBe(before);
    const introspected = async () =>
      await (await globalThis.fetch(`${server.issuer}/token/introspection`, {
        method: "POST",
        body: new URLSearchParams({
          token: accessToken.reveal(),
          client_id: "bound",
        }),
      })).json();
    expect(await introspected()).toMatchObject({
      active: true,
      token_type: "DPoP",
      cnf: { jkt: before },
    });
    const { outcomes } = await revokeAccess(broker, "acme", "default");
    expect(outcomes).toEqual([{ kind: "revoked", name: "default" }]);
    expect(await introspected()).toEqual({ active: false });
  }));

test("without its key a refresh token is worth nothing", () =>
  withBound(async ({ broker }) => {
    const connection = await broker.connections.get("acme");
    const { credential } = connection;
    const { dpopKey: _, ...bare } = credential as OAuth2Credential;
    const saved = await broker.connections.save({
      ...connection,
      credential: bare,
    });
    await expect(broker.refresh(saved, { force: true })).rejects.toMatchObject({
      code: "CredentialExpired",
    });
  }));
