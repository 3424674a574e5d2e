/** Which library speaks TLS in a client, as far as its ClientHello shows. @module */
import type { ClientReport } from "../../../ports/client_report.ts";

/** Those whose roots are found in other places than OpenSSL's. */
export type TlsLibrary = "GnuTLS" | "Java" | "rustls" | "Go";

/** Extensions: RFC 8446 §4.2, RFC 6961, RFC 6962, RFC 7366, RFC 8449, RFC 5746. */
const [SCT, ENCRYPT_THEN_MAC, RECORD_SIZE_LIMIT] = [18, 22, 28];
const [STATUS_REQUEST_V2, RENEGOTIATION_INFO] = [17, 65_281];
/** Cipher suites: TLS_AES_128_CCM_SHA256, TLS_AES_128_GCM_SHA256, and the one that stands for RENEGOTIATION_INFO. */
const [AES_128_CCM, AES_128_GCM, RENEGOTIATION_SCSV] = [0x1304, 0x1301, 255];
/** Of TLS 1.3. */
const isNew = (cipher: number) => cipher >> 8 === 0x13;
/** Reserved numbers that BoringSSL mixes in (RFC 8701). */
const isGrease = (number: number) => (number & 0x0f0f) === 0x0a0a;

/** The library, or `undefined`: OpenSSL, one of its kind, or an unknown one. */
export function tlsLibrary(
  { ciphers, extensions }: NonNullable<ClientReport["hello"]>,
): TlsLibrary | undefined {
  const has = (extension: number) => extensions.includes(extension);
  if (ciphers.some(isGrease)) return undefined;
  if (has(RECORD_SIZE_LIMIT) && ciphers.includes(AES_128_CCM)) return "GnuTLS";
  if (has(STATUS_REQUEST_V2)) return "Java";
  // The others offer to encrypt before the MAC as well.
  if (has(ENCRYPT_THEN_MAC) || !ciphers.includes(AES_128_GCM)) return undefined;
  if (has(SCT) && has(RENEGOTIATION_INFO)) return "Go";
  return ciphers.length <= 10 && isNew(ciphers[0]!) &&
      ciphers.at(-1) === RENEGOTIATION_SCSV
    ? "rustls"
    : undefined;
}
