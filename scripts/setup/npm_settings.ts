/** What npm is told of the network here, for Deno, which does not read it. @module */

/** What `npm config list --json` says, as far as it is handed on. */
export interface NpmSettings {
  cafile?: unknown;
  ca?: unknown;
  proxy?: unknown;
  "https-proxy"?: unknown;
  noproxy?: unknown;
  registry?: unknown;
  "strict-ssl"?: unknown;
}

const REGISTRY = "https://registry.npmjs.org/";
/** Variables that name a file of certificates that other programs trust too. */
const CA_VARIABLES = ["DENO_CERT", "NODE_EXTRA_CA_CERTS"];

/** The settings of npm in `folder`; none if there is no npm. */
export async function npmSettings(folder: string): Promise<NpmSettings> {
  try {
    const { success, stdout } = await new Deno.Command(
      Deno.build.os === "windows" ? "npm.cmd" : "npm",
      {
        args: ["config", "list", "--json"],
        cwd: folder,
        stdin: "null",
        stderr: "null",
        signal: AbortSignal.timeout(10_000),
      },
    ).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : {};
  } catch {
    return {};
  }
}

/**
 * The environment of Deno's installer: `env`, and what npm is told where `env` does not say it. `ca` are the certificates
 * (PEM) that `DENO_CERT` is to name; empty if that variable can stay as it is. `notes` are for the person.
 */
export function installerEnvironment(
  settings: NpmSettings,
  env: Readonly<Record<string, string>>,
  read: (path: string) => string | undefined,
): { env: Record<string, string>; ca: string; notes: string[] } {
  const notes: string[] = [];
  const certificates = (path: string | undefined, source: string): string => {
    if (!path) return "";
    const text = read(path);
    if (text === undefined) notes.push(`${source} names ${path}, unreadable`);
    return text ?? "";
  };
  const own = CA_VARIABLES.map((name) => certificates(env[name], name));
  const npms = [
    certificates(text(settings.cafile), "npm's cafile"),
    ...[settings.ca].flat().map((one) => text(one) ?? ""),
  ].filter(Boolean);
  const found: Record<string, string> = { ...env, NO_COLOR: "1" };
  if (env.SSL_CERT_FILE && read(env.SSL_CERT_FILE) === undefined) {
    notes.push(`SSL_CERT_FILE names ${env.SSL_CERT_FILE}, unreadable`);
  } else found.DENO_TLS_CA_STORE ??= "mozilla,system";
  const proxy = text(settings["https-proxy"]) ?? text(settings.proxy);
  if (proxy && !env.HTTPS_PROXY && !env.https_proxy) found.HTTPS_PROXY = proxy;
  if (proxy && !env.HTTP_PROXY && !env.http_proxy) found.HTTP_PROXY = proxy;
  const except = [settings.noproxy].flat().filter(text).join(",");
  if (except && !env.NO_PROXY && !env.no_proxy) found.NO_PROXY = except;
  const registry = text(settings.registry);
  if (registry && registry !== REGISTRY) {
    found.NPM_CONFIG_REGISTRY ??= registry;
  }
  const ca = npms.length > 0
    ? [...own, ...npms].filter(Boolean).join("\n")
    : "";
  return { env: found, ca, notes };
}

/** The registry that the installer will ask. */
export function registryOf(env: Readonly<Record<string, string>>): string {
  return env.NPM_CONFIG_REGISTRY || REGISTRY;
}

/** A setting that is a text; npm says null for one that is not set. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
