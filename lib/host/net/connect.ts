/**
 * TCP connections to servers, by way of the parent's proxy if need be. A name is resolved here and judged, and the very
 * address that was judged is connected to: no second answer of a name server leads elsewhere.
 *
 * @module
 */
import {
  addressBytes,
  addressKind,
  anyAddressBytes,
  isPrivateName,
} from "../../wire/address.ts";
import { EMPTY } from "../../wire/byte_stream.ts";
import {
  type DestinationProblem,
  destinationProblem,
  type DestinationRules,
  isThisMachine,
} from "../../request/destination/destination.ts";
import { bypasses } from "../../wire/parent_proxy.ts";
import { DialError } from "../../proxy/planner.ts";
import {
  NO_PRIVATE_HOSTS,
  openedName,
  type PrivateHosts,
} from "../../request/destination/private_hosts.ts";
import type { FailureReason } from "../../wire/request_failure.ts";
import { type Endpoint, isLoopback } from "../../wire/target.ts";
import type { Tunnel } from "./causes/proxy_socket.ts";
import { alternating, close, connectFirst } from "./connect_first.ts";
import { connectsHere, openTunnel } from "./parent_tunnel.ts";
import { ownAddresses, resolveHost, resolvesPublicNames } from "./resolver.ts";

/** What a command is led to besides public addresses. */
export interface Reach {
  /** Whether connections without TLS of our own lead to public addresses only. Default: no. */
  refuseLocal?: boolean;
  /** What the person opened of the others: this machine, private networks. Default: nothing. */
  opened?: PrivateHosts;
}

/** How servers are found. */
export interface ServerLookup {
  /** The parent's proxy, with user information if it wants some. */
  proxy?: URL;
  /** The variable that names it. Default: `HTTPS_PROXY`. */
  proxyVariable?: string;
  /** The parent's `NO_PROXY`. */
  noProxy?: string;
  /** The addresses of a name. Default: as the system has them. */
  resolve?: typeof resolveHost;
  /** Keys of this machine's addresses. Default: of its interfaces. */
  own?: typeof ownAddresses;
  /** Connects to a name in place of resolving it; where that leads is judged then. */
  connect?: typeof Deno.connect;
}

/** How servers are found, and which. */
export interface ConnectOptions extends ServerLookup, Reach {
  /** Ports of this machine that are never connected to. */
  refusedPorts: ReadonlySet<number>;
}

/** What a connection is for. */
export interface Purpose {
  /** With TLS of our own, as credentials are sent. */
  tls: boolean;
  /** See `DestinationRules.named`. */
  named: boolean;
}

/**
 * Connects to `endpoint`.
 *
 * @returns the connection, and what was read from it already.
 * @throws {DialError} `destination_refused`, or what the parent's proxy answered; any error of the system.
 */
