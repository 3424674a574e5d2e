/**
 * Writes the pages of `docs/reference/` that can be told from the code: commands, exit codes, environment variables, files,
 * provider definition.
 *
 * @module
 */
import { COMMANDS } from "../lib/cli/commands.ts";
import { GLOBAL_FLAGS } from "../lib/cli/kit/globals.ts";
import { commandHelp } from "../lib/cli/help/help.ts";
import { EXIT_CODES } from "../lib/errors.ts";
import { CA_VARIABLES } from "../lib/sandbox/ca_variables.ts";
import { ENVIRONMENT, ERRORS, FILES } from "./facts.ts";
import {
  block,
  code,
  codes,
  formatted,
  prose,
  table,
} from "./generate/markdown.ts";

const FOLDER = new URL("../docs/reference/", import.meta.url);
const SCHEMA = new URL("../providers/schema.json", import.meta.url);

/** The pages as they should be, not yet formatted, by file name. */
export async function referencePages(): Promise<Map<string, string>> {
  return new Map([
    ["cli.md", await commandsPage()],
    ["exit-codes.md", exitCodesPage()],
    ["environment.md", environmentPage()],
    ["files.md", filesPage()],
    ["provider-definition.md", await definitionPage()],
  ]);
}

/** The pages as `deno fmt` leaves them. */
export async function formattedPages(): Promise<Map<string, string>> {
  return await formatted(await referencePages());
}

async function commandsPage(): Promise<string> {
  const shown = Object.entries(COMMANDS).filter(([, { group }]) => group);
  const parts = [
    "# Commands",
    "The same text as `--help`; also as a [man page](../man/authsome.1).",
    table([
      ["Command", "Does"],
      ...shown.map(([name, { brief }]) => [
        `[${code(name)}](#authsome-${name.replace(" ", "-")})`,
        brief,
      ]),
    ]),
    "## Global options",
    "They can be given before or after the command.",
    table([
      ["Option", "Does"],
      ...GLOBAL_FLAGS.map((flag) => [
        codes([
          ..."alias" in flag ? [flag.alias] : [],
          `${flag.name}${"value" in flag ? ` <${flag.value}>` : ""}`,
        ]),
        flag.brief,
      ]),
    ]),
  ];
  for (const [name, { brief, load }] of shown) {
    const help = commandHelp(name, brief, await load())
      .replace(/Global options:\n(?:.+\n)+\n/, "");
    parts.push(`## authsome ${name}`, block("text", help));
  }
  return parts.join("\n\n") + "\n";
}

function exitCodesPage(): string {
  return [
    "# Exit codes",
    "Each error has a stable code. With `--json` it is in the member `error`, next to `message` and `hint`.",
    table([
      ["Exit code", "Error", "Meaning"],
      ["0", "", "done"],
      ...Object.entries(EXIT_CODES).map(([name, exitCode]) => [
        String(exitCode),
        code(name),
        meaning(name),
      ]),
    ]),
    "`authsome run` returns the exit code of its command, and 128 + n if signal n ended it. Its own failures before the command starts use the codes above.",
  ].join("\n\n") + "\n";
}

function meaning(name: string): string {
  const text = ERRORS[name];
  if (!text) {
    throw new Error(`scripts/facts.ts does not say what ${name} means`);
  }
  return text;
}

