/** Why a client never came to the proxy. @module */
import { quoteWord } from "../../../connection/hint.ts";
import { adviceFor } from "./client_advice.ts";
import type { ClientFacts, Trouble } from "./client_verdict.ts";
import { CANARY_HOST } from "./doctor_check.ts";

/** The verdict on a client of which the proxy saw nothing. */
export function absence(
  { name, line, sandboxed, version = "", connected = [] }: ClientFacts,
): Trouble {
  if (sandboxed) {
    return {
      reason: "no_proxy",
      message:
        `${name} did not come to the proxy, to which the sandbox leads every connection to ports 80 and 443: it asked nothing, or another port`,
      fix:
        `Have it request https://${CANARY_HOST}/, which the proxy answers itself`,
    };
  }
  const inSandbox =
    `A sandbox leads every program there: authsome run --sandbox -- ${line}`;
  const isDirect = connected.length > 0;
  const did = `${name} did not come to the proxy${
    isDirect
      ? `, and connected to ${connected.slice(0, 3).join(", ")} by itself`
      : ""
  }`;
  const orNothing = isDirect ? "" : ", or asked nothing";
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major !== undefined) {
    const number = Number(major) + Number(minor) / 1000;
    const reads = number >= 24.005 || number >= 22.021 && number < 23;
    return reads
      ? {
        reason: "own_agent",
        message:
          `${did}: Node ${version} reads HTTPS_PROXY in fetch and its global agent, so it has an agent of its own, uses node:http2 or tls.connect${orNothing}`,
        fix: `Give the program's HTTP library a proxy agent. ${inSandbox}`,
      }
      : {
        reason: "old_node",
        message:
          `${did}: Node ${version} does not read HTTPS_PROXY by itself${orNothing}`,
        fix:
          `Node reads it since 22.21 and 24.5; or give the program's HTTP library a proxy agent. ${inSandbox}`,
      };
  }
  const help = `look for a proxy setting: ${quoteWord(name)} --help`;
  const advice = adviceFor(name)?.proxy;
  return isDirect
    ? {
      reason: "direct",
      message: `${did}: it ignores HTTPS_PROXY, or was given another proxy`,
      fix: `${
        advice ?? `Remove its own proxy setting, or ${help}`
      }. ${inSandbox}`,
    }
    : {
      reason: "no_proxy",
      message: `${did}: it ignores HTTPS_PROXY, or it asked nothing`,
      fix: `${
        advice ?? `Name the proxy in $HTTPS_PROXY to it; ${help}`
      }. ${inSandbox}`,
    };
}
