// Makes tests/vectors/audit_head.json from docs/reference/audit-log.md and vault-format.md, with node:crypto (OpenSSL).
import { Buffer } from "node:buffer";
import { createCipheriv, createHash, createHmac, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";

const ZEROS = "0".repeat(64);
const KEY = "vault/audit";
const dataKey = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
const derived = Buffer.from(
  hkdfSync("sha256", dataKey, "", "authsome vault 2 data key", 72),
);
const kid = derived.subarray(64).toString("hex");
const name = createHmac("sha256", derived.subarray(32, 64)).update(KEY)
  .digest().subarray(0, 16).toString("base64url");

const lines: string[] = [];
let prev = ZEROS;
for (const [at, event] of ["login", "get", "export"].entries()) {
  const body = JSON.stringify({
    ...{ v: 1, seq: at + 1, ts: `2026-11-27T00:00:0${at}.000Z`, event },
    ...{ profile: "default", provider: "openai", connection: "default" },
    ...{ ok: true, prev },
  });
  prev = createHash("sha256").update(body).digest("hex");
  lines.push(`${body.slice(0, -1)},"hash":"${prev}"}`);
}

function seal(part: "name" | "record", text: string, fill: number) {
  const nonce = Buffer.alloc(12, fill);
  const cipher = createCipheriv("aes-256-gcm", derived.subarray(0, 32), nonce);
  cipher.setAAD(Buffer.from(`authsome vault 2\0${part}\0${name}`));
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()]);
  const [n, c, t] = [nonce, ciphertext, cipher.getAuthTag()].map((bytes) =>
    bytes.toString("base64")
  );
  return { nonce: n, ciphertext: c, tag: t };
}

const text = JSON.stringify({
  ...{ v: 1, start: { seq: 0, hash: ZEROS }, head: { seq: 3, hash: prev } },
});
const value = JSON.stringify({
  ...{ enc: 2, alg: "A256GCM", kid, name: seal("name", KEY, 1) },
  ...seal("record", text, 2),
});
writeFileSync(
  new URL("../../tests/vectors/audit_head.json", import.meta.url),
  `${
    JSON.stringify(
      {
        source:
          "Made by scripts/generate/audit_vectors.ts from docs/reference/audit-log.md and vault-format.md, with node:crypto (OpenSSL). The key is no secret.",
        ...{ data_key: dataKey.toString("hex"), data_kid: kid },
        ...{ key: KEY, name, value, text, log: lines },
      },
      null,
      2,
    )
  }\n`,
);
