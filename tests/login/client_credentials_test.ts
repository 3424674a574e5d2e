import { expect } from "expect";
import { test } from "node:test";
import { type Connection, statusOf } from "../../lib/connection/connection.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import {
  decodeConnection,
  encodeConnection,
} from "../../lib/connection/record.ts";
import { flow } from "../../lib/login/flows/client_credentials.ts";
import {
  CLIENTS,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";

test("a client gets a token for itself; a wrong secret is refused", async () => {
  const server = await startAuthorizationServer();
  try {
    const definition = server.definition({
      flow: "client_credentials",
      oauth: {
        token_url: `${server.issuer}/token`,
        token_auth_method: "client_secret_basic",
      },
    });
    const { credential, client } = await flow.run(
      flowRequest(definition, { client: CLIENTS.basic }),
    );
    const { accessToken, expiresAt, refreshToken } =
      credential as OAuth2Credential;
    expect(accessToken.reveal().length > 20).toBe(true);
    expect(expiresAt! > Date.now()).toBe(true);
    expect(refreshToken).toBeUndefined();
    // It renews itself, so it is never shown as expired; also after it was stored.
    const connection: Connection = {
      provider: "acme",
      name: "default",
      revision: 1,
      credential,
      state: "connected",
      createdAt: 1,
      updatedAt: 1,
    };
    const stored = decodeConnection(encodeConnection(connection), 1);
    expect(statusOf(stored, expiresAt! + 1)).toBe("connected");
    expect(statusOf({
      ...stored,
      credential: {
        ...stored.credential as OAuth2Credential,
        grantType: undefined,
      },
    }, expiresAt! + 1)).toBe("expired");
    expect(client!.clientId).toBe("basic");
    expect(server.tokenRequests).toEqual([
      { grantType: "client_credentials", status: 200 },
    ]);
    await expect(flow.run(flowRequest(definition, {
      client: { ...CLIENTS.basic, clientSecret: "wrong" },
    }))).rejects.toMatchObject({ error: "invalid_client" });
  } finally {
    await server.close();
  }
});