function environmentPage(): string {
  return [
    "# Environment variables",
    "## Read by authsome",
    table([
      ["Variable", "Meaning"],
      ...ENVIRONMENT.map(([names, purpose]) => [
        codes(names.split(", ")),
        prose(purpose),
      ]),
    ]),
    "Besides these, `login` and `scan` read the variables that a [provider](../providers/README.md) declares for its keys and its OAuth client, and `import` reads those that say where another program keeps its files.",
    "## Set for the command",
    "`authsome run` first removes everything that could leak a secret or bypass the proxy, and then sets:",
    table([
      ["Variable", "Value"],
      [
        "`HTTPS_PROXY`, `HTTP_PROXY`",
        "the run's proxy, with its password; in lower case too",
      ],
      [
        "`NO_PROXY`",
        "loopback, and your own exemptions except the providers' hosts; in lower case too",
      ],
      ["`grpc_proxy`, `no_grpc_proxy`", "the same for gRPC"],
      ["`NODE_USE_ENV_PROXY`", "`1`, so that Node 24 and later use the proxy"],
      ["`AUTHSOME_PROXY_MODE`", "`true`"],
      [codes(CA_VARIABLES), "a file with the system's roots and the run's own"],
      ["`SYSTEM_WGETRC`", "a file that points wget to the same roots"],
      ["`GIT_HTTP_PROXY_AUTHMETHOD`", "`basic`"],
      [
        "`GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_<n>`, `GIT_CONFIG_VALUE_<n>`",
        "the run's proxy in the place of each that git's files set; your own settings follow",
      ],
      [
        codes([
          "npm_config_proxy",
          "npm_config_https_proxy",
          "pnpm_config_proxy",
          "pnpm_config_https_proxy",
          "YARN_HTTP_PROXY",
          "YARN_HTTPS_PROXY",
          "CARGO_HTTP_PROXY",
        ]),
        "the run's proxy",
      ],
      [
        "`npm_config_noproxy`, `pnpm_config_noproxy`",
        "as `NO_PROXY`",
      ],
      [
        "`YARN_HTTPS_CA_FILE_PATH`, `COMPOSER_CAFILE`, `CONDA_SSL_VERIFY`",
        "a file with the system's roots and the run's own",
      ],
      [
        "`PIP_PROXY`, `CURL_HOME`, `WGETRC`, `CONDARC`, `GEMRC`, `CLOUDSDK_PROXY_*`",
        "only if your own files set a proxy: the run's, or a file that reads yours first",
      ],
      [
        "`PYTHONPATH`",
        "a folder with the helper for Python, and then your own; not with `--no-shims`",
      ],
      [
        "`JAVA_TOOL_OPTIONS`",
        "your own, and an agent that leads each JVM to the proxy; not with `--sandbox` or `--no-shims`",
      ],
      [
        "each variable of a connected provider's key",
        "`authsome-proxy-managed`",
      ],
      [
        "each variable of a connected provider that holds no secret, such as `TWILIO_ACCOUNT_SID`",
        "its value",
      ],
      [
        "`NODE_OPTIONS`, `BUN_INSPECT_PRELOAD`",
        "what has [clients](../guides/clients.md) load a helper, before your own value; not with `--no-shims`",
      ],
      ["`AUTHSOME_SANDBOX`", "`true`, with `--sandbox`"],
      [
        "`AUTHSOME_PROXY_SOCKET`, `AUTHSOME_PROXY_PORT`",
        "with `--listen`: the socket, and the proxy's port",
      ],
    ]),
    "`AWS_CA_BUNDLE` is removed, unless your settings for AWS have `ca_bundle`: then it names the same file.",
    "",
    "It removes every variable that a definition declares for a secret, bundled or yours, connected or not, in upper and lower case (including `NODE_AUTH_TOKEN`; `NODE_OPTIONS` and other variables of loaders and runtimes stay), the settings of other proxies, and every `AUTHSOME_*` variable except those above that hold no secret.",
    "",
    "If a variable with any other name holds a secret of a connection in the run, alone or inside a longer value such as a URL, the secret is replaced by its placeholder. Other secrets, which authsome does not know, are passed on; with `--sandbox` only variables that are known to be harmless are passed on.",
  ].join("\n\n") + "\n";
}

