/** @module */
import { AuthsomeError } from "../../errors.ts";
import { anyAddressBytes, bytesKind } from "../../wire/address.ts";
import type { Env } from "../../ports/system.ts";
import { isLoopback } from "../../wire/target.ts";
import { isThisMachine } from "../../request/destination/destination.ts";
import { endpointOf, proxyFor } from "./proxy_variables.ts";
import { ownAddresses, resolveHost } from "./resolver.ts";

/**
 * Refuses `url` if its host leads to this machine, a private network or a metadata service. The runtime resolves it once
 * more when it connects; by then the server has to prove by its certificate that it is the one that was asked for. So it
 * has to behind a proxy of the network, where no name is resolved here.
 *
 * @throws {AuthsomeError} `EndpointUnreachable`.
 */
export async function checkPublic(url: URL, env: Env): Promise<void> {
  const { hostname } = url;
  const proxy = proxyFor(env, endpointOf(url));
  const addresses = anyAddressBytes(hostname)
    ? [hostname]
    : proxy && !isLoopback(proxy.hostname)
    ? []
    : await resolveHost(hostname);
  const own = ownAddresses();
  const bad = addresses.find((address) => {
    const bytes = anyAddressBytes(address);
    return bytes !== undefined &&
      (/^(?:metadata|private)$/.test(bytesKind(bytes)) ||
        isThisMachine(address, own));
  });
  if (bad === undefined) return;
  throw new AuthsomeError(
    "EndpointUnreachable",
    `Cannot send a credential to ${hostname}: it resolves to ${bad}, on this machine or a private network`,
    `To allow it: set "allow_private": true in its definition, or log in with --base-url if it has one`,
    { subject: { field: "host" } },
  );
}
