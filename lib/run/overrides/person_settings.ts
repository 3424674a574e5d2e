/**
 * Settings in a person's own files that lead a program past the proxy of a run, or away from its certificates. Only what
 * is there is found here; `overrides.ts` says what a run does about it. Pure: a port reads the files.
 *
 * @module
 */

import { gitSettingsOf } from "./git_settings.ts";
import type {
  PersonFiles,
  PersonSettings,
  SettingsProgram,
} from "./person_files.ts";

type Env = Readonly<Record<string, string>>;

interface Source {
  program: SettingsProgram;
  /** The files, those that the program prefers first. */
  paths(env: Env, home: string, working: string): (string | undefined)[];
  /** A line with such a setting; the first group that matches is its name. */
  line: RegExp;
  /** Whether the program reads the first of the files alone. */
  first?(env: Env): boolean;
}

const config = (env: Env, home: string) =>
  env.XDG_CONFIG_HOME || `${home}/.config`;
const within = (folder: string | undefined, name: string) =>
  folder ? `${folder}/${name}` : undefined;

/** Programs whose settings a run overrides in a way that depends on them. */
const SOURCES: readonly Source[] = [
  {
    program: "curl",
    paths: (env, home) => [
      within(env.CURL_HOME, ".curlrc"),
      within(env.XDG_CONFIG_HOME, ".curlrc"),
      within(env.XDG_CONFIG_HOME, "curlrc"),
      `${home}/.curlrc`,
      `${home}/.config/curlrc`,
    ],
    first: () => true,
    line:
      /^[ \t]*-{0,2}((?:pre|no)?proxy[\w.-]*|socks[\w-]*|cacert|capath|config)\b|^[ \t]*-([xUK])/gm,
  },
  {
    program: "wget",
    paths: (env, home) => [env.WGETRC || `${home}/.wgetrc`],
    line:
      /^[ \t]*((?:https?|use|no)[_-]?proxy|proxy[_-]?\w+|ca[_-]?certificate)[ \t]*=/gim,
  },
  {
    program: "pip",
    paths: (env, home) => [
      "/etc/pip.conf",
      "/etc/xdg/pip/pip.conf",
      `${home}/.pip/pip.conf`,
      `${config(env, home)}/pip/pip.conf`,
      `${home}/Library/Application Support/pip/pip.conf`,
      within(env.VIRTUAL_ENV, "pip.conf"),
      within(env.CONDA_PREFIX, "pip.conf"),
      env.PIP_CONFIG_FILE,
    ],
    line: /^[ \t]*(proxy)[ \t]*[=:]/gm,
  },
  {
    program: "conda",
    paths: (env, home) => [
      "/etc/conda/.condarc",
      `${config(env, home)}/conda/.condarc`,
      `${home}/.conda/.condarc`,
      `${home}/.condarc`,
      within(env.CONDA_PREFIX, ".condarc"),
      env.CONDARC,
    ],
    line: /^(proxy_servers)[ \t]*:/gm,
  },
  {
    program: "gem",
    paths: (env, home) =>
      env.GEMRC
        ? env.GEMRC.split(":")
        : [`${home}/.gemrc`, `${config(env, home)}/gem/gemrc`],
    first: (env) => !env.GEMRC,
    line: /^[ \t]*:?(http_proxy|ssl_ca_cert)[ \t]*:/gm,
  },
  {
    program: "gcloud",
    paths(env, home) {
      const folder = env.CLOUDSDK_CONFIG || `${config(env, home)}/gcloud`;
      const name = env.CLOUDSDK_ACTIVE_CONFIG_NAME || "default";
      return [
        `${folder}/properties`,
        `${folder}/configurations/config_${name}`,
      ];
    },
    line: /^[ \t]*\[(proxy)\]/gm,
  },
  {
    program: "maven",
    paths: (_env, home) => [`${home}/.m2/settings.xml`],
    line: /<(proxy)>/g,
  },
];

/** Programs whose settings a run overrides whatever they are, so that they are read only to tell the person. */
const TOLD: readonly Source[] = [
  {
    program: "npm",
    paths: (env, home, working) => [
      env.NPM_CONFIG_USERCONFIG || env.npm_config_userconfig ||
      `${home}/.npmrc`,
      `${working}/.npmrc`,
    ],
    line: /^[ \t]*((?:https?-)?proxy|no-?proxy|cafile)[ \t]*=/gm,
  },
  {
    program: "pnpm",
    paths: (env, home, working) => [
      `${config(env, home)}/pnpm/rc`,
      `${config(env, home)}/pnpm/config.yaml`,
      `${home}/Library/Preferences/pnpm/rc`,
      `${home}/Library/Preferences/pnpm/config.yaml`,
      `${working}/pnpm-workspace.yaml`,
    ],
    line:
      /^[ \t]*"?((?:https?-?)?proxy|https?Proxy|no-?[pP]roxy|cafile)"?[ \t]*[=:]/gm,
  },
  {
    program: "yarn",
    paths: (_env, home, working) =>
      [home, working].flatMap((folder) => [
        `${folder}/.yarnrc`,
        `${folder}/.yarnrc.yml`,
      ]),
    line:
      /^"?((?:https?-?)?[pP]roxy|noproxy|cafile|(?:httpsC|c)aFilePath)"?[ \t:]/gm,
  },
  {
    program: "cargo",
    paths: (env, home, working) =>
      [env.CARGO_HOME || `${home}/.cargo`, `${working}/.cargo`].flatMap((
        folder,
      ) => [`${folder}/config.toml`, `${folder}/config`]),
    line: /^[ \t]*(?:http\.)?(proxy|cainfo)[ \t]*=/gm,
  },
];

/**
 * What is there of them.
 *
 * @param all also what is overridden in any case, for a person to read.
 */
export function personSettings(
  env: Env,
  person: PersonFiles,
  all = false,
): PersonSettings[] {
  const home = env.HOME || env.USERPROFILE || "";
  const found: PersonSettings[] = [];
  for (const source of all ? [...SOURCES, ...TOLD] : SOURCES) {
    const { program, paths, line, first } = source;
    for (const path of new Set(paths(env, home, person.working))) {
      const text = path ? person.read(path) : undefined;
      if (text === undefined) continue;
      const keys = new Set(
        [...text.matchAll(line)].map((match) => match[1] ?? match[2]!),
      );
      if (keys.size > 0) found.push({ program, path: path!, keys: [...keys] });
      if (first?.(env)) break;
    }
  }
  return [...gitSettingsOf(env, home, person), ...found];
}
