/**
 * The environment of a command behind the proxy. Invariant: first everything that could leak a secret or lead
 * around the proxy is removed, then what the command needs is set; nothing is set that was not decided here.
 *
 * @module
 */
import { CA_VARIABLES, DROPPED_CA_VARIABLES } from "../sandbox/ca_variables.ts";
import {
  clientVariables,
  publicVariables,
} from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import {
  isSystemVariable,
  SESSION_VARIABLES,
} from "../provider/variable_name.ts";
import { literalDomain } from "../provider/host_pattern.ts";
import type { HostMatch } from "../request/route.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import { gitParameters } from "./overrides/git_variables.ts";

/** Variables of authsome that a command may see; every other `AUTHSOME_*` is removed. */
const PUBLIC_VARIABLES = new Set([
  "AUTHSOME_HOME",
  "AUTHSOME_PROFILE",
  "AUTHSOME_PORT",
  "AUTHSOME_CA_BUNDLE",
  "AUTHSOME_NO_BROWSER",
  "AUTHSOME_NO_VERIFY",
]);

const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY"];

/** Upper-case names that make some client use another proxy, or none, or other roots. Any spelling of them is removed. */
const BYPASSES = new Set([
  "PIP_PROXY",
  "YARN_PROXY",
  "YARN_NOPROXY",
  "YARN_CA_FILE_PATH",
  "YARN_HTTPS_CA_FILE_PATH",
  ...["NPM_CONFIG", "PNPM_CONFIG"].flatMap((tool) => [
    `${tool}_PROXY`,
    `${tool}_NOPROXY`,
  ]),
  "CLOUDSDK_PROXY_TYPE",
  "CLOUDSDK_PROXY_ADDRESS",
  "CLOUDSDK_PROXY_PORT",
  "CLOUDSDK_PROXY_RDNS",
  "CLOUDSDK_PROXY_USERNAME",
  "CLOUDSDK_PROXY_PASSWORD",
  "COMPOSER_CAFILE",
  "CONDA_SSL_VERIFY",
  "GIT_PROXY_COMMAND",
  "GIT_PROXY_SSL_CAINFO",
  "SOCKS_SERVER",
  "SOCKS5_SERVER",
  // Of gRPC for Java, once.
  "GRPC_PROXY_EXP",
]);
/** The same of every tool: `https_proxy`, `GLOBAL_AGENT_HTTP_PROXY`, `no_grpc_proxy`. */
const BYPASS =
  /^(?:.+_)?(?:HTTPS?|ALL|FTPS?|GOPHER|RSYNC|WSS?|SOCKS[45]?H?|(?:NO_)?GRPC|NO)_PROXY$/;
/** Options of Java, which count more than what it is told otherwise. */
const JAVA_VARIABLES = new Set([
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
  "JAVA_OPTS",
  "MAVEN_OPTS",
  "GRADLE_OPTS",
  "SBT_OPTS",
  "ANT_OPTS",
]);
const JAVA_PROXY =
  /(?<!\S)-D(?:(?:https?|ftp)\.(?:proxy\w+|nonProxyHosts)|socks(?:Proxy\w+|NonProxyHosts))=(?:"[^"]*"|'[^']*'|[^\s"'])*\s*/gi;

function isBypass(upper: string): boolean {
  return BYPASSES.has(upper) || BYPASS.test(upper);
}

/** `value` of a variable without what in it leads to another proxy. */
function withoutProxies(upper: string, value: string): string {
  if (upper === "GIT_CONFIG_PARAMETERS") return gitParameters(value);
  if (!JAVA_VARIABLES.has(upper)) return value;
  const kept = value.replace(JAVA_PROXY, "");
  return kept === value ? value : kept.trimEnd();
}

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** What a command's environment is made from. */
export interface ChildEnvironmentOptions {
  /** `http://user:password@127.0.0.1:port` of this run. */
  proxyUrl: string;
  /** File of PEM certificates. */
  caBundlePath: string;
  /** File of wget settings that name the bundle. */
  wgetrcPath: string;
  /** See `RunPlaces`. */
  overridesAwsBundle?: boolean;
  /** Variables that get a placeholder, and which. */
  placeholders: ReadonlyMap<string, string>;
  /** Variables whose value is no secret, and which. */
  publics?: ReadonlyMap<string, string>;
  /** Variables that hold secrets where a provider declares them: see {@linkcode secretVariables}. */
  secrets: Iterable<string>;
  /** Secrets of the connections of this run, with the placeholder that takes the place of each. */
  held?: ReadonlyMap<string, string>;
  /** Hosts of this run's routes, which `NO_PROXY` must not exempt. */
  hosts: readonly HostMatch[];
}