export async function connectTcp(
  endpoint: Endpoint,
  purpose: Purpose,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<Connected> {
  const { proxy, noProxy = "", own = ownAddresses } = options;
  const { proxyVariable: variable = "HTTPS_PROXY" } = options;
  const { refuseLocal = false, opened = NO_PRIVATE_HOSTS } = options;
  const { tls, named } = purpose;
  const rules = {
    own: own(),
    refusedPorts: options.refusedPorts,
    publicOnly: tls || refuseLocal,
    opened,
    // What is spelled as this machine is meant; a route leads there only if its definition says so.
    named: named || tls && isLoopback(endpoint.host),
  };
  const judge: Judge = (address) =>
    destinationProblem(endpoint, address, rules);
  const literal = spelled(endpoint.host);
  const problem = literal === undefined ? undefined : judge(literal);
  // Before any connection is made.
  if (problem) throw refused(endpoint, literal!, problem, tls);
  return proxy && !bypasses(noProxy, endpoint)
    ? await throughProxy({
      proxy,
      target: await proxyTarget(
        endpoint,
        purpose,
        rules,
        judge,
        options,
        proxy,
      ),
      named: { variable, host: proxy.host },
    }, signal)
    : await directly(endpoint, purpose, judge, options, signal);
}

/** A connection, what was read from it already, and the tunnel that it is. */
interface Connected {
  tcp: Deno.TcpConn;
  rest: Uint8Array;
  tunnel?: Tunnel;
}

/** Why an address will not do. */
type Judge = (address: string) => DestinationProblem | undefined;

/** The address that `host` is, if it is none that has to be resolved. */
function spelled(host: string): string | undefined {
  return anyAddressBytes(host)
    ? host
    : isLoopback(host)
    ? "127.0.0.1"
    : undefined;
}

async function directly(
  endpoint: Endpoint,
  { tls }: Purpose,
  judge: Judge,
  { connect, resolve = resolveHost }: ConnectOptions,
  signal: AbortSignal,
): Promise<Connected> {
  const { host, port } = endpoint;
  let tcp: Deno.TcpConn;
  if (connect) {
    const hostname = host.replace(/^\[(.*)\]$/, "$1");
    tcp = await connect({ hostname, port, signal });
  } else {
    const addresses = await resolve(host);
    const good = addresses.filter((address) => !judge(address));
    const [first] = addresses;
    if (good.length === 0 && first !== undefined) {
      throw refused(endpoint, first, judge(first)!, tls);
    }
    tcp = await connectFirst(good, port, signal);
  }
  const { hostname } = tcp.remoteAddr;
  const problem = judge(hostname);
  if (problem) {
    close(tcp);
    throw refused(endpoint, hostname, problem, tls);
  }
  tcp.setNoDelay();
  return { tcp, rest: EMPTY };
}

/** What the parent's proxy is asked for. */
async function proxyTarget(
  endpoint: Endpoint,
  { tls, named }: Purpose,
  rules: DestinationRules,
  judge: Judge,
  { resolve = resolveHost, refuseLocal }: ConnectOptions,
  proxy: URL,
): Promise<Endpoint> {
  const { host, port } = endpoint;
  const literal = anyAddressBytes(host);
  // In one spelling: what the other proxy reads must be what was judged.
  if (literal) return { host: addressText(literal), port };
  if (!rules.publicOnly && !rules.refusedPorts.has(port)) return endpoint;
  const isHere = await runsHere(proxy, rules.own, resolve);
  // No name is asked for that a network may keep to its proxy: the server has to prove by TLS that it has it.
  if (tls && !isHere && !refuseLocal) return endpoint;
  const addresses = await resolve(host);
  const bad = addresses.find((address) => judge(address));
  const good = addresses.filter((address) => !judge(address));
  const refusal = bad === undefined
    ? undefined
    : refused(endpoint, bad, judge(bad)!, tls);
  const opened = openedName(rules.opened, host) !== undefined || named;
  if (!rules.publicOnly || tls || opened) {
    if (refusal) throw refusal;
    return endpoint;
  }
  if (refusal && good.length === 0) throw refusal;
  const isKnown = addresses.some((address) =>
    addressKind(address) !== "documentation"
  );
  if (!isKnown) {
    if (
      isPrivateName(host) || isHere && await resolvesPublicNames(resolve)
    ) throw unknownTo(endpoint, proxy);
    return endpoint;
  }
  // One that connects from here would resolve the name once more, and be given another answer.
  if (isHere && await connectsHere(proxy)) {
    const [first] = alternating(good);
    return { host: addressText(addressBytes(first!)!), port };
  }
  if (refusal) throw refusal;
  return endpoint;
}

/** Whether the parent's proxy runs on this machine. */
async function runsHere(
  { hostname }: URL,
  own: ReadonlySet<string>,
  resolve: typeof resolveHost,
): Promise<boolean> {
  const literal = spelled(hostname);
  const addresses = literal === undefined ? await resolve(hostname) : [literal];
  return addresses.some((address) => isThisMachine(address, own));
}

async function throughProxy(
  tunnel: Tunnel,
  signal: AbortSignal,
): Promise<Connected> {
  const { proxy, target, named } = tunnel;
  const failure = async (reason?: FailureReason, cause?: unknown) => {
    const { reasonIn, RequestFailure } = await import(
      "../../wire/request_failure.ts"
    );
    return new RequestFailure(
      { ...reason ?? reasonIn(cause), proxy: named },
      { cause },
    );
  };
  const { status, ...opened } = await openTunnel(proxy, target, signal)
    .catch(async (error) => {
      const cause = signal.aborted ? signal.reason : error;
      throw await failure(undefined, cause);
    });
  if (status === 200) return { ...opened, tunnel };
  close(opened.tcp);
  throw await failure({ kind: "status", status });
}

function refused(
  { host }: Endpoint,
  address: string,
  { what, flag }: DestinationProblem,
  tls: boolean,
): DialError {
  const leads = address === host || isLoopback(host)
    ? `${host} is ${what}`
    : `${host} resolves to ${address}, ${what}`;
  const who = tls
    ? "where no credential is sent"
    : "where commands may not connect";
  return new DialError("destination_refused", `${leads}, ${who}`, {
    hint: flag === undefined ? "" : allowing(flag, tls),
  });
}

function unknownTo({ host }: Endpoint, proxy: URL): DialError {
  return new DialError(
    "destination_refused",
    `${host} cannot be resolved here, so it is unknown where the proxy ${proxy.host} would connect to`,
    { hint: allowing(host, false) },
  );
}

/** What opens `flag`. */
function allowing(flag: string, tls: boolean): string {
  return `To allow it: authsome run --allow-private ${flag}, or ${
    tls
      ? `"allow_private": true in the provider's definition`
      : '"allow_private" in sandbox.json'
  }`;
}

/** An address as an authority has it. */
function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, at) => (bytes[2 * at]! << 8 | bytes[2 * at + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]/`).hostname;
}
