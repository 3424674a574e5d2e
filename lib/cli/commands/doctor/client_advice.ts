/** How clients are configured that read none of the usual variables. @module */
import { CANARY_HOST } from "./doctor_check.ts";

/** What to do so that a client comes to the proxy, and so that it trusts the CA of the run. */
interface ClientAdvice {
  proxy: string;
  ca?: string;
}

const BY_NAME: Readonly<Record<string, ClientAdvice>> = {
  node: {
    proxy:
      "Node reads HTTPS_PROXY since 22.21 and 24.5, in fetch and its global agent: not in an agent of the program's own, node:http2 or tls.connect",
    ca: "Remove the ca option from the program; Node reads NODE_EXTRA_CA_CERTS",
  },
  java: {
    proxy:
      "Java does not read HTTPS_PROXY, and JAVA_TOOL_OPTIONS cannot give it the proxy's password",
  },
  python: {
    proxy:
      "aiohttp needs ClientSession(trust_env=True), urllib3 a ProxyManager, http.client set_tunnel; requests and httpx read HTTPS_PROXY",
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

/** What to do about a client that asks for other hosts. */
export const CONNECTS_ELSEWHERE =
  `Connect the provider whose host that is, or have it request https://${CANARY_HOST}/, which the proxy answers itself`;

/** The advice for a program, as it is called; `undefined` where nothing in particular is known. */
export function adviceFor(program: string): ClientAdvice | undefined {
  const known = runtimeOf(program);
  return Object.hasOwn(BY_NAME, known) ? BY_NAME[known] : undefined;
}

/** What a program runs on, as far as its name says it: `npx` on `node`. Else the name. */
export function runtimeOf(program: string): string {
  const name = program.replace(/^.*[/\\]/, "").replace(/\.exe$/i, "")
    .replace(/^(python)[\d.]+$/, "$1");
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}
