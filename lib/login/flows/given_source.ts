/** The flows whose credential is minted from what the person gives: asked once, kept, and never sent to the API itself. @module */
import { mintedCredential } from "../../connection/minted_credential.ts";
import { AuthsomeError } from "../../errors.ts";
import { mint } from "../../mint/mint.ts";
import type { Source } from "../../mint/minted.ts";
import { defined } from "../../object.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { isOptional } from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import type { Flow, FlowRequest, FlowResult } from "../flow.ts";
import { oauthContext } from "../oauth_result.ts";

export const flow: Flow = {
  run: async (request) => await mintFrom(request, await askSource(request)),
};

/**
 * The fields of the source, as the person gives them.
 *
 * @throws {AuthsomeError} `CredentialMissing` if one is missing.
 */
export async function askSource(
  { provider, connection, conversation }: FlowRequest,
): Promise<Source> {
  const { definition } = provider;
  const fields = definition.mint?.fields ?? [];
  const answers = await conversation.askSecrets({
    provider,
    connection,
    fields,
  });
  const source: Record<string, Secret> = {};
  for (const field of fields) {
    const answer = answers[field];
    if (answer && answer.reveal() !== "") source[field] = answer;
    else if (!isOptional(definition, field)) {
      throw new AuthsomeError(
        "CredentialMissing",
        `Cannot log in to ${definition.name}: its ${field} was not given`,
        `authsome login ${definition.name}`,
        { subject: { provider: definition.name, connection, field } },
      );
    }
  }
  return source;
}

/** The first credential. What cannot mint one is not kept. */
export async function mintFrom(
  request: FlowRequest,
  source: Source,
): Promise<FlowResult> {
  const { definition } = request.provider;
  const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
  const minted = await mint(
    {
      ...oauthContext(request),
      clock: request.clock,
      ...defined({ keysOf: request.keysOf }),
    },
    { source, scopes },
  );
  return {
    credential: mintedCredential(definition, minted, { source, scopes }),
  };
}
