/** RSA keys as providers give them, and what a provider does with a token that one signed. @module */
import { createVerify, generateKeyPairSync } from "node:crypto";

/** A key in both encodings, and its public half. */
export function rsaKey(bits = 2048) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: bits,
  });
  return {
    pkcs8: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    pkcs1: privateKey.export({ type: "pkcs1", format: "pem" }) as string,
    publicPem: publicKey.export({ type: "spki", format: "pem" }) as string,
  };
}

/** Header and claims of a token that `publicPem` verifies; throws for any other. */
export function verifiedJwt(
  token: string,
  publicPem: string,
): {
  header: Record<string, unknown>;
  claims: Record<string, string | number>;
} {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const verify = createVerify("RSA-SHA256").update(`${header}.${payload}`);
  if (!verify.verify(publicPem, signature, "base64url")) {
    throw new Error("the signature is wrong");
  }
  const read = (part: string) =>
    JSON.parse(
      new TextDecoder().decode(
        Uint8Array.from(
          atob(part.replaceAll("-", "+").replaceAll("_", "/")),
          (character) => character.charCodeAt(0),
        ),
      ),
    );
  return { header: read(header), claims: read(payload) };
}
