/** A login whose secrets stay in their manager: what was read from there is given, and the rest is asked. @module */
import type { ReferenceReader } from "../../connection/references/reference_reader.ts";
import {
  inSentence,
  managerOf,
  parseFrom,
  parseReference,
  shownReference,
} from "../../connection/references/reference.ts";
import { AuthsomeError } from "../../errors.ts";
import type {
  Conversations,
  LoginConversation,
} from "../../ports/conversation.ts";
import {
  credentialFields,
  secretFields,
} from "../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import {
  isOptional,
  isPublic,
  onlyField,
  readSecret,
} from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import { quoted } from "../../text.ts";
import { acceptedSecret } from "../doubted_secret.ts";

/** What `--from` says, read. */
export interface Referenced {
  /** By field; what is no secret is kept as it was read. */
  references: Record<string, string>;
  values: Record<string, Secret>;
}

/**
 * Reads every reference of `from`: `<reference>`, or `<field>=<reference>`.
 *
 * @throws {AuthsomeError} `Usage` for what is no reference or no field; `CredentialMissing` if a manager is locked.
 */
export async function readReferenced(
  reader: ReferenceReader,
  definition: ProviderDefinition,
  from: readonly string[],
): Promise<Referenced> {
  const fields = fieldsFor(definition);
  const result: Referenced = { references: {}, values: {} };
  for (const each of from) {
    const { field: named, text } = parseFrom(each);
    parseReference(text);
    const field = named ??
      onlyField(
        definition,
        fields.filter((each) => !isPublic(definition, each)),
      );
    if (field === undefined || !fields.includes(field)) {
      throw unknownField(definition, fields, named);
    }
    if (Object.hasOwn(result.values, field)) {
      throw usage(
        definition,
        field,
        `${field} has two references`,
        "Give each field once",
      );
    }
    const value = await reader.secret(text);
    if (text.includes(value.reveal())) {
      throw usage(
        definition,
        field,
        "the command itself holds the secret, and every user of this machine can read the arguments of a program",
        `authsome login ${definition.name} --stdin`,
      );
    }
    result.values[field] = value;
    if (!isPublic(definition, field)) result.references[field] = text;
  }
  return result;
}

/** The fields of a credential, or of what it is minted from, that can be references. */
function fieldsFor(definition: ProviderDefinition): string[] {
  if (definition.mint) return definition.mint.fields;
  return definition.auth_type === "oauth2"
    ? secretFields(definition)
    : credentialFields(definition);
}

/** Whether the tokens themselves are given, so that no flow of the provider's own is needed. */
export function givesTokens({ auth_type, mint }: ProviderDefinition): boolean {
  return auth_type === "oauth2" && !mint;
}

/** What a person is told who has a refresh token where no other can be written. */
export async function unwritable(
  reader: ReferenceReader,
  { references }: Referenced,
): Promise<string | undefined> {
  const { refresh_token: text } = references;
  if (text === undefined || await reader.isWritable(text)) return undefined;
  const title = managerOf(parseReference(text).scheme)!.title;
  return `A refresh token that the provider replaces cannot be written to ${
    inSentence(title)
  } (${shownReference(text)}); the vault would keep it then.`;
}

/** Answers with what was read; everything else is asked in `conversations`. */
export function referencedFirst(
  conversations: Conversations,
  { values }: Referenced,
  options: { force?: boolean; warn?(message: string): void },
): Conversations {
  const answering = (conversation: LoginConversation): LoginConversation => ({
    ...conversation,
    get redirectUri() {
      return conversation.redirectUri;
    },
    get signal() {
      return conversation.signal;
    },
    async askSecrets(request) {
      const { provider: { definition }, connection, fields } = request;
      const rest = fields.filter((field) => !Object.hasOwn(values, field));
      const asked = rest.some((field) => !isOptional(definition, field))
        ? await conversation.askSecrets({ ...request, fields: rest })
        : {};
      const given: Record<string, Secret> = {};
      for (const field of fields) {
        const value = values[field];
        if (!value) continue;
        const input = readSecret(definition, field, value.reveal());
        if ("problem" in input) {
          throw usage(
            definition,
            field,
            input.problem.replace(/\.$/, ""),
            "Refer to the secret itself",
          );
        }
        given[field] = acceptedSecret(input, {
          ...{ provider: definition.name, connection },
          ...options,
        }, field);
      }
      return { ...asked, ...given };
    },
  });
  return {
    ...conversations,
    open: (request) => answering(conversations.open(request)),
  };
}

function unknownField(
  definition: ProviderDefinition,
  fields: readonly string[],
  field: string | undefined,
): AuthsomeError {
  return usage(
    definition,
    field ?? "from",
    field === undefined
      ? "which of its secrets the reference is for is not said"
      : `it has no secret called ${quoted(field, 40)}`,
    `Write --from ${fields.at(-1) ?? "<field>"}=<reference>; its fields: ${
      fields.join(", ")
    }`,
  );
}

function usage(
  { name: provider }: ProviderDefinition,
  field: string,
  why: string,
  hint: string,
): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot log in to ${provider} by reference: ${why}`,
    hint,
    { subject: { provider, field } },
  );
}
