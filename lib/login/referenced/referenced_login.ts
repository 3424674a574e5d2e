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
import { FLOWS } from "../../provider/flow_facts.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  clientFields,
} from "../../provider/secret/client_fields.ts";
import {
  isOptional,
  isPublic,
  onlyField,
  readClientText,
  readSecret,
} from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import { quoted } from "../../text.ts";
import { acceptedSecret } from "../doubted_secret.ts";

/** What `--from` says, read. */
export interface Referenced {
  /** By field; what is no secret is kept as it was read. */
  references: Record<string, string>;
  /** The same for the OAuth client. */
  clientReferences: Record<string, string>;
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
  const result: Referenced = {
    ...{ references: {}, clientReferences: {}, values: {} },
  };
  const ofClient = fieldsOfClient(definition);
  for (const each of from) {
    const { field: named, text } = parseFrom(each);
    parseReference(text);
    const field = named ??
      onlyField(
        definition,
        fields.filter((each) =>
          !isPublic(definition, each) && !ofClient.includes(each)
        ),
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
    if (field === CLIENT_ID || isPublic(definition, field)) continue;
    const { references, clientReferences } = result;
    (ofClient.includes(field) ? clientReferences : references)[field] = text;
  }
  return result;
}

/** The fields of a credential, or of what it is minted from, that can be references. */
function fieldsFor(definition: ProviderDefinition): string[] {
  if (definition.mint) return definition.mint.fields;
  return definition.auth_type === "oauth2"
    ? [...secretFields(definition), ...fieldsOfClient(definition)]
    : credentialFields(definition);
}

/** Those of the OAuth client that a person gives. */
function fieldsOfClient(definition: ProviderDefinition): string[] {
  if (
    definition.auth_type !== "oauth2" || definition.mint ||
    FLOWS[definition.flow].client === "registered"
  ) return [];
  return Object.keys(
    clientFields(definition) ?? { [CLIENT_ID]: {}, [CLIENT_SECRET]: {} },
  );
}

/** Whether the tokens themselves are given, so that no flow of the provider's own is needed. */
export function givesTokens(
  { auth_type, mint }: ProviderDefinition,
  { references, clientReferences }: Referenced,
): boolean {
  return auth_type === "oauth2" && !mint &&
    (Object.keys(references).length > 0 ||
      Object.keys(clientReferences).length === 0);
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
  named: { clientId?: string } = {},
): Conversations {
  const answering = (conversation: LoginConversation): LoginConversation => ({
    ...conversation,
    get redirectUri() {
      return conversation.redirectUri;
    },
    get signal() {
      return conversation.signal;
    },
    async askClient(request) {
      const { provider: { definition } } = request;
      const id = values[CLIENT_ID] && readClientText(
        "Client ID",
        values[CLIENT_ID].reveal(),
      );
      const given = values[CLIENT_SECRET] && readClientText(
        "Client secret",
        values[CLIENT_SECRET].reveal(),
      );
      for (
        const [field, input] of [[CLIENT_ID, id], [
          CLIENT_SECRET,
          given,
        ]] as const
      ) {
        if (input && "problem" in input) {
          throw notThis(definition, field, input.problem);
        }
      }
      const clientId = id && "secret" in id
        ? id.secret.reveal()
        : named.clientId;
      if (!given || !("secret" in given) || clientId === undefined) {
        if (given) throw noId(definition);
        return await conversation.askClient(request);
      }
      return { clientId, clientSecret: given.secret };
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
          throw notThis(definition, field, input.problem);
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

function notThis(
  definition: ProviderDefinition,
  field: string,
  problem: string,
): AuthsomeError {
  return usage(
    definition,
    field,
    problem.replace(/\.$/, ""),
    "Refer to the secret itself",
  );
}

/** A question that shows a secret that was given would be answered with another one. */
function noId(definition: ProviderDefinition): AuthsomeError {
  return usage(
    definition,
    CLIENT_ID,
    "whose client the secret is of is not said",
    `authsome login ${definition.name} --client-id <id> --from ${CLIENT_SECRET}=<reference>`,
  );
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
    `Write --from ${secretOf(definition)}=<reference>; its fields: ${
      fields.join(", ")
    }`,
  );
}

function secretOf(definition: ProviderDefinition): string {
  const { mint } = definition;
  return (mint?.fields ?? secretFields(definition)).at(-1) ?? "<field>";
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
