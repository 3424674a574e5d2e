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
import { block, code, codes, formatted, prose, table } from "./markdown.ts";

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
    "## Options of every command",
    "They may stand before or after the command.",
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
      .replace(/Options of every command:\n(?:.+\n)+\n/, "");
    parts.push(`## authsome ${name}`, block("text", help));
  }
  return parts.join("\n\n") + "\n";
}

function exitCodesPage(): string {
  return [
    "# Exit codes",
    "Each error has a code that does not change. With `--json` it stands in the member `error`, beside `message` and `hint`.",
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
    "Besides these, `login` and `scan` read the variables that a [provider](../providers/README.md) declares for its keys and its OAuth client, and `import` those that tell where another program keeps its files.",
    "## Set for the command",
    "By `authsome run`, after everything that could leak a secret or lead around the proxy was removed:",
    table([
      ["Variable", "Value"],
      [
        "`HTTPS_PROXY`, `HTTP_PROXY`",
        "the run's proxy, with its password; in lower case too",
      ],
      [
        "`NO_PROXY`",
        "loopback, and your own exemptions without the providers' hosts; in lower case too",
      ],
      ["`NODE_USE_ENV_PROXY`", "`1`, so that Node 24 and later use the proxy"],
      ["`AUTHSOME_PROXY_MODE`", "`true`"],
      [codes(CA_VARIABLES), "a file with the system's roots and the run's own"],
      ["`SYSTEM_WGETRC`", "a file that names the same roots to wget"],
      ["`GIT_HTTP_PROXY_AUTHMETHOD`", "`basic`"],
      [
        "each variable of a connected provider's key",
        "`authsome-proxy-managed`",
      ],
      ["`AUTHSOME_SANDBOX`", "`true`, with `--sandbox`"],
      [
        "`AUTHSOME_PROXY_SOCKET`, `AUTHSOME_PROXY_PORT`",
        "with `--listen`: the socket, and the proxy's port",
      ],
    ]),
    "Removed: every variable that a definition declares, bundled or yours, connected or not, in upper and lower case (`NODE_AUTH_TOKEN` too; `NODE_OPTIONS` and other variables of loaders and runtimes stay), other proxies' settings, and every `AUTHSOME_*` variable but the ones above that hold no secret.",
    "",
    "A secret of a connection that takes part in the run, under any other name or inside of a longer value such as a URL, is replaced by its placeholder. Other secrets of yours, which authsome does not know, are passed on; with `--sandbox` only variables that are known to be harmless are.",
  ].join("\n\n") + "\n";
}

function filesPage(): string {
  return [
    "# Files",
    "The home is `~/.authsome`, or what `AUTHSOME_HOME` names. It belongs to you alone (mode 0700), its files too (0600; definitions 0644). Others' files and links are refused.",
    table([
      ["File", "What"],
      ...FILES.map(([name, purpose]) => [code(name), prose(purpose)]),
    ]),
    "`vault.db-wal` and `vault.db-shm` belong to `vault.db`: back up all three, or copy the vault with SQLite's own `.backup`. `run/` holds the certificates of runs while they last. `audit.log.lock` and `keyring.lock` are empty: who writes the log, or makes the key in a [keychain](../platforms.md), holds them.",
    "On Node, what it compiled of authsome is kept in the user's cache folder (`~/.cache/authsome/node`, or what `NODE_COMPILE_CACHE` names), not in the home.",
    "## config.json",
    table([
      ["Field", "Meaning"],
      [
        "`spec_version`",
        "layout of the home, a whole number; a file of a newer one is refused and never rewritten",
      ],
      ["`default_profile`", "the profile used when nothing else is said"],
      [
        "`encryption.mode`",
        "where the master key is: `local_key` (the file) or `keyring` (the system's keychain); `passphrase` is reserved",
      ],
      ["`folders`", "folder → profile, as `authsome profile bind` sets it"],
      [
        "`allowed_variables`",
        "provider → variables that `register --force` allowed although their names are no credential's",
      ],
    ]),
    "Unknown fields are kept.",
    "## sandbox.json",
    table([
      ["Field", "Meaning"],
      ["`allow_write`", "paths that a sandboxed command may write"],
      ["`allow_read`", "hidden places that it may read"],
      ["`deny_read`", "more places to hide"],
      ["`allow_env`", "more environment variables to pass on"],
      [
        "`allow_private`",
        "hosts of this machine and private networks that it may reach: a name, `*.` and a domain, an address, or a network such as `10.1.0.0/16`",
      ],
      [
        "`unix_sockets`",
        "`true`: Unix sockets even if some of other programs are within reach",
      ],
      ["`network`", "`false`: no network, not even the proxy"],
    ]),
    "Paths are absolute, or start with `~/`, or lie in the working folder. A field that is not in this table is refused. See [the sandbox](../guides/sandbox.md).",
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
    "A JSON file that describes a service: [`providers/schema.json`](../../providers/schema.json) for editors, [custom providers](../guides/custom-providers.md) for how to make one. `authsome inspect github` prints a whole one.",
    "A template, such as `{access_token}`, holds fields of the credential, `{client_id}` or captured values. Unknown fields are reported and ignored.",
    ...section("", schema),
    "## `inject`",
    "Where the credential goes in a request; several for several places.",
    table([
      ["`kind`", "Other fields", "Puts it into"],
      [
        "`header`",
        "`name`, `value`; `schemes`: words that some keys bring along, which are then sent alone",
        "a header, in place of the request's own",
      ],
      ["`basic`", "`username`, `password`", "`Authorization: Basic …`"],
      ["`query`", "`name`, `value`", "the query"],
      ["`path`", "`template`", "the path, where it begins so"],
      [
        "`sigv4`",
        "`access_key_id`, `secret_access_key`, `session_token`",
        "nothing: the request is signed for AWS (Signature Version 4)",
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
      const inner = field.properties ? field : field.items;
      return inner?.properties
        ? section(path ? `${path}.${name}` : name, inner)
        : [];
    }),
  ];
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
  if (schema.type === "object" && !schema.properties) return "texts by name";
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
