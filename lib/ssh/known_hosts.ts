/** The host keys in files of `known_hosts` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). @module */
import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import { sameBytes, WireReader } from "./ssh_wire.ts";

/** One line. */
interface KnownHost {
  marker: "revoked" | "cert-authority" | undefined;
  /** Patterns, or one hashed name. */
  names: string[];
  blob: Uint8Array;
}

/** The lines that read; what does not is left out, as OpenSSH does. */
export function readKnownHosts(text: string): KnownHost[] {
  return text.split("\n").flatMap((line): KnownHost[] => {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith("@")
      ? words.shift()!.slice(1)
      : undefined;
    const [names = "", type = "", body = ""] = words;
    if (
      names === "" || names.startsWith("#") ||
      ![undefined, "revoked", "cert-authority"].includes(marker)
    ) return [];
    const blob = new Uint8Array(Buffer.from(body, "base64"));
    try {
      if (new WireReader(blob).text() !== type) return [];
    } catch {
      return [];
    }
    return [{
      ...{ blob, names: names.split(",") },
      marker: marker as KnownHost["marker"],
    }];
  });
}

/**
 * The keys that `host` is known by: a name or an address, with `:port` or as `[name]:port` where it is not 22. Revoked
 * keys are left out, and so are certificate authorities.
 */
export function keysOfHost(
  hosts: readonly KnownHost[],
  host: string,
): Uint8Array[] {
  const name = knownName(host);
  const found = hosts.filter(({ marker, names, blob }) =>
    marker === undefined && matches(names, name) && !isRevoked(hosts, blob)
  );
  return found.map(({ blob }) => blob).filter((blob, at, all) =>
    all.findIndex((each) => sameBytes(each, blob)) === at
  );
}

/** Whether a line of `@revoked` has this key, for whichever host. */
export function isRevoked(
  hosts: readonly KnownHost[],
  blob: Uint8Array,
): boolean {
  return hosts.some((each) =>
    each.marker === "revoked" && sameBytes(each.blob, blob)
  );
}

/** A host as `known_hosts` writes it. */
export function knownName(host: string): string {
  const [, name = host, port = "22"] = /^\[([^\]]+)\](?::(\d+))?$/.exec(host) ??
    /^([^:]+):(\d+)$/.exec(host) ?? [];
  const lower = name.toLowerCase();
  return port === "22" ? lower : `[${lower}]:${port}`;
}

/** Whether the list has the name; a pattern with `!` before it that matches takes it out. */
function matches(names: readonly string[], name: string): boolean {
  let found = false;
  for (const each of names) {
    if (each.startsWith("!")) {
      if (globMatches(each.slice(1), name)) return false;
    } else if (
      each.startsWith("|1|") ? isHashOf(each, name) : globMatches(each, name)
    ) found = true;
  }
  return found;
}

/** `|1|salt|hash`, HMAC-SHA1 of the name. */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = "", hash = ""] = hashed.split("|");
  const digest = createHmac("sha1", Buffer.from(salt, "base64")).update(name)
    .digest("base64");
  return digest === hash;
}

/** Whether a pattern of `*` and `?` is that of the whole of `text`, without regard to case. No pattern takes long. */
export function globMatches(pattern: string, text: string): boolean {
  const [glob, name] = [pattern.toLowerCase(), text.toLowerCase()];
  let [at, from, star, tried] = [0, 0, -1, 0];
  while (at < name.length) {
    if (glob[from] === "*") {
      star = from++;
      tried = at;
    } else if (
      from < glob.length && (glob[from] === "?" || glob[from] === name[at])
    ) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++tried;
    } else return false;
  }
  while (glob[from] === "*") from++;
  return from === glob.length;
}