function filesPage(): string {
  return [
    "# Files",
    "The home is `~/.authsome`, or the folder that `AUTHSOME_HOME` names. Only you have access to it (mode 0700) and to its files (0600; definitions 0644).",
    "",
    "A home that others can only read, such as one made with `mkdir`, is closed to them, and a line says so; so is its `config.json`. A home that others can write is refused, as are links, files that belong to other users, keys and a vault that others can read, and definitions that others can write.",
    table([
      ["File", "What"],
      ...FILES.map(([name, purpose]) => [code(name), prose(purpose)]),
    ]),
    "`vault.db-wal` and `vault.db-shm` belong to `vault.db`: back up all three, or copy the vault with SQLite's own `.backup`. `run/` holds the certificates of runs while they last, `runs/` what each is: process, program without its arguments, folder, profile, providers. `audit-export.*.lock` is held by the process that sends the audit log on. `audit.log.lock`, `config.json.lock`, `key.lock`, `keyring.lock`, `policy.json.lock` and `stand-ins.lock` are empty lock files, held while a process writes the log, changes the settings, changes the keys of the vault, creates the key in a [keychain](../platforms.md), changes the [rules](policy.md), or adds and removes the files that protect a repository in the [sandbox](../guides/sandbox.md).",
    "A file that is replaced is first written whole beside its place, as `config.json.….tmp`, and then renamed. If its writer is killed in between, the next command removes what it left: on Linux as soon as the writer is dead, elsewhere, and if another machine or container shares the home, after a minute.",
    "What was last written to the vault is remembered in `$XDG_STATE_HOME/authsome/` (`~/.local/state/authsome/`; on Windows `%LOCALAPPDATA%\\authsome\\`), one file for each home in your own folder, so that [an older vault is noticed](../decisions/rollback.md). It holds no secret. If it is removed, nothing is noticed until the next writes.",
    "",
    "Node keeps its compile cache for authsome in the user's cache folder (`~/.cache/authsome/node`, or what `NODE_COMPILE_CACHE` names), not in the home.",
    "## config.json",
    table([
      ["Field", "Meaning"],
      [
        "`spec_version`",
        "version of the home's layout, a whole number; a file with a newer version is refused and never rewritten",
      ],
      [
        "`default_profile`",
        "the profile that is used unless another one is chosen",
      ],
      [
        "`encryption.mode`",
        "where the master key comes from: `local_key` (the file), `keyring` (the system's keychain), `passphrase` (sealed in `encryption.passphrase`), `command` (the output of `encryption.command`) or `environment` (`AUTHSOME_MASTER_KEY`, which takes precedence over each of them); any other is refused",
      ],
      [
        "`encryption.command`",
        "a program and its arguments, a list that no shell reads. Within a minute it must print the key, 32 bytes in base64, in hexadecimal or raw, with one newline behind at most, and nothing else. Only the file of the home counts, and it must be yours with mode 0600",
      ],
      [
        "`encryption.passphrase`",
        "the master key sealed with AES-256-GCM by a key that Argon2id derives from the passphrase: `kdf`, `memory` (KiB), `iterations`, `parallelism`, and `salt`, `nonce`, `ciphertext` and `tag` in base64. Without this field nobody can open the vault: back it up",
      ],
      [
        "`audit.export`",
        "where a copy of the audit log is sent ([guide](../guides/audit-export.md)): `otlp` (`endpoint`, `headers`, `connection`), `syslog` (`address`, `facility`, `allow_plaintext`); absent: nowhere. A field that cannot be used is refused",
      ],
      ["`folders`", "folder → profile, as `authsome profile bind` sets it"],
      [
        "`client_metadata_url`",
        "https address of the [document](../decisions/client-registration.md) that describes authsome as an OAuth client, in place of the project's; empty: none",
      ],
      [
        "`audit`",
        "size, number and necessity of the files of the audit log: `max_bytes`, `keep`, `required`, see [there](audit-log.md#files)",
      ],
      [
        "`allowed_variables`",
        "provider → variables that `register --force` allowed although they are not named like credentials",
      ],
    ]),
    "Unknown fields are kept.",
    "## sandbox.json",
    table([
      ["Field", "Meaning"],
      ["`allow_write`", "paths that a sandboxed command may write to"],
      ["`allow_read`", "hidden paths that it may read"],
      ["`deny_read`", "more paths to hide"],
      ["`allow_env`", "more environment variables to pass on"],
      [
        "`allow_private`",
        "hosts on this machine and on private networks that it may reach: a name, `*.` and a domain, an address, or a network such as `10.1.0.0/16`",
      ],
      [
        "`unix_sockets`",
        "`true`: allow Unix sockets even if sockets of other programs are within reach",
      ],
      ["`network`", "`false`: no network, not even the proxy"],
    ]),
    "Paths are absolute, start with `~/`, or are relative to the working folder. Unknown fields are refused. See [the sandbox](../guides/sandbox.md).",
  ].join("\n\n") + "\n";
}

