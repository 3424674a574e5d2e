import { expect } from "expect";
import { test } from "node:test";
import type { OAuth2Credential } from "../../lib/connection/connection.ts";
import { flow } from "../../lib/flow/client_credentials.ts";
import {
  CLIENTS,
  startAuthorizationServer,
} from "../support/authorization_server.ts";
import { flowRequest } from "../support/flow_request.ts";

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
