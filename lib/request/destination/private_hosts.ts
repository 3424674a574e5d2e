/** What a person opened of this machine and of private networks: `--allow-private`. @module */
import { AuthsomeError } from "../../errors.ts";
import { quoted } from "../../text.ts";
import {
  addressBytes,
  addressKey,
  anyAddressBytes,
  everyAddress,
  isInNetwork,
  type Network,
  readNetwork,
} from "../../wire/address.ts";

/** What was opened. */
export interface PrivateHosts {
  /** Names, in lower case and without a dot at the end. */
  names: ReadonlySet<string>;
  /** `.example.com` for `*.example.com`. */
  suffixes: readonly string[];
  /** Keys of addresses. */
  addresses: ReadonlySet<string>;
  networks: readonly Network[];
}

/** Nothing. */
export const NO_PRIVATE_HOSTS: PrivateHosts = {
  names: new Set(),
  suffixes: [],
  addresses: new Set(),
  networks: [],
};

const NAME =
  /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Reads entries: a host name, `*.` and a domain, an address, or a network (`10.1.0.0/16`).
 *
 * @throws {AuthsomeError} `Usage` for anything else.
 */
export function readPrivateHosts(entries: readonly string[]): PrivateHosts {
  const names = new Set<string>();
  const suffixes: string[] = [];
  const addresses = new Set<string>();
  const networks: Network[] = [];
  for (const entry of entries) {
    const text = entry.toLowerCase();
    const domain = text.replace(/^\*\./, "").replace(/\.$/, "");
    const address = addressBytes(text);
    const network = text.includes("/") ? readNetwork(text) : undefined;
    if (address) addresses.add(addressKey(everyAddress(address)[0]!));
    else if (network && network.bits > 0) networks.push(network);
    else if (
      domain.length > 253 || !NAME.test(domain) || anyAddressBytes(domain)
    ) throw refused(entry);
    else if (text.startsWith("*.")) suffixes.push(`.${domain}`);
    else names.add(domain);
  }
  return { names, suffixes, addresses, networks };
}

function refused(entry: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot allow ${
      quoted(entry, 100)
    }: it is not a host name, an address or a network`,
    "Write --allow-private gitlab.corp.example, *.corp.example, 10.1.2.3 or 10.1.0.0/16",
    { subject: { field: "allow_private" } },
  );
}

/** How `host` was opened: by its name, as one of a domain, or not. Lower case. */
export function openedName(
  { names, suffixes }: PrivateHosts,
  host: string,
): "name" | "domain" | undefined {
  const name = host.replace(/\.$/, "");
  if (names.has(name)) return "name";
  return suffixes.some((suffix) => name.endsWith(suffix))
    ? "domain"
    : undefined;
}

/** How an address was opened: itself, as one of a network, or not. */
export function openedAddress(
  { addresses, networks }: PrivateHosts,
  bytes: Uint8Array,
): "address" | "network" | undefined {
  if (addresses.has(addressKey(bytes))) return "address";
  return networks.some((network) => isInNetwork(bytes, network))
    ? "network"
    : undefined;
}