/** A command's environment, and what a person should know about it. */
interface ChildEnvironment {
  env: Record<string, string>;
  /** Variables that hold what a provider's definition says: a placeholder, or what is no secret. */
  given: string[];
  /** Secret variables of the parent that the command does not get and has no placeholder for. */
  removed: string[];
  /** Other variables that held a secret of a connection, which was replaced by its placeholder. */
  replaced: string[];
  /** Entries of the parent's `NO_PROXY` and `no_grpc_proxy` that were dropped because they contain a routed host. */
  exemptions: string[];
}

/** The environment of the command. Pure: reads nothing but its arguments. */
export function childEnvironment(
  parent: Readonly<Record<string, string>>,
  options: ChildEnvironmentOptions,
): ChildEnvironment {
  // In any spelling: some programs read both, and on Windows they are the same.
  const secrets = new Set(
    [...options.secrets].map((name) => name.toUpperCase()),
  );
  const { placeholders } = options;
  const held = [...ownSecrets(parent), ...options.held ?? []]
    .sort(([a], [b]) => b.length - a.length);
  const reset = new Set<string>([...CA_VARIABLES, ...DROPPED_CA_VARIABLES]);
  const env: Record<string, string> = {};
  const removed: string[] = [];
  const replaced: string[] = [];
  for (const [name, value] of Object.entries(parent)) {
    const upper = name.toUpperCase();
    if (secrets.has(upper)) {
      const own = held.find(([secret]) => secret === value);
      // Also what is only read at login: its programs go on to work.
      if (own && !isReserved(name)) env[name] = own[1];
      else if (value && !placeholders.has(name)) removed.push(name);
    } else if (
      isBypass(upper) || reset.has(upper) ||
      upper.startsWith("AUTHSOME_") && !PUBLIC_VARIABLES.has(name)
    ) {
      // Set anew below, or of no use to the command.
    } else {
      // The key of a test server may be `/usr/bin`; nothing starts without PATH.
      const kept = withoutProxies(upper, value);
      env[name] = PLAIN.has(upper) ? kept : withoutSecrets(kept, held);
      if (env[name] !== kept) replaced.push(name);
    }
  }

  for (const name of PROXY_VARIABLES) {
    env[name] = env[name.toLowerCase()] = options.proxyUrl;
  }
  const { kept, dropped } = exemptions(parent, options.hosts);
  env.NO_PROXY = env.no_proxy = kept.join(",");
  // gRPC asks for its own names first, in lower case.
  env.grpc_proxy = options.proxyUrl;
  const grpc = exemptions({
    no_proxy: `${env.NO_PROXY},${parent.no_grpc_proxy ?? ""}`,
  }, options.hosts);
  env.no_grpc_proxy = grpc.kept.join(",");
  env.NODE_USE_ENV_PROXY = "1";
  env.AUTHSOME_PROXY_MODE = "true";
  for (const name of CA_VARIABLES) env[name] = options.caBundlePath;
  if (options.overridesAwsBundle) env.AWS_CA_BUNDLE = options.caBundlePath;
  env.SYSTEM_WGETRC = options.wgetrcPath;
  // Otherwise git asks the proxy first and comes back with the password, at each connection.
  env.GIT_HTTP_PROXY_AUTHMETHOD = "basic";
  // Never one of the variables above: a definition must not be able to switch the proxy off.
  const given = new Map(
    [...options.publics ?? [], ...placeholders].filter(([name]) =>
      !isReserved(name)
    ),
  );
  for (const [name, value] of given) env[name] = value;
  return {
    env,
    given: [...given.keys()],
    removed: removed.sort(),
    replaced: replaced.sort(),
    exemptions: [...new Set([...dropped, ...grpc.dropped])],
  };
}

const PLAIN: ReadonlySet<string> = new Set(SESSION_VARIABLES);

/** Variables of authsome whose value may stand in another one too. */
const OWN_SECRETS = [
  "AUTHSOME_MASTER_KEY",
  "AUTHSOME_PASSPHRASE",
  "AUTHSOME_NEW_PASSPHRASE",
];
/** Shortest passphrase that is looked for elsewhere; `true` is a value of many variables. */
const MIN_OWN = 8;

