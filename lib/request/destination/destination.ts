/**
 * Destinations that are refused: this machine, private networks and metadata services.
 *
 * Invariant: what is judged is the address that is connected to. No name, spelling, resolver or other proxy changes it.
 *
 * @module
 */
import {
  addressKey,
  type AddressKind,
  anyAddressBytes,
  bytesKind,
  everyAddress,
} from "../../wire/address.ts";
import {
  openedAddress,
  openedName,
  type PrivateHosts,
} from "./private_hosts.ts";
import type { Endpoint } from "../../wire/target.ts";

/** What is known when a connection is wanted. */
export interface DestinationRules {
  /** Keys of the addresses of this machine's interfaces. */
  own: ReadonlySet<string>;
  /** Ports of this machine that are never connected to. */
  refusedPorts: ReadonlySet<number>;
  /** Whether only public addresses will do. */
  publicOnly: boolean;
  /** What the person opened. */
  opened: PrivateHosts;
  /** Whether the person or the definition named this very server as a private one. */
  named: boolean;
}

/** Why an address is not connected to. */
export interface DestinationProblem {
  /** What it is, in words. */
  what: string;
  /** What `--allow-private` would have to name; none if nothing opens it. */
  flag?: string;
}

const WORDS: Record<Exclude<AddressKind, "public" | "documentation">, string> =
  {
    loopback: "this machine",
    metadata: "a link-local address or metadata service",
    private: "on a private network",
    reserved: "in a reserved range",
  };

/**
 * Why `endpoint`, which leads to `address`, must not be connected to.
 *
 * A metadata service is opened by its own address alone; this machine by its address or a name, never by a network or
 * a domain that happens to hold it; authsome's own ports by nothing.
 */
export function destinationProblem(
  { host, port }: Endpoint,
  address: string,
  rules: DestinationRules,
): DestinationProblem | undefined {
  const bytes = anyAddressBytes(address);
  if (!bytes) return { what: "no address" };
  const every = everyAddress(bytes);
  const kind = bytesKind(bytes);
  const here = isThisMachine(address, rules.own);
  if (here && rules.refusedPorts.has(port)) {
    return { what: `port ${port} of this machine` };
  }
  const harmless = kind === "public" || kind === "documentation";
  if (!rules.publicOnly || harmless && !here) return undefined;
  const ways = every.map((bytes) => openedAddress(rules.opened, bytes));
  if (ways.includes("address")) return undefined;
  const flag = anyAddressBytes(host) || kind === "metadata"
    ? address.replace(/^\[|\]$|%.*$/g, "")
    : host.replace(/\.$/, "");
  const problem = {
    what: here ? WORDS.loopback : WORDS[kind as keyof typeof WORDS],
    flag,
  };
  if (kind === "metadata") return problem;
  const name = openedName(rules.opened, host);
  if (rules.named || name === "name") return undefined;
  return !here && (name === "domain" || ways.includes("network"))
    ? undefined
    : problem;
}

/** Whether `address` is one of this machine's; `own` are the keys of its interfaces' addresses. */
export function isThisMachine(
  address: string,
  own: ReadonlySet<string>,
): boolean {
  const bytes = anyAddressBytes(address);
  return bytes !== undefined &&
    (bytesKind(bytes) === "loopback" ||
      everyAddress(bytes).some((bytes) => own.has(addressKey(bytes))));
}
