/**
 * The certificate authority of one run: made in memory, gone with the process.
 *
 * Invariant: the CA can only speak for the hosts it was made with. Its name constraints (RFC 5280 §4.2.1.10) permit
 * those names and exclude every IP address that is not among them, so that even a stolen key is worth nothing elsewhere.
 *
 * `node:crypto` and not WebCrypto: the first EC key of WebCrypto takes 40 ms in Deno, here it takes 1 ms, and `node:tls`
 * has loaded the module anyway.
 *
 * @module
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { hex } from "../bytes.ts";
import { addressBytes } from "./address.ts";
import {
  ascii,
  bits,
  type Der,
  integer,
  octets,
  oid,
  pem,
  sequence,
  setOf,
  tagged,
  time,
  TRUE,
  utf8,
} from "./der.ts";

/** A server certificate and its key, PEM. */
export interface Leaf {
  certPem: string;
  keyPem: string;
}

/** The CA of a run. */
export interface Authority {
  /** The CA's certificate, PEM. */
  readonly caPem: string;
  /** The certificate for `host`: a DNS name, or an IP address (IPv6 with or without brackets). */
  leafFor(host: string): Promise<Leaf>;
}

/** Most leaves that are kept; the one that was not used for longest is made again when it is needed. */
const MAX_LEAVES = 512;
const DAY_MS = 86_400_000;
/** Clients refuse server certificates that live longer than 398 days; a run may well last for weeks. */
const LIFETIME_MS = 397 * DAY_MS;
/** For a virtual machine whose clock lags behind its host's. */
const BACKDATE_MS = 3_600_000;

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

const SUBJECT_KEY_ID = oid("2.5.29.14");
const KEY_USAGE = oid("2.5.29.15");
const SUBJECT_ALT_NAME = oid("2.5.29.17");
const BASIC_CONSTRAINTS = oid("2.5.29.19");
const NAME_CONSTRAINTS = oid("2.5.29.30");
const AUTHORITY_KEY_ID = oid("2.5.29.35");
const EXTENDED_KEY_USAGE = oid("2.5.29.37");
const SERVER_AUTH = oid("1.3.6.1.5.5.7.3.1");

/**
 * Makes a CA for `hosts`: exact names, IP addresses, and domains whose subdomains may all be routed.
 *
 * One key serves all leaves: it never leaves this process either.
 */
export function createAuthority(
  options: { hosts: readonly string[]; now?: number },
): Promise<Authority> {
  const ca = newKey();
  const server = newKey();
  const keyPem = server.privateKey.export({ type: "pkcs8", format: "pem" });
  const now = options.now ?? Date.now();
  const validity = sequence(
    time(new Date(now - BACKDATE_MS)),
    time(new Date(now + LIFETIME_MS)),
  );
  const issuer = name(`authsome run ${hex(ca.id.slice(0, 4))}`);
  const certificate = (subject: Der, spki: Der, extensions: Der[]) => {
    const tbs = sequence(
      tagged(0xa0, integer(Uint8Array.of(2))),
      integer(serial()),
      ECDSA_WITH_SHA256,
      issuer,
      validity,
      subject,
      spki,
      tagged(0xa3, sequence(...extensions)),
    );
    const signature = Uint8Array.from(sign("sha256", tbs, ca.privateKey));
    return pem(
      "CERTIFICATE",
      sequence(tbs, ECDSA_WITH_SHA256, bits(signature)),
    );
  };

  const caPem = certificate(issuer, ca.spki, [
    critical(BASIC_CONSTRAINTS, sequence(TRUE, integer(Uint8Array.of(0)))),
    // keyCertSign and cRLSign.
    critical(KEY_USAGE, bits(Uint8Array.of(0b0000_0110), 1)),
    critical(NAME_CONSTRAINTS, nameConstraints(options.hosts)),
    extension(SUBJECT_KEY_ID, octets(ca.id)),
  ]);

  const leaves = new Map<string, Leaf>();
  const issue = (host: string): Leaf => ({
    certPem: certificate(commonName(host), server.spki, [
      critical(BASIC_CONSTRAINTS, sequence()),
      // digitalSignature.
      critical(KEY_USAGE, bits(Uint8Array.of(0b1000_0000), 7)),
      extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH)),
      extension(SUBJECT_ALT_NAME, sequence(generalName(host))),
      extension(AUTHORITY_KEY_ID, sequence(tagged(0x80, ca.id))),
      extension(SUBJECT_KEY_ID, octets(server.id)),
    ]),
    keyPem: keyPem.toString(),
  });
  return Promise.resolve({
    caPem,
    leafFor(host) {
      const leaf = leaves.get(host) ?? issue(host);
      leaves.delete(host);
      leaves.set(host, leaf);
      if (leaves.size > MAX_LEAVES) leaves.delete(leaves.keys().next().value!);
      return Promise.resolve(leaf);
    },
  });
}

interface Key {
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  spki: Der;
  /** SHA-1 over the public key (RFC 5280 §4.2.1.2 leaves the way open): a name, not a protection. */
  id: Der;
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const spki = Uint8Array.from(
    publicKey.export({ type: "spki", format: "der" }),
  );
  const id = Uint8Array.from(createHash("sha1").update(spki).digest());
  return { privateKey, spki, id };
}

/** 126 random bits that begin with a one: positive, minimal, and as long as CAs must make them (RFC 5280 §4.1.2.2). */
function serial(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

function extension(id: Der, value: Der): Der {
  return sequence(id, octets(value));
}

function critical(id: Der, value: Der): Der {
  return sequence(id, TRUE, octets(value));
}

function name(common: string): Der {
  return sequence(setOf(sequence(oid("2.5.4.3"), utf8(common))));
}

/**
 * The subject of a leaf, for people; clients read the SAN. A common name holds 64 characters at most, and OpenSSL takes
 * an address there for a DNS name, which the constraints then refuse.
 */
function commonName(host: string): Der {
  return name(host.length <= 64 && !addressBytes(host) ? host : "authsome");
}

function generalName(host: string): Der {
  const address = addressBytes(host);
  return address ? tagged(0x87, address) : ascii(0x82, host);
}

function nameConstraints(hosts: readonly string[]): Der {
  const names = hosts.filter((host) => !addressBytes(host));
  const addresses = hosts.flatMap((host) => addressBytes(host) ?? []);
  // A kind of name that no subtree names is unconstrained, so each kind is named: ".invalid" never exists (RFC 6761).
  const permitted = [
    ...(names.length > 0 ? names : ["invalid"]).map((host) =>
      sequence(ascii(0x82, host))
    ),
    ...addresses.map((address) =>
      sequence(
        tagged(0x87, address, new Uint8Array(address.length).fill(0xff)),
      )
    ),
  ];
  const excluded = [4, 16].filter((size) =>
    !addresses.some((address) => address.length === size)
  ).map((size) => sequence(tagged(0x87, new Uint8Array(size * 2))));
  return sequence(
    tagged(0xa0, ...permitted),
    ...excluded.length > 0 ? [tagged(0xa1, ...excluded)] : [],
  );
}
