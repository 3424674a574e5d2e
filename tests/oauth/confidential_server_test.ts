// A real server that has no public clients: the real program registers with a secret, logs in and revokes with it.
import { expect } from "expect";
import { test } from "node:test";
import { CliSession } from "../support/terminal/cli_session.ts";
import { MCP_URL, startMcpService } from "../support/servers/mcp_service.ts";

const NAME = "mcp-acme-com";

for (const method of ["client_secret_basic", "client_secret_post"]) {
  test(`a server that wants ${method} gets it, from the registration to the revocation`, async () => {
    const service = await startMcpService({ authMethods: [method] });
    try {
      await using cli = await CliSession.open(service.api);
      const login = cli.start(`authsome login ${MCP_URL}`);
      const end = await cli.consent(await login.url);
      await (await fetch(end)).body?.cancel();
      expect(await login.done).toMatchObject({
        code: 0,
        stdout: `Connected ${NAME}/default\n`,
      });
      expect(
        service.registrations.map((each) => each.token_endpoint_auth_method),
      ).toEqual([method]);
      const { stderr } = await cli.run(`authsome revoke ${NAME} --yes`);
      expect(stderr).toContain(`Revoked ${NAME}/default and deleted it.`);
      const proofs = service.api.requests.filter(({ url }) =>
        url.pathname.startsWith("/token")
      ).map(({ headers }) => headers.has("authorization"));
      expect(new Set(proofs)).toEqual(
        new Set([method === "client_secret_basic"]),
      );
    } finally {
      await service.close();
    }
  });
}
