/** How clients are configured that read none of the usual variables. @module */

/** What to set so that a client comes to the proxy, and so that it trusts the CA of the run. */
interface ClientAdvice {
  proxy: string;
  ca: string;
}

const BY_NAME: Readonly<Record<string, ClientAdvice>> = {
  node: {
    proxy:
      "Node reads HTTPS_PROXY since 22.21 and 24.5; with older versions, give the program's HTTP library a proxy agent",
    ca: "Remove the ca option from the program; Node reads NODE_EXTRA_CA_CERTS",
  },
  java: {
    proxy:
      "Java does not read HTTPS_PROXY; set -Dhttps.proxyHost and -Dhttps.proxyPort from it in JAVA_TOOL_OPTIONS",
    ca:
      'Make a trust store of $SSL_CERT_FILE with keytool -importcert and name it in JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=<file>"',
  },
  python: {
    proxy:
      "aiohttp needs ClientSession(trust_env=True); requests and httpx read HTTPS_PROXY",
    ca:
      "Remove verify= and cafile= from the program; requests reads REQUESTS_CA_BUNDLE, others SSL_CERT_FILE",
  },
  chromium: {
    proxy: "--proxy-server=<HTTPS_PROXY without user and password>",
    ca: 'certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n run -i "$SSL_CERT_FILE"',
  },
};

const ALIASES: Readonly<Record<string, string>> = {
  npm: "node",
  npx: "node",
  pnpm: "node",
  yarn: "node",
  tsx: "node",
  python3: "python",
  pytest: "python",
  uv: "python",
  gradle: "java",
  mvn: "java",
  kotlin: "java",
  chrome: "chromium",
  "google-chrome": "chromium",
};

/** The advice for a program, as it is called; `undefined` where nothing in particular is known. */
export function adviceFor(program: string): ClientAdvice | undefined {
  const name = program.replace(/^.*[/\\]/, "").replace(/\.exe$/i, "");
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  return Object.hasOwn(BY_NAME, known) ? BY_NAME[known] : undefined;
}
