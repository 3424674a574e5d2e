/** The metadata of an issuer (RFC 8414, OpenID Connect Discovery), where either puts it. @module */
import type * as oauth from "oauth4webapi";
import { announcedEndpoint, quoteUrl } from "../endpoint_destination.ts";
import { type AuthorizationServer, readServer } from "../metadata.ts";
import type { Search } from "./search.ts";

const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";

/**
 * The server of `issuer`, or `undefined` if it has no metadata.
 *
 * @param from the URL that announced the issuer; its own origin needs no other trust.
 * @throws {AuthsomeError} `AuthenticationFailed` if the issuer or an endpoint may not be asked.
 */
export async function serverOf(
  search: Search,
  issuer: string,
  from: URL,
): Promise<AuthorizationServer | undefined> {
  const { definition: { name }, allowPrivateHosts } = search.context;
  const url = announcedEndpoint(name, "issuer", issuer, {
    from,
    allowPrivateHosts,
  });
  for (const place of places(url)) {
    const metadata = await search.json(place);
    if (!metadata) continue;
    if (typeof metadata.issuer !== "string") {
      const why = "JSON that names no issuer";
      if ("token_endpoint" in metadata) search.distrust(why);
      else search.reject(why);
    } else if (!isSame(metadata.issuer, url)) {
      // An answer for another issuer is how one server gets hold of another's codes.
      search.otherIssuers.add(metadata.issuer);
      search.distrust(`it is for another issuer, ${quoteUrl(metadata.issuer)}`);
    } else {
      return readServer(
        search.context,
        url,
        metadata as unknown as oauth.AuthorizationServer,
      );
    }
  }
  return undefined;
}

/** In the order of the MCP specification; then what servers do that take neither standard at its word. */
function places({ origin, pathname }: URL): URL[] {
  const path = pathname.replace(/\/$/, "");
  const slashed = pathname === "/" ? "" : pathname;
  const all = [
    `${OAUTH}${path}`,
    `${OPENID}${path}`,
    `${path}${OPENID}`,
    `${OAUTH}${slashed}`,
    `${OPENID}${slashed}`,
    OAUTH,
  ];
  return [...new Set(all)].map((place) => new URL(place, origin));
}

/** Whether they are one issuer: with and without a last slash its metadata is at the same place (RFC 8414 §3.1). */
function isSame(text: string, issuer: URL): boolean {
  const plain = ({ href }: URL) => href.replace(/\/$/, "");
  return URL.canParse(text) && plain(new URL(text)) === plain(issuer);
}
