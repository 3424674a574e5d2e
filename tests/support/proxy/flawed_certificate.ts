/** Server certificates with a flaw, and what they would have to be trusted by. @module */
import { loadX509 } from "../servers/local_api.ts";

/** What is wrong with a certificate. */
export type Flaw =
  | "none"
  | "self-signed"
  | "self-signed CA"
  | "expired"
  | "not yet valid"
  | "other name"
  | "for clients";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** A certificate for `host` with `flaw`, its key, and the CA that signed it (PEM). */
export async function flawedCertificate(
  host: string,
  flaw: Flaw,
): Promise<{ caPem: string; cert: string; key: string }> {
  const x509 = await loadX509();
  const {
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    PemConverter,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
  } = x509;
  const day = (days: number) => new Date(Date.now() + days * DAY_MS);
  const [caKeys, keys] = await Promise.all([
    crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
    crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
  ]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Test CA",
    keys: caKeys,
    notBefore: day(-30),
    notAfter: day(30),
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const isSelfSigned = flaw.startsWith("self-signed");
  const [from, until] = flaw === "expired"
    ? [-20, -10]
    : flaw === "not yet valid"
    ? [10, 20]
    : [-1, 1];
  const leaf = await X509CertificateGenerator.create({
    serialNumber: "02",
    subject: `CN=${host}`,
    issuer: isSelfSigned ? `CN=${host}` : ca.subject,
    notBefore: day(from),
    notAfter: day(until),
    publicKey: keys.publicKey,
    signingKey: isSelfSigned ? keys.privateKey : caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(flaw === "self-signed CA", undefined, true),
      new ExtendedKeyUsageExtension([
        flaw === "for clients"
          ? ExtendedKeyUsage.clientAuth
          : ExtendedKeyUsage.serverAuth,
      ]),
      new SubjectAlternativeNameExtension([{
        type: "dns",
        value: flaw === "other name" ? "other.example" : host,
      }]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    caPem: ca.toString("pem"),
    cert: leaf.toString("pem"),
    key: PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}
