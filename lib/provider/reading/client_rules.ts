/** The rules of what a definition says of the OAuth client. @module */
import { fieldNames } from "../../template.ts";
import type { ProviderDefinition } from "../definition.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  KEY_ID,
  PRIVATE_KEY,
  SECOND_SECRET,
} from "../secret/client_fields.ts";
import type { Broken } from "./mint_rules.ts";

/** Names that mean something else. */
const TAKEN: readonly string[] = [
  CLIENT_ID,
  CLIENT_SECRET,
  PRIVATE_KEY,
  KEY_ID,
  "access_token",
  "refresh_token",
];

/** The first rule that is broken, or `undefined`. */
export function brokenClient(
  { client, oauth }: ProviderDefinition,
): Broken | undefined {
  const { fields } = client ?? {};
  if (!fields) return undefined;
  const names = Object.keys(fields);
  const taken = names.find((name) => TAKEN.includes(name));
  if (taken) return [`client.fields.${taken}`, "has a name of its own meaning"];
  if (fields[SECOND_SECRET]?.public) {
    return [`client.fields.${SECOND_SECRET}`, "is a secret"];
  }
  for (const list of ["token_params", "refresh_params"] as const) {
    for (const [parameter, value] of Object.entries(oauth?.[list] ?? {})) {
      const unknown = fieldNames(value).find((name) => !names.includes(name));
      if (unknown !== undefined) {
        return [
          `oauth.${list}.${parameter}`,
          `uses {${unknown}}, which is not one of client.fields`,
        ];
      }
    }
  }
}
