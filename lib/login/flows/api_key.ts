/** The flow of providers that give keys: ask once, keep. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import type { Flow } from "../flow.ts";
import { credentialFields } from "../../provider/credential_fields.ts";
import { isOptional } from "../../provider/secret_input.ts";

export const flow: Flow = {
  async run({ provider, connection, conversation }) {
    const { definition } = provider;
    const fields = credentialFields(definition);
    const answers = await conversation.askSecrets({
      provider,
      connection,
      fields,
    });
    const kept: Record<string, Secret> = {};
    for (const field of fields) {
      const secret = answers[field];
      if (!secret || secret.reveal() === "") {
        if (isOptional(definition, field)) continue;
        throw new AuthsomeError(
          "CredentialMissing",
          `Cannot log in to ${definition.name}: its ${field} was not given`,
          `authsome login ${definition.name}`,
          { subject: { provider: definition.name, connection, field } },
        );
      }
      kept[field] = secret;
    }
    return { credential: { type: "api_key", fields: kept } };
  },
};
