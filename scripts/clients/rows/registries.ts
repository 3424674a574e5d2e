/** Clients of package registries: installing what is private, and publishing. @module */
import type { Row } from "../row.ts";

const TOKEN = "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n";
const REGISTRY = "registry=https://registry.npmjs.org/\n";
const PACKAGE = '{ "name": "@team/tiny", "version": "1.0.0" }\n';

const npm = (name: string, row: Omit<Row, "name" | "provider">): Row => ({
  name,
  provider: "npm",
  ...row,
  files: { "package.json": PACKAGE, ...row.files },
  env: {
    NPM_CONFIG_CACHE: "{work}/cache",
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
    NPM_CONFIG_REGISTRY: "https://registry.npmjs.org/",
    ...row.env,
  },
});

const NPM = { command: ["npm", "--version"] };

const OF_NPM: readonly Row[] = [
  npm("npm-install", {
    command: ["npm", "install", "--no-audit", "tiny"],
    files: { ".npmrc": TOKEN },
    version: NPM,
  }),
  npm("npm-install-bare", {
    command: ["npm", "install", "--no-audit", "tiny"],
    version: NPM,
  }),
  npm("npm-publish", {
    command: ["npm", "publish", "--access", "public"],
    files: { ".npmrc": TOKEN },
    version: NPM,
  }),
  npm("npm-whoami", {
    command: ["npm", "whoami"],
    files: { ".npmrc": TOKEN },
    version: NPM,
  }),
  npm("pnpm", {
    command: ["{node24}", "{modules}/pnpm/bin/pnpm.mjs", "add", "tiny"],
    files: { ".npmrc": REGISTRY + TOKEN },
    env: {
      PNPM_HOME: "{work}/pnpm",
      XDG_DATA_HOME: "{work}/data",
      XDG_CACHE_HOME: "{work}/cache",
      XDG_STATE_HOME: "{work}/state",
    },
    version: { npm: "pnpm" },
  }),
  npm("yarn", {
    command: [
      ...["{node24}", "{modules}/yarn/bin/yarn.js", "add", "tiny"],
      ...["--cache-folder", "{work}/cache", "--non-interactive"],
      ...["--registry", "https://registry.npmjs.org/"],
    ],
    files: { ".npmrc": TOKEN },
    version: { npm: "yarn" },
  }),
  npm("bun-add", {
    command: ["{bun}", "add", "tiny"],
    files: { ".npmrc": TOKEN },
    env: { BUN_INSTALL_CACHE_DIR: "{work}/cache", BUN_INSTALL: "{work}/bun" },
    version: { npm: "@oven/bun-linux-x64" },
  }),
];

/** Packs `dist/tiny-1.0.0.tar.gz`. */
const PACK = [[
  "{python}",
  "-c",
  `import io, os, tarfile
os.mkdir("dist")
text = b"Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0.0\\n"
with tarfile.open("dist/tiny-1.0.0.tar.gz", "w:gz") as archive:
    for name in ("PKG-INFO", "pyproject.toml"):
        info = tarfile.TarInfo("tiny-1.0.0/" + name)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))`,
]];
const DIST = "dist/tiny-1.0.0.tar.gz";
const UPLOAD = ["--non-interactive", "--disable-progress-bar", DIST];

const pypi = (
  name: string,
  tool: string,
  args: readonly string[],
  more: Partial<Row> = {},
): Row => ({
  name,
  provider: "pypi",
  command: [`{tools}/${tool}`, ...args],
  before: PACK,
  version: { pypi: tool, in: "tools" },
  ...more,
});

const OF_PYPI: readonly Row[] = [
  pypi("twine-upload", "twine", ["upload", ...UPLOAD], {
    env: { TWINE_USERNAME: "__token__" },
  }),
  pypi("twine-upload-bare", "twine", ["upload", ...UPLOAD]),
  pypi("uv-publish", "uv", [
    ...["publish", "--token", "authsome-proxy-managed", DIST],
  ], { env: { UV_CACHE_DIR: "{work}/cache" } }),
  pypi("uv-publish-bare", "uv", ["publish", DIST], {
    env: { UV_CACHE_DIR: "{work}/cache" },
  }),
  pypi("poetry-publish", "poetry", [
    ...["publish", "--no-interaction", "-u", "__token__"],
    ...["-p", "authsome-proxy-managed"],
  ], {
    files: {
      "pyproject.toml":
        '[project]\nname = "tiny"\nversion = "1.0.0"\n[tool.poetry]\npackages = []\n',
    },
    env: {
      POETRY_CACHE_DIR: "{work}/cache",
      POETRY_CONFIG_DIR: "{work}/config",
      PYTHON_KEYRING_BACKEND: "keyring.backends.null.Keyring",
    },
  }),
];

export const OF_REGISTRIES: readonly Row[] = [...OF_NPM, ...OF_PYPI];
