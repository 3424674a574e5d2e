/** What this machine's resolver and its interfaces say. @module */
import {
  addressKey,
  anyAddressBytes,
  everyAddress,
} from "../../wire/address.ts";

/** How long a name is waited for, in milliseconds: behind another proxy there may be no server to answer. */
const LOOKUP_MS = 10_000;
const OWN_MS = 1_000;
/** A name that the public DNS always has (RFC 2606 §3). */
const ALWAYS_THERE = "example.com";

/** The addresses of a host as this machine's resolver gives them; none if it has none. Zones are left out. */
export async function resolveHost(host: string): Promise<string[]> {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  // Most runs that only begin never need it.
  const { lookup } = await import("node:dns/promises");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<[]>((resolve) => {
    timer = setTimeout(() => resolve([]), LOOKUP_MS);
  });
  try {
    const found = await Promise.race([
      lookup(name, { all: true, verbatim: true }),
      late,
    ]);
    return found.map(({ address }) => address);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

const publicNames = new WeakMap<typeof resolveHost, Promise<boolean>>();

/** Whether `resolve` knows names of the internet; behind a company's proxy it may know none. Asked once. */
export function resolvesPublicNames(
  resolve: typeof resolveHost,
): Promise<boolean> {
  let known = publicNames.get(resolve);
  if (!known) {
    known = resolve(ALWAYS_THERE).then((found) => found.length > 0);
    publicNames.set(resolve, known);
  }
  return known;
}

let own: { keys: ReadonlySet<string>; until: number } | undefined;

/** The keys of the addresses of this machine's interfaces; at most a second old. */
export function ownAddresses(): ReadonlySet<string> {
  const now = Date.now();
  if (!own || now >= own.until || now < own.until - OWN_MS) {
    const keys = Deno.networkInterfaces().flatMap(({ address }) => {
      const bytes = anyAddressBytes(address);
      return bytes ? everyAddress(bytes).map(addressKey) : [];
    });
    own = { keys: new Set(keys), until: now + OWN_MS };
  }
  return own.keys;
}
