/** Mints the credential of a connection from its source. @module */
import { AuthsomeError } from "../errors.ts";
import type { FlowName } from "../provider/definition.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";

/** One way to mint. */
export type Mint = (
  context: MintContext,
  request: MintRequest,
) => Promise<Minted>;

/** By the flow that makes the source, loaded when it is used. */
const MINTS: Partial<Record<FlowName, () => Promise<Mint>>> = {
  key_exchange: async () => (await import("./exchanged_key.ts")).exchangeKey,
  aws_role: async () => (await import("./assumed_role.ts")).assumedRole,
  aws_sso: async () => (await import("./sso_keys.ts")).ssoKeys,
  github_app: async () =>
    (await import("./installation_token.ts")).installationToken,
  github_app_manifest: async () =>
    (await import("./installation_token.ts")).installationToken,
  jwt_bearer: async () => (await import("./signed_grant.ts")).signedGrant,
};

/**
 * Mints a credential as the flow of the definition says.
 *
 * @throws {AuthsomeError} `InvalidDefinition` if its flow mints none; `AuthenticationFailed` if the source is refused;
 * `EndpointUnreachable`; `Usage` if the source is not what it should be.
 */
export async function mint(
  context: MintContext,
  request: MintRequest,
): Promise<Minted> {
  const { name, flow } = context.definition;
  const load = MINTS[flow];
  if (!load || !context.definition.mint) {
    throw new AuthsomeError(
      "InvalidDefinition",
      `Cannot mint a credential of ${name}: its definition does not say how`,
      `authsome inspect ${name}`,
      { subject: { provider: name, field: "mint" } },
    );
  }
  return await (await load())(context, request);
}
