/** What a client that asked nothing of us is to blame for, judged by what the proxy saw of its connections. @module */
import type { ClientReport } from "../../../ports/client_report.ts";
import { formatAuthority } from "../../../wire/target.ts";
import { adviceFor, CONNECTS_ELSEWHERE } from "./client_advice.ts";
import { CANARY_HOST } from "./doctor_check.ts";
import { tlsLibrary } from "./tls_library.ts";

/** What is known of a client besides. */
export interface ClientFacts {
  /** As it was called. */
  name: string;
  /** Its command line, ready to be typed. */
  line: string;
  sandboxed: boolean;
  /** Whether the file of roots was read, if that is known. */
  readRoots?: boolean | undefined;
  /** Where it connected to besides the proxy, as far as that was seen: `203.0.113.7:443`. */
  connected?: readonly string[];
  /** What Node says its version is, where it runs the client and nothing came. */
  version?: string | undefined;
}

/** Why a client does not work. `reason` is stable. */
export interface Trouble {
  reason:
    | "no_proxy"
    | "direct"
    | "own_agent"
    | "old_node"
    | "nothing_shown"
    | "no_password"
    | "no_tls"
    | "not_tls"
    | "other_name"
    | "plain_http"
    | "other_host"
    | "tls_failed"
    | "pinned"
    | "compiled_in"
    | "own_store"
    | "own_roots"
    | "untrusted";
  /** What it did. */
  message: string;
  fix: string;
}

/** Alerts that say what a client thinks of a certificate (RFC 8446 §6.2), in the words of Deno and of OpenSSL. */
const ABOUT_CERTIFICATE =
  /unknown ?ca|bad ?certificate|certificate ?(?:unknown|expired|revoked)|unsupported ?certificate|unknown ?issuer/i;
/** Any other, and what the two could not agree on. */
const NO_AGREEMENT =
  /alert|no.?shared.?cipher|no.?cipher.?suites|unsupported.?protocol|peer.?incompatible|wrong.?version/i;

/** Why no request of a client came through the tunnels in `reports`; `undefined` if it never came to the proxy. */
export function troubleOf(
  reports: readonly ClientReport[],
  facts: ClientFacts,
): Trouble | undefined {
  const { name } = facts;
  const admitted = reports.filter((report) => report.admitted);
  if (admitted.length === 0) {
    return reports.length === 0 ? undefined : {
      reason: "no_password",
      message:
        `${name} came to the proxy without the password of the run and did not come again with it (407)`,
      fix: facts.sandboxed
        ? `Without the proxy's address the sandbox leads it: authsome run --sandbox -- env -u HTTPS_PROXY -u https_proxy -u HTTP_PROXY -u http_proxy ${facts.line}`
        : `Give it the whole URL in $HTTPS_PROXY, with user and password; or: authsome run --sandbox -- env -u HTTPS_PROXY -u https_proxy -u HTTP_PROXY -u http_proxy ${facts.line}`,
    };
  }
  const opened = admitted.filter((report) => report.opened);
  const byTls = (tls: ClientReport["tls"]) =>
    opened.filter((report) => report.tls === tls && report.requests === 0);
  const failed = byTls("failed");
  const distrusts = failed.find(({ failure = "" }) =>
    ABOUT_CERTIFICATE.test(failure)
  );
  const disagrees = failed.find(({ failure = "" }) =>
    NO_AGREEMENT.test(failure)
  );
  const left = byTls("done")[0] ?? failed[0];
  if (distrusts) return distrust(distrusts, "during", facts);
  if (disagrees) {
    return {
      reason: "tls_failed",
      message: `${name} and the proxy did not agree on TLS for ${
        hostOf(disagrees)
      } (${disagrees.failure}): no certificate is to blame`,
      fix: "Let it use TLS 1.2 or 1.3 with its default cipher suites",
    };
  }
  if (left) {
    return distrust(left, left.tls === "done" ? "after" : "amid", facts);
  }
  const strange = opened.find((report) => report.strange);
  if (strange) {
    const host = hostOf(strange);
    return strange.strange === "no TLS"
      ? {
        reason: "not_tls",
        message:
          `${name} had a tunnel to ${host} opened and spoke something other than TLS in it`,
        fix: "Give it an https:// address, or switch its TLS on",
      }
      : {
        reason: "other_name",
        message:
          `${name} had a tunnel to ${host} opened and named another server in TLS`,
        fix: `Remove its setting for another server name (SNI) than ${host}`,
      };
  }
  if (opened.length > 0) {
    return {
      reason: "no_tls",
      message: `${name} had a tunnel to ${
        hostOf(opened[0]!)
      } opened and closed it before TLS began`,
      fix: `See what it said above; ask: authsome explain --last`,
    };
  }
  const [first] = admitted;
  return first!.method === "CONNECT"
    ? {
      reason: "other_host",
      message: `${name} came to the proxy for ${
        [...new Set(admitted.map(hostOf))].slice(0, 5).join(", ")
      }, which no connected provider serves: it was led there unread`,
      fix: CONNECTS_ELSEWHERE,
    }
    : {
      reason: "plain_http",
      message: `${name} asked the proxy for http://${
        hostOf(first!)
      }, and nothing is injected without TLS`,
      fix: "Give it an https:// address",
    };
}

