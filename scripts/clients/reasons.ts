/** Why a client does not work, and what to do. The first entry that fits a client and a command counts. @module */
import type { Mode } from "./row.ts";

interface Reason {
  clients: RegExp;
  modes: readonly Mode[];
  reason: string;
  /** Markdown. */
  cure: string;
}

const RUN: readonly Mode[] = ["run"];
const BOTH: readonly Mode[] = ["run", "sandbox"];
const SANDBOX = "`run --sandbox`";
const PROXY = "it asks the environment for no proxy";

export const REASONS: readonly Reason[] = [
  {
    clients: /^curl-noproxy$/,
    modes: RUN,
    reason: "its option leads it past every proxy",
    cure: SANDBOX,
  },
  {
    clients: /^(curl-cacert|go-own-rootfile|py-requests_verify)$/,
    modes: RUN,
    reason: "it trusts a file of its own and nothing else",
    cure:
      `${SANDBOX}, where the system's file holds the CA of the run; or name it $SSL_CERT_FILE`,
  },
  {
    clients: /^(py-requests_verify|py-httpx_noenv)$/,
    modes: ["sandbox"],
    reason: "it trusts the file of the package certifi and nothing else",
    cure: "take the option out of the program",
  },
  {
    clients: /^py-httpx_noenv$/,
    modes: RUN,
    reason: "trust_env=False: it reads nothing of the environment",
    cure: "take the option out of the program",
  },
  {
    clients: /^curl-http1\.0$/,
    modes: BOTH,
    reason: "the proxy does not know its ALPN, http/1.0",
    cure: "leave out --http1.0",
  },
  {
    clients: /^aria2$/,
    modes: RUN,
    reason: "GnuTLS reads the system's store and no variable",
    cure: `${SANDBOX}, or \`--ca-certificate="$SSL_CERT_FILE"\``,
  },
  {
    clients: /^wget2$/,
    modes: BOTH,
    reason: "it begins TLS with the proxy itself and asks for no tunnel",
    cure: "wget or curl",
  },
  {
    clients: /^elinks$/,
    modes: BOTH,
    reason: "it sends no password to a proxy",
    cure: "w3m or curl",
  },
  {
    clients: /^lynx$/,
    modes: BOTH,
    reason: "it drops the port and the password of the proxy's URL",
    cure: "w3m or curl",
  },
  {
    clients: /^php-curl$/,
    modes: RUN,
    reason: "libcurl reads no variable for roots; the tool curl does",
    cure: `${SANDBOX}, or \`php -d curl.cainfo="$SSL_CERT_FILE"\``,
  },
  {
    clients: /^(py-pycurl|rust-curl)$/,
    modes: RUN,
    reason: "libcurl reads no variable for roots; the tool curl does",
    cure: `${SANDBOX}, or set the option CAINFO in the program`,
  },
  {
    clients: /^rclone-s3$|^go-aws-sdk-v2-own-client$/,
    modes: BOTH,
    reason: "it refuses AWS_CA_BUNDLE beside an HTTP client of its own",
    cure: "`env -u AWS_CA_BUNDLE`",
  },
  {
    clients: /^node\d+-needle$/,
    modes: BOTH,
    reason: "it asks a proxy for the https URL instead of a tunnel",
    cure: "a program that uses another library",
  },
  {
    clients: /^rust-(rq_rustls_webpki|ureq_(default|env))$/,
    modes: BOTH,
    reason: "its roots are compiled in",
    cure:
      "build it with the system's roots (rustls-native-certs or native-tls)",
  },
  {
    clients:
      /^go-(custom-transport|fasthttp)$|^rust-(hyper_plain|rq_no_proxy|octocrab)$/,
    modes: RUN,
    reason: PROXY,
    cure: SANDBOX,
  },
  {
    clients: /^(php-stream|py-(httpclient|raw_socket|urllib3|tornado))$/,
    modes: RUN,
    reason: PROXY,
    cure: SANDBOX,
  },
  {
    clients: /^node\d+-/,
    modes: RUN,
    reason: "it makes its own connections and asks for no proxy",
    cure: SANDBOX,
  },
  {
    clients: /^bun-ws$/,
    modes: RUN,
    reason:
      "Bun has a ws of its own in the place of the package, which asks for no proxy",
    cure:
      `${SANDBOX}, the option \`proxy\` of its constructor, or the WebSocket that is built in`,
  },
  {
    clients: /^bun-/,
    modes: RUN,
    reason:
      "Bun reads HTTPS_PROXY for fetch alone, and in no http2, agent or WebSocket",
    cure: SANDBOX,
  },
  {
    clients: /^deno-http2$/,
    modes: RUN,
    reason: "node:http2 asks for no proxy",
    cure: SANDBOX,
  },
  {
    clients: /^py-/,
    modes: RUN,
    reason: "it asks for no proxy, or brings its own roots",
    cure: SANDBOX,
  },
  {
    clients: /^java-/,
    modes: RUN,
    reason: "Java reads no HTTPS_PROXY and takes no password by property",
    cure: SANDBOX,
  },
  {
    clients: /^uv-publish-bare$/,
    modes: BOTH,
    reason: "it reads the variable UV_PUBLISH_TOKEN alone",
    cure: "`--token authsome-proxy-managed`",
  },
];