interface Schema {
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  maxLength?: number;
  anyOf?: Schema[];
  /** Only the kinds of injection are told apart this way. */
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
}

async function definitionPage(): Promise<string> {
  const schema: Schema = JSON.parse(await Deno.readTextFile(SCHEMA));
  const parts = [
    "# Provider definition",
    "A provider definition is a JSON file that describes a service. [Custom providers](../guides/custom-providers.md) shows how to write one, [`providers/schema.json`](../../providers/schema.json) is for editors, and `authsome inspect github` prints a complete example.",
    "A template, such as `{access_token}`, holds fields of the credential, `{client_id}` or captured values. Unknown fields are reported and ignored.",
    ...section("", schema),
    "## `inject`",
    "Where the credential goes in a request; a list puts it in several places.",
    table([
      ["`kind`", "Other fields", "Puts it into"],
      [
        "`header`",
        "`name`, `value`; `schemes`: prefixes that a key may already start with, in which case the key is sent as it is",
        "a header, replacing the request's own",
      ],
      ["`basic`", "`username`, `password`", "`Authorization: Basic …`"],
      ["`query`", "`name`, `value`", "the query"],
      ["`path`", "`template`", "the path, if it starts with the template"],
      [
        "`sigv4`",
        "`access_key_id`, `secret_access_key`, `session_token`",
        "nothing: the request is signed for AWS (Signature Version 4)",
      ],
      [
        "`body`",
        "`format`: `json` or `form`; `name`: a parameter, or the dotted path of a member; `value`; `max_bytes` (default: 1,048,576)",
        "that member of the body, if it holds the placeholder",
      ],
      [
        "`websocket`",
        '`name`: the dotted path of a member; `value`; `match`: members that the message has, such as `{"op": 2}`',
        "that member of the client's JSON messages over a WebSocket, if it holds the placeholder",
      ],
    ]),
  ];
  return parts.join("\n\n") + "\n";
}

/** A table of the fields at `path`, then those of the objects below it. */
function section(path: string, schema: Schema): string[] {
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== "$schema");
  const required = new Set(schema.required);
  return [
    path ? `## ${code(path)}` : "## Fields",
    table([
      ["Field", "Type", "Meaning"],
      ...fields.map(([name, field]) => [
        code(name) + (required.has(name) ? " (required)" : ""),
        typeOf(field),
        (field.description ?? "").replaceAll("<", "\\<"),
      ]),
    ]),
    ...fields.flatMap(([name, field]) => {
      const inner = field.properties ? field : field.items ?? membersOf(field);
      return inner?.properties
        ? section(path ? `${path}.${name}` : name, inner)
        : [];
    }),
  ];
}

/** What the members of a record are, if they have no names of their own. */
function membersOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === "object"
    ? additionalProperties
    : undefined;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) {
    return schema.enum.map((value) => code(String(value))).join(", ");
  }
  if (schema.oneOf) return "[inject](#inject)";
  if (schema.anyOf) {
    const types = schema.anyOf.map(typeOf);
    return [...new Set(types)].slice(0, 3).join(" or ");
  }
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object" && !schema.properties) {
    return membersOf(schema)?.properties ? "objects by name" : "texts by name";
  }
  return { string: "text", integer: "number" }[schema.type ?? ""] ??
    schema.type ?? "any";
}

/** Writes every page. */
export async function writeReference(): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const [name, text] of await formattedPages()) {
    await Deno.writeTextFile(new URL(name, FOLDER), text);
  }
}

if (import.meta.main) await writeReference();
