/** Where this machine keeps the certificates that it trusts. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import { checkRuntimeRoots } from "../runtime_roots.ts";

/** Bundles of Debian, Fedora, OpenSUSE, Alpine, FreeBSD and macOS, in the order in which they are tried. */
export const SYSTEM_BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
];

/** Variables by which a person says what authsome trusts. */
export const OWN_ROOTS = ["SSL_CERT_FILE", "AUTHSOME_CA_BUNDLE"] as const;

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * The PEM certificates that this machine trusts: `SSL_CERT_FILE` or else the system's bundle, and
 * `AUTHSOME_CA_BUNDLE` in addition. Nothing but certificates is taken from the files.
 *
 * @throws {AuthsomeError} `Usage` if a file that a variable names cannot be read or contains no certificate.
 */
export async function trustedRoots(env: Env): Promise<string[]> {
  const [system, own] = await Promise.all([
    systemRoots(env),
    named(env, "AUTHSOME_CA_BUNDLE"),
  ]);
  checkRuntimeRoots(env);
  return [...new Set([...system, ...own ?? []])];
}

/**
 * What the parent's clients trust besides: the files that `variables` name, where they can be read. Only for the
 * command's own connections to hosts that are not routed, which must go on working as they did.
 */
export async function clientRoots(
  env: Env,
  variables: readonly string[],
): Promise<string[]> {
  const paths = new Set(variables.map((name) => env.get(name)));
  const texts = await Promise.all(
    [...paths].map((path) =>
      path ? Deno.readTextFile(path).catch(() => "") : ""
    ),
  );
  return texts.flatMap(certificates).filter(isWhole);
}

/** Those of `roots` that the runtime does not trust by itself: each costs time at every new connection. */
export async function ownRoots(roots: readonly string[]): Promise<string[]> {
  const { rootCertificates } = await import("node:tls");
  const body = (pem: string) => pem.replace(/\s+/g, "");
  const known = new Set(rootCertificates.map(body));
  return roots.filter((root) => !known.has(body(root)));
}

async function systemRoots(env: Env): Promise<string[]> {
  const own = await named(env, "SSL_CERT_FILE");
  if (own) return own;
  for (const path of SYSTEM_BUNDLES) {
    try {
      const found = certificates(await Deno.readTextFile(path));
      if (found.length > 0) return found;
    } catch { /* The next one. */ }
  }
  // No file (Windows, a bare container): the roots of Mozilla that the runtime ships.
  return [...(await import("node:tls")).rootCertificates];
}

async function named(
  env: Env,
  variable: string,
): Promise<string[] | undefined> {
  const path = env.get(variable);
  if (!path) return undefined;
  let found: string[];
  try {
    found = certificates(await Deno.readTextFile(path)).filter(isWhole);
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      `Cannot read ${variable} "${path}": ${reason(cause)}`,
      `Name a file of PEM certificates in ${variable}, or unset it`,
      { cause },
    );
  }
  if (found.length > 0) return found;
  throw new AuthsomeError(
    "Usage",
    `Cannot use ${variable} "${path}": it contains no certificate`,
    `Name a file of PEM certificates in ${variable}, or unset it`,
  );
}

function certificates(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}

/**
 * Whether `pem` encodes one whole sequence of DER (X.690 §8.9) of 256 to 65 535 bytes, as a certificate is. Of a file with
 * one that is none, many clients read no other.
 */
function isWhole(pem: string): boolean {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  if (!/^MII[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    return false;
  }
  const header = atob(base64.slice(0, 8));
  const length = header.charCodeAt(2) * 256 + header.charCodeAt(3);
  const padding = base64.length - base64.replace(/=+$/, "").length;
  return length + 4 === base64.length / 4 * 3 - padding;
}

function reason(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "no such file";
  return cause instanceof Error ? cause.message : "unknown failure";
}
