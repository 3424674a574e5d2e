/**
 * What a run sets so that no file of the person's leads a program past its proxy: variables that count more than files
 * do, and files in the folder of the run that read the person's first. The person's files are not touched, and all
 * other settings in them count as before. What the command writes on a command line of its own is its own will.
 *
 * @module
 */
import { gitVariables } from "./git_variables.ts";
import type { PersonSettings } from "./person_files.ts";

/** What of a run they are made from. */
export interface OverridePlaces {
  /** `http://user:password@127.0.0.1:port` of this run. */
  proxyUrl: string;
  caBundlePath: string;
  /** Folder of the run. */
  folder: string;
  /** `NO_PROXY` of the command. */
  noProxy: string;
  /** Whether the command is sandboxed. */
  sandboxed?: boolean;
}

/** Variables and files, by name. */
export interface Overrides {
  env: Record<string, string>;
  /** The variables that hold nothing of the person's: a sandboxed command gets these. */
  given: string[];
  /** In the folder of the run. They hold the proxy's address, so only the person may read them. */
  files: Record<string, string>;
}

/** Decides them for the command whose environment is `env` so far; `read` is that of `PersonFiles`. */
export function overrides(
  env: Readonly<Record<string, string>>,
  settings: readonly PersonSettings[],
  places: OverridePlaces,
  read: (path: string) => string | undefined = () => undefined,
): Overrides {
  const { proxyUrl, caBundlePath, folder, noProxy, sandboxed } = places;
  const of = (program: PersonSettings["program"]) =>
    settings.filter((found) => found.program === program);
  const git = gitVariables(
    env,
    of("git").flatMap(({ keys }) => keys),
    proxyUrl,
  );
  const made: Overrides = {
    env: {
      ...git.env,
      // Each counts more than the files of its program, wherever they are.
      npm_config_proxy: proxyUrl,
      npm_config_https_proxy: proxyUrl,
      npm_config_noproxy: noProxy,
      pnpm_config_proxy: proxyUrl,
      pnpm_config_https_proxy: proxyUrl,
      pnpm_config_noproxy: noProxy,
      // As pnpm names them in its own files.
      pnpm_config_http_proxy: proxyUrl,
      pnpm_config_no_proxy: noProxy,
      YARN_HTTP_PROXY: proxyUrl,
      YARN_HTTPS_PROXY: proxyUrl,
      YARN_HTTPS_CA_FILE_PATH: caBundlePath,
      CARGO_HTTP_PROXY: proxyUrl,
      COMPOSER_CAFILE: caBundlePath,
      CONDA_SSL_VERIFY: caBundlePath,
    },
    given: [],
    files: {},
  };
  const { username, password, hostname, port } = parts(proxyUrl);
  const [curl] = of("curl");
  if (curl) {
    made.env.CURL_HOME = folder;
    made.files[".curlrc"] = lines([
      `config = ${quoted(curl.path)}`,
      ...curl.keys.includes("preproxy") ? [`preproxy = ""`] : [],
      `proxy = ${quoted(proxyUrl)}`,
      `proxy-user = ${quoted(`${username}:${password}`)}`,
      "proxy-basic",
      `noproxy = ${quoted(noProxy)}`,
      `cacert = ${quoted(caBundlePath)}`,
    ]);
  }
  const [wget] = of("wget");
  if (wget) {
    // The person's is read first, as that of the system, whose lines come after it where it has none like them.
    made.env.SYSTEM_WGETRC = wget.path;
    made.env.WGETRC = `${folder}/wgetrc-run`;
    made.files["wgetrc-run"] = lines([
      ...otherLines(read("/etc/wgetrc") ?? "", read(wget.path) ?? ""),
      `https_proxy = ${proxyUrl}`,
      `http_proxy = ${proxyUrl}`,
      `proxy_user = ${username}`,
      `proxy_password = ${password}`,
      "use_proxy = on",
      `no_proxy = ${noProxy}`,
      `ca_certificate = ${caBundlePath}`,
    ]);
  }
  // These go without it where nothing is to be overridden: pip does not ask NO_PROXY then.
  if (of("pip").length > 0) made.env.PIP_PROXY = proxyUrl;
  if (of("gcloud").length > 0) {
    Object.assign(made.env, {
      CLOUDSDK_PROXY_TYPE: "http",
      CLOUDSDK_PROXY_ADDRESS: hostname,
      CLOUDSDK_PROXY_PORT: port,
      CLOUDSDK_PROXY_USERNAME: username,
      CLOUDSDK_PROXY_PASSWORD: password,
    });
  }
  if (of("conda").length > 0 && !env.CONDARC) {
    made.env.CONDARC = `${folder}/condarc.yml`;
    made.files["condarc.yml"] = lines([
      "proxy_servers:",
      ...["http", "https"].map((scheme) =>
        `  ${scheme}: ${JSON.stringify(proxyUrl)}`
      ),
    ]);
  }
  const [maven] = of("maven");
  // It reads one such file alone. In a sandbox the person's, which may hold passwords, is not shown, nor is a copy.
  if (
    maven && !sandboxed && !/(^|\s)(-s|--settings)\b/.test(env.MAVEN_ARGS ?? "")
  ) {
    made.files["settings.xml"] = (read(maven.path) ?? "")
      .replace(/<proxies>.*?<\/proxies>/gs, "");
    made.env.MAVEN_ARGS = `${env.MAVEN_ARGS ?? ""} -s ${folder}/settings.xml`
      .trimStart();
  }
  const gem = of("gem");
  if (gem.length > 0) {
    const file = `${folder}/gemrc`;
    // Where it is set, no other file is read.
    made.env.GEMRC = [env.GEMRC || gem[0]!.path, file].join(":");
    made.files.gemrc = lines([
      `:http_proxy: ${JSON.stringify(proxyUrl)}`,
      `:ssl_ca_cert: ${JSON.stringify(caBundlePath)}`,
    ]);
  }
  const shared = new Set(git.shared);
  made.given = Object.keys(made.env).filter((name) => !shared.has(name));
  return made;
}

function parts(proxyUrl: string) {
  return proxyUrl
    ? new URL(proxyUrl)
    : { username: "", password: "", hostname: "", port: "" };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

/** As curl reads a value in quotes. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** The settings of the wgetrc `text` that `own` has not. */
function otherLines(text: string, own: string): string[] {
  const nameOf = (line: string) =>
    /^\s*([\w-]+)\s*=/.exec(line)?.[1]?.toLowerCase().replace(/[_-]/g, "");
  const names = new Set(own.split("\n").map(nameOf));
  return text.split("\n").filter((line) => {
    const name = nameOf(line);
    return name !== undefined && !names.has(name);
  });
}
