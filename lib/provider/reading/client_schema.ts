/** The shape of what a definition says of the OAuth client. @module */
import * as v from "valibot";
import { fieldName, variable } from "./text_schemas.ts";

export const clientAssertion = v.looseObject({
  audience: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(2000),
      v.regex(
        /^(?:issuer|token_endpoint|https?:\/\/[\x21-\x7e]+)$/,
        "is not issuer, token_endpoint or a URL",
      ),
    ),
  ),
  alg: v.optional(
    v.picklist([
      "RS256",
      "RS384",
      "RS512",
      "PS256",
      "PS384",
      "PS512",
      "ES256",
      "ES384",
      "ES512",
      "EdDSA",
      "Ed25519",
    ]),
  ),
});

export const clientSchema = v.looseObject({
  client_id_env: v.optional(variable),
  client_secret_env: v.optional(variable),
  private_key_env: v.optional(variable),
  fields: v.optional(v.record(
    fieldName,
    v.looseObject({
      public: v.optional(v.boolean()),
      optional: v.optional(v.boolean()),
      env: v.optional(variable),
    }),
  )),
});