function ownSecrets(
  parent: Readonly<Record<string, string>>,
): [secret: string, placeholder: string][] {
  return OWN_SECRETS.flatMap((name) => {
    const value = parent[name] ?? "";
    return value.length < MIN_OWN ? [] : [[value, PLACEHOLDER]];
  });
}

/** Shortest secret that is also looked for inside of a value, such as a URL. */
const MIN_PART = 16;

/** `value` with a placeholder in the place of each secret of `held`, which has the longest first. */
function withoutSecrets(
  value: string,
  held: readonly [secret: string, placeholder: string][],
): string {
  let text = value;
  for (const [secret, placeholder] of held) {
    if (value === secret) return placeholder;
    if (secret.length < MIN_PART || value.length < MIN_PART) continue;
    text = text.replaceAll(secret, placeholder);
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret) text = text.replaceAll(encoded, placeholder);
  }
  return text;
}

/**
 * Variables in which `definition` looks for a secret, or exports one: none of them may reach a command. What is no secret
 * stays as the person has it, such as a client id.
 */
export function secretVariables(definition: ProviderDefinition): string[] {
  const shown = publicVariables(definition);
  return [
    ...keyVariables(definition),
    ...Object.keys(definition.export?.env ?? {})
      .filter((name) => !shown.has(name)),
    ...secretsOfClient(definition),
  ].flat().filter((name) => !isReserved(name));
}

/**
 * Variables that get the placeholder when `definition` is connected: its exports, never of a refresh token, and the
 * other names that programs read the key from.
 */
export function placeholderVariables(definition: ProviderDefinition): string[] {
  const shown = publicVariables(definition);
  const exported = Object.entries(definition.export?.env ?? {})
    .filter(([name, field]) => !WITHHELD.has(field) && !shown.has(name))
    .map(([name]) => name);
  return [...new Set([...exported, ...keyVariables(definition)])];
}

/**
 * Variables of `definition` that a command never gets, not even a placeholder: nothing would take its place, since the
 * proxy neither refreshes tokens for a command nor logs in as a client.
 */
export function withheldVariables(
  definition: ProviderDefinition,
): Set<string> {
  return new Set([
    ...secretsOfClient(definition),
    ...Object.entries(definition.export?.env ?? {})
      .filter(([, field]) => WITHHELD.has(field)).map(([name]) => name),
  ]);
}

function secretsOfClient(definition: ProviderDefinition): string[] {
  return clientVariables(definition)
    .flatMap(({ name, secret }) => secret ? [name] : []);
}

const WITHHELD: ReadonlySet<string> = new Set([
  "refresh_token",
  "client_secret",
]);

function keyVariables({ api_key }: ProviderDefinition): string[] {
  return [api_key?.env_var ?? []].flat();
}

/** Whether `name` steers the proxy, the loader or the shell, so that no definition may claim it. */
function isReserved(name: string): boolean {
  const upper = name.toUpperCase();
  return isBypass(upper) ||
    upper === "SYSTEM_WGETRC" ||
    ([...CA_VARIABLES, ...DROPPED_CA_VARIABLES] as string[]).includes(upper) ||
    isSystemVariable(upper);
}

/** `NO_PROXY` for the command: loopback and what the parent exempts, less the entries that contain a routed host. */
function exemptions(
  parent: Readonly<Record<string, string>>,
  hosts: readonly HostMatch[],
): { kept: string[]; dropped: string[] } {
  const kept = new Set(LOOPBACK);
  const dropped = new Set<string>();
  for (
    const entry of `${parent.no_proxy ?? ""},${parent.NO_PROXY ?? ""}`.split(
      /[\s,]+/,
    )
  ) {
    if (entry === "") continue;
    (hosts.some((host) => contains(entry, host)) ? dropped : kept).add(entry);
  }
  return { kept: [...kept], dropped: [...dropped] };
}

/**
 * Whether some client may read `entry` as exempting `host`. Clients differ (suffix with or without a dot, globs,
 * ports), so the widest reading counts: an entry dropped too many only takes the way through the proxy.
 */
function contains(entry: string, host: HostMatch): boolean {
  const name = entry.toLowerCase().replace(/:\d+$/, "").replace(
    /^[*.]+|\.+$/g,
    "",
  );
  if (name === "") return true;
  if (name.includes("*")) {
    return contains(name.slice(name.lastIndexOf("*") + 1), host);
  }
  if (host.kind === "exact") return host.host.endsWith(name);
  const domain = literalDomain(host.pattern.source);
  return domain.endsWith(name) || name.endsWith(`.${domain}`);
}
