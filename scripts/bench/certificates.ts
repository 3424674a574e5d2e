/** A certificate authority in a folder, made with openssl; its files are only good for this run. @module */
import { command } from "./process.ts";
import { HOST } from "./way.ts";

/** Makes `<name>.pem` and `<name>.key` in `folder`: an authority that lasts two days. Returns both paths. */
export async function makeAuthority(
  folder: string,
  name: string,
): Promise<{ cert: string; key: string }> {
  const cert = `${folder}/${name}.pem`;
  const key = `${folder}/${name}.key`;
  await command("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"],
    ...["-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-subj", `/CN=bench ${name}`, "-keyout", key, "-out", cert],
  ]);
  return { cert, key };
}

/** Makes `leaf.pem` and `leaf.key` in `folder` for {@linkcode HOST}, issued by `authority`. Returns both paths. */
export async function makeLeaf(
  folder: string,
  authority: { cert: string; key: string },
): Promise<{ cert: string; key: string }> {
  const cert = `${folder}/leaf.pem`;
  const key = `${folder}/leaf.key`;
  const extensions = `${folder}/leaf.ext`;
  await Deno.writeTextFile(
    extensions,
    `subjectAltName=DNS:${HOST}\nextendedKeyUsage=serverAuth\n`,
  );
  await command("openssl", [
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-nodes", "-subj", `/CN=${HOST}`, "-keyout", key],
    ...["-out", `${folder}/leaf.csr`],
  ]);
  await command("openssl", [
    ...["x509", "-req", "-days", "2", "-in", `${folder}/leaf.csr`],
    ...["-CA", authority.cert, "-CAkey", authority.key, "-CAcreateserial"],
    ...["-extfile", extensions, "-out", cert],
  ]);
  return { cert, key };
}
