/** A login whose secrets a program gives, so that no person is asked. @module */
import { AuthsomeError } from "../errors.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";
import type {
  Conversations,
  LoginConversation,
} from "../ports/conversation.ts";
import { isOptional, onlyField, readSecret } from "../provider/secret_input.ts";

/** What the program knows. */
export interface Given {
  /** The API key, or its secret fields by name. */
  apiKey?: string | Readonly<Record<string, string>>;
  clientId?: string;
  /** Needs `clientId`. */
  clientSecret?: string;
}

/** Answers with what is given; everything else is asked in `conversations`. */
export function givenFirst(
  conversations: Conversations,
  given: Given,
): Conversations {
  return {
    ...conversations,
    open: (request) => answering(conversations.open(request), given),
  };
}

function answering(
  conversation: LoginConversation,
  { apiKey, clientId, clientSecret }: Given,
): LoginConversation {
  const answers: Partial<LoginConversation> = {};
  if (apiKey !== undefined) {
    answers.askSecrets = ({ provider: { definition }, fields }) =>
      // What is thrown in here rejects.
      new Promise((resolve) => {
        const secrets: Record<string, Secret> = {};
        for (const field of fields) {
          const value = valueOf(apiKey, onlyField(definition, fields), field);
          if (value === "" && isOptional(definition, field)) continue;
          secrets[field] = read(definition, field, value);
        }
        resolve(secrets);
      });
  }
  if (clientId !== undefined && clientSecret !== undefined) {
    answers.askClient = ({ provider: { definition } }) =>
      new Promise((resolve) =>
        resolve({
          clientId,
          clientSecret: read(definition, "client_secret", clientSecret),
        })
      );
  }
  return { ...conversation, ...answers };
}

function valueOf(
  given: NonNullable<Given["apiKey"]>,
  only: string | undefined,
  field: string,
): string {
  if (typeof given === "string") return field === only ? given : "";
  return Object.hasOwn(given, field) ? given[field]! : "";
}

function read(
  definition: ProviderDefinition,
  field: string,
  text: string,
): Secret {
  const input = readSecret(definition, field, text);
  if ("secret" in input) return input.secret;
  throw new AuthsomeError(
    "Usage",
    `Cannot log in to ${definition.name} with what was given: ${input.problem}`,
    `Give ${field} as the provider shows it`,
    { subject: { provider: definition.name, field } },
  );
}
