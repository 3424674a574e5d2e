/** What the machine of the matrix is connected with; made up, in the vendors' shapes. @module */
import {
  type Connected,
  CONNECTIONS as OF_SDKS,
  MARK,
} from "../../tests/sdk/connections.ts";

/** By the name of the definition. */
export const CONNECTIONS: Readonly<Record<string, Connected>> = {
  ...OF_SDKS,
  npm: { fields: { api_key: `npm_${MARK}${"0123456789abcdef01234567"}` } },
};

/** What shows at the API that the real credential of `provider` arrived: of a signature, the id of its key. */
export function evidenceOf(provider: string): string {
  const { fields } = CONNECTIONS[provider]!;
  return fields.access_key_id ?? secretsOf(provider)[0]!;
}

/** What no client may have. */
export function secretsOf(provider: string): string[] {
  return Object.values(CONNECTIONS[provider]!.fields)
    .filter((value) => value.includes(MARK));
}