/** It saw the certificate and gave up. */
function distrust(
  report: ClientReport,
  when: "during" | "amid" | "after",
  { name, line, sandboxed, readRoots }: ClientFacts,
): Trouble {
  const host = hostOf(report);
  const library = report.hello && tlsLibrary(report.hello);
  const inSandbox = `authsome run --sandbox -- ${line}`;
  const did = `${name} came to the proxy for ${host}, and ${
    when === "during"
      ? "does not trust the CA of the run"
      : when === "amid"
      ? "closed the connection in the TLS handshake without saying why"
      : "left after the TLS handshake without a request, as what verifies the certificate only then does"
  }`;
  const advice = adviceFor(name)?.ca;
  const say = (reason: Trouble["reason"], why: string, fix: string) => ({
    reason,
    message: `${did}: ${why}`,
    fix,
  });
  if (library === "Java") {
    return say(
      "own_store",
      "it has the trust store of Java, which reads none of the variables",
      sandboxed ? OWN_FILE : inSandbox,
    );
  }
  if (readRoots === true) {
    return say(
      "pinned",
      "it has read the file of roots that the run names, so it pins certificates or was given other roots for this host",
      "Switch that off in its settings; what run --only leaves out is tunnelled unread",
    );
  }
  if (library === "rustls") {
    return say(
      "compiled_in",
      "it speaks TLS with rustls, whose roots are compiled in (webpki-roots) unless the program reads the system's",
      "No variable changes compiled-in roots. Build it with rustls-native-certs or native-tls, or name $SSL_CERT_FILE in its own setting for a CA file",
    );
  }
  if (library === "GnuTLS") {
    return say(
      "own_store",
      "it speaks TLS with GnuTLS, which reads no variable but the system's store or a file that the program names",
      sandboxed
        ? OWN_FILE
        : `In a sandbox that store has the CA: ${inSandbox}; or name $SSL_CERT_FILE in its own setting`,
    );
  }
  return say(
    readRoots === false ? "own_roots" : "untrusted",
    readRoots === false
      ? "it has not read the file of roots that the run names, so it has a file of its own"
      : "it has a file of roots of its own, or pins certificates",
    [
      advice ?? OWN_FILE,
      ...sandboxed ? [] : [
        `If that file is the system's, a sandbox has the CA in it: ${inSandbox}`,
      ],
    ].join(". "),
  );
}

const OWN_FILE =
  "Remove its setting for a CA file, or name $SSL_CERT_FILE there";

function hostOf({ host, port }: ClientReport): string {
  if (!host) return "an unknown host";
  return port === undefined || port === 443 || host === CANARY_HOST
    ? host
    : formatAuthority({ host, port });
}
