/** A {@linkcode Keyring} whose key is in `AUTHSOME_MASTER_KEY`, or in the file that `AUTHSOME_MASTER_KEY_FILE` names. @module */
import { AuthsomeError } from "../../errors.ts";
import { KEY_FORMS, parseKeyBytes, parseKeyText } from "../../key_text.ts";
import type { Keyring } from "../../ports/store.ts";
import type { Env } from "../../ports/system.ts";
import { givenSecret } from "../home/secret_value.ts";

const VARIABLE = "AUTHSOME_MASTER_KEY";
const HINT = `export ${VARIABLE}="$(openssl rand -base64 32)" makes a new one`;

/** The keyring of these variables. It keeps nothing. */
export function environmentKeyring(env: Env): Keyring {
  return {
    // deno-lint-ignore require-await
    async read() {
      const given = givenSecret(env, VARIABLE);
      if (!given) {
        throw unavailable(
          `Cannot open the vault: its master key is to come from ${VARIABLE} or ${VARIABLE}_FILE, and neither is set`,
          `Set the variable that this home was made with, or choose another home with AUTHSOME_HOME`,
        );
      }
      const key = given.from === VARIABLE
        ? parseKeyText(new TextDecoder().decode(given.bytes).trim())
        : parseKeyBytes(given.bytes);
      if (!key) {
        throw unavailable(`Cannot use ${given.from}: it is not ${KEY_FORMS}`);
      }
      return key;
    },

    // deno-lint-ignore require-await
    async create() {
      throw unavailable(
        `Cannot keep a master key: it comes from ${VARIABLE}, which authsome cannot set`,
      );
    },
  };
}

function unavailable(message: string, hint = HINT): AuthsomeError {
  return new AuthsomeError("MasterKeyUnavailable", message, hint);
}
