/** The {@linkcode RunHost} of Deno. @module */
import { AuthsomeError } from "../../errors.ts";
import { loginPort } from "../../form/login_address.ts";
import type { Env } from "../../ports/system.ts";
import { defined } from "../../object.ts";
import { literalDomain } from "../../provider/host_pattern.ts";
import type { HostMatch } from "../../request/route.ts";
import type { RunHost } from "../../ports/run_host.ts";
import { awsBundle } from "./aws_settings.ts";
import { writeCaBundle, writeRunFiles } from "./ca_bundle.ts";
import { runCommand } from "./child_process.ts";
import type { RunFolder } from "./run_folder.ts";
import type { InstallShims } from "./shim_files.ts";
import type { Reach } from "../net/connect.ts";
import type { ProxySocket } from "../net/proxy_listener.ts";
import { clientRoots, ownRoots, trustedRoots } from "../net/system_roots.ts";

/** Where the proxy listens, and what it leads to. */
export interface PlainRunOptions {
  socket?: ProxySocket;
  /** See `ProxyOptions.password`. */
  password?: string;
  reach?: Reach;
  /** Folder of the run, where it was made already; removed with the certificates. */
  folder?: RunFolder;
  /** See `RunHostRequest.files`. */
  files?: Readonly<Record<string, string>>;
  /** See `shim_files.ts`; absent where clients load no helpers. */
  installShims?: InstallShims;
}

/** What `authsome run` does to the world, for the home at `home`. */
export function plainRunHost(
  home: string,
  env: Env,
  { folder, files, installShims, ...access }: PlainRunOptions = {},
): RunHost {
  let socketVariables = {};
  let place = "";
  let shims: ReturnType<InstallShims>;
  return {
    trustedRoots: () => trustedRoots(env),
    clientRoots: (variables) =>
      clientRoots({
        ...env,
        get: (name) =>
          env.get(name) ||
          (name === "AWS_CA_BUNDLE" ? awsBundle(env) : undefined),
      }, variables),
    writeCaBundle(certificates) {
      const bundle = writeCaBundle(home, certificates, folder, files);
      place = bundle.folder;
      shims = installShims?.(home);
      return { ...bundle, overridesAwsBundle: awsBundle(env) !== undefined };
    },
    async noticeRead(path) {
      return (await import("./client/read_notice.ts")).noticeRead(path);
    },
    async watchConnections(proxyPort) {
      const { watchConnections } = await import(
        "./client/direct_connections.ts"
      );
      return watchConnections(proxyPort);
    },
    async programVersion(program) {
      const { programVersion } = await import("./client/program_version.ts");
      return await programVersion(program);
    },
    runCommand(command, env, { runFiles = {} } = {}) {
      writeRunFiles(place, runFiles);
      const given = { ...env, ...socketVariables };
      return runCommand(command, shims?.addTo(given) ?? given);
    },

    async showLogins(logins) {
      const { showLogins } = await import("./login_views.ts");
      return await showLogins(home, logins);
    },

    async probe({ url, caPem }, host) {
      const { probeAsStranger, probeThroughTunnel } = await import(
        "../net/proxy_probe.ts"
      );
      const [command, stranger] = await Promise.all([
        probeThroughTunnel(url, caPem, host),
        probeAsStranger(url, host),
      ]);
      return { command, stranger };
    },

    async startProxy({ hosts, trustedRoots, ...requests }) {
      const [{ createAuthority }, { startProxy }] = await Promise.all([
        import("../../wire/certificate_authority.ts"),
        import("../net/proxy_listener.ts"),
      ]);
      const authority = await createAuthority({
        hosts: [...new Set(hosts.map(domainOf))],
      });
      const proxy = await startProxy({
        requests,
        authority,
        upstream: {
          caPem: (await ownRoots(trustedRoots)).join("\n"),
          ...parentProxy(env),
        },
        refusedPorts: [loginPort(env)],
        ...access,
      });
      const { socket } = access;
      if (socket && socket.port === undefined) {
        // For the bridge in a container; see docs/guides/containers.md.
        socketVariables = {
          AUTHSOME_PROXY_SOCKET: socket.path,
          AUTHSOME_PROXY_PORT: String(proxy.port),
        };
      }
      return {
        url: proxy.url,
        caPem: authority.caPem,
        close: () => proxy.close(),
      };
    },
  };
}

/** The domain that the CA must be permitted: the host itself, or what every host of a pattern lies below. */
function domainOf(host: HostMatch): string {
  return host.kind === "exact" ? host.host : literalDomain(host.pattern.source);
}

/** The proxy that this machine goes through, as curl reads its variables. */
function parentProxy(
  env: Env,
): { proxy?: URL; proxyVariable?: string; noProxy?: string } {
  const variable = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    .find((name) => env.get(name));
  if (variable === undefined) return {};
  const text = env.get(variable)!;
  let proxy: URL | undefined;
  try {
    proxy = new URL(text.includes("://") ? text : `http://${text}`);
  } catch { /* Said below; the text may hold a password. */ }
  if (proxy?.protocol !== "http:" || !proxy.hostname) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use ${variable}: it is not the URL of an HTTP proxy`,
      `Write ${variable}=http://host:port, or unset it`,
    );
  }
  const noProxy = env.get("no_proxy") || env.get("NO_PROXY");
  return {
    proxy,
    proxyVariable: variable,
    ...defined({ noProxy: noProxy || undefined }),
  };
}
