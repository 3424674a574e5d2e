/** A login whose secrets a program gives, so that no person is asked. @module */
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { Secret } from "../secret.ts";
import type {
  Conversations,
  LoginConversation,
} from "../ports/conversation.ts";
import {
  isOptional,
  onlyField,
  readClientText,
  readSecret,
  type SecretInput,
} from "../provider/secret_input.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../provider/secret/client_fields.ts";
import { acceptedSecret } from "./doubted_secret.ts";

/** What the program knows. */
export interface Given {
  /** The API key, its fields by name, or those of an OAuth client that has more than an ID and a secret. */
  apiKey?: string | Readonly<Record<string, string>>;
  clientId?: string;
  /** Needs `clientId`. */
  clientSecret?: string;
  /** Takes what is probably no secret of the provider. */
  force?: boolean;
  /** Told a doubt about what is taken. */
  warn?(message: string): void;
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
  { apiKey: given, clientId, clientSecret, force, warn }: Given,
): LoginConversation {
  const answers: Partial<LoginConversation> = {};
  if (given !== undefined) {
    const apiKey = typeof given === "string" ? given : {
      ...defined({ [CLIENT_ID]: clientId, [CLIENT_SECRET]: clientSecret }),
      ...given,
    };
    answers.askSecrets = ({ provider: { definition }, connection, fields }) =>
      // What is thrown in here rejects.
      new Promise((resolve) => {
        const secrets: Record<string, Secret> = {};
        for (const field of fields) {
          const value = valueOf(apiKey, onlyField(definition, fields), field);
          if (value === "" && isOptional(definition, field)) continue;
          secrets[field] = acceptedSecret(
            read(definition.name, field, readSecret(definition, field, value)),
            {
              provider: definition.name,
              connection,
              ...defined({ force, warn }),
            },
            field,
          );
        }
        resolve(secrets);
      });
  }
  if (clientId !== undefined && clientSecret !== undefined) {
    answers.askClient = ({ provider: { definition } }) =>
      new Promise((resolve) =>
        resolve({
          clientId,
          clientSecret: read(
            definition.name,
            "client_secret",
            readClientText("Client secret", clientSecret),
          ).secret,
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
  provider: string,
  field: string,
  input: SecretInput,
): Extract<SecretInput, { secret: Secret }> {
  if ("secret" in input) return input;
  throw new AuthsomeError(
    "Usage",
    `Cannot log in to ${provider} with what was given: ${input.problem}`,
    `Give ${field} as the provider shows it`,
    { subject: { provider, field } },
  );
}
