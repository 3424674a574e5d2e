import { AuthsomeError } from "../../../errors.ts";
import { isProviderName } from "../../../provider/name.ts";
import { variableOf } from "../../../provider/variable_name.ts";
import {
  argument,
  defineCommand,
  option,
  options,
  toggle,
} from "../../kit/define_command.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { NewProvider } from "./new_definition.ts";
import { shorten } from "../../kit/terminal_text.ts";

interface Flags {
  host?: string[];
  header?: string;
  prefix?: string;
  env?: string;
  oauth?: string;
  scopes?: string;
  displayName?: string;
  dashboard?: string;
  whoami?: string;
  account?: string;
  yes?: boolean;
  force?: boolean;
  allowPrivate?: boolean;
}

/** `provider new <name>`: writes a definition from flags or answers and installs it. */
export default defineCommand<Flags, [name: string]>({
  description:
    "On a terminal, asks for what is missing. --oauth discovers the endpoints of a server that publishes them, such as a remote MCP server. For anything else, write the definition as a file and register it.",
  examples: [
    ["authsome provider new acme --host api.acme.com", "a Bearer key"],
    [
      "authsome provider new acme --host api.acme.com --header X-Key --prefix none",
      "a raw key in a custom header",
    ],
    [
      "authsome provider new acme --host api.acme.com --whoami /v1/me --account login",
      "whose key it is",
    ],
    [
      "authsome provider new acme --oauth https://mcp.acme.com/mcp",
      "OAuth, discovered",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the new provider", "name")],
    },
    flags: {
      host: options("Host, or host/path, that gets the credential", "host"),
      header: option("Header for the key (default Authorization)", "name"),
      prefix: option("Prefix before the key (default Bearer), or none", "word"),
      env: option("Variable for the key (default <NAME>_API_KEY)", "variable"),
      oauth: option("Resource or issuer to discover OAuth from", "url"),
      scopes: option("Scopes to request", "a,b"),
      displayName: option("Display name", "name"),
      dashboard: option("Page where users create the key or the app", "url"),
      whoami: option("Path or URL that a login asks for, to try it", "url"),
      account: option(
        "Dotted path of the account's name in its JSON response",
        "path",
      ),
      yes: toggle("Do not ask for confirmation"),
      force: toggle(
        "Replace a definition of the same name; allow variables that are not named like credentials",
      ),
      allowPrivate: toggle("Allow localhost, IP addresses and bare names"),
    },
  },

  async run(context, flags, name) {
    if (!isProviderName(name)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot use provider name "${shorten(name)}"`,
        "Use a-z, 0-9, - and _, at most 63, beginning with a letter or digit",
        { subject: { field: "name" } },
      );
    }
    const { stdinIsTTY, stderrIsTTY } = context.machine.terminal;
    const interactive = stdinIsTTY && stderrIsTTY && !flags.yes &&
      !context.output.asJson && !context.globals.quiet;
    const given: NewProvider = {
      name,
      displayName: flags.displayName,
      hosts: flags.host ?? [],
      header: flags.header,
      prefix: flags.prefix,
      env: flags.env,
      oauth: flags.oauth,
      scopes: flags.scopes?.split(/[\s,]+/).filter(Boolean),
      dashboard: flags.dashboard,
      whoami: flags.whoami,
      account: flags.account,
      allowPrivate: flags.allowPrivate,
    };
    checkFlags(given);
    if (given.hosts.length === 0 && given.oauth === undefined) {
      if (!interactive) {
        throw new AuthsomeError(
          "Usage",
          `Cannot write a definition of ${name}: --host is missing`,
          `authsome provider new ${name} --host api.example.com`,
          { subject: { provider: name, field: "host" } },
        );
      }
      await askAll(context, given);
    }
    const [broker, { newDefinition }, { install }] = await Promise.all([
      context.broker(),
      import("./new_definition.ts"),
      import("../register/install_definition.ts"),
    ]);
    const definition = await newDefinition(broker.fetch, given);
    await install(context, broker, JSON.stringify(definition), {
      file: `the definition of ${name}`,
      force: flags.force,
      allowPrivate: flags.allowPrivate,
      // Shown in red before the person says yes.
      variables: interactive && given.env ? [given.env] : [],
      ask: interactive,
    });
  },
});

/** Flags of one kind of provider mean nothing for the other. */
function checkFlags(
  { oauth, header, prefix, env, scopes, whoami, account }: NewProvider,
): void {
  if (account !== undefined && whoami === undefined) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --account without --whoami",
      "See: authsome provider new --help",
    );
  }
  const wrong = oauth === undefined
    ? { "--scopes": scopes }
    : { "--header": header, "--prefix": prefix, "--env": env };
  for (const [flag, value] of Object.entries(wrong)) {
    if (value === undefined) continue;
    throw new AuthsomeError(
      "Usage",
      oauth === undefined
        ? `Cannot use ${flag} without --oauth`
        : `Cannot use ${flag} with --oauth`,
      "See: authsome provider new --help",
    );
  }
}

/** Asks for what an API key provider needs. */
async function askAll(context: CliContext, given: NewProvider): Promise<void> {
  const { line } = await context.questions();
  const ask = async (question: string, standard: string): Promise<string> =>
    (await line(standard ? `${question} [${standard}]` : question)).trim() ||
    standard;
  const { displayNameOf } = await import("./new_definition.ts");
  given.displayName ??= await ask("Display name", displayNameOf(given.name));
  const place = await ask(
    "Host of its API, or the URL of a server that publishes its OAuth metadata",
    "",
  );
  if (/^https:\/\//.test(place)) {
    given.oauth = place;
    return;
  }
  given.hosts = place.split(/[\s,]+/).filter(Boolean);
  if (given.hosts.length === 0) {
    throw new AuthsomeError("InputCancelled", "Nothing was installed: no host");
  }
  given.header ??= await ask("Header of the key", "Authorization");
  given.prefix ??= await ask(
    'Word before the key, or "none"',
    given.header.toLowerCase() === "authorization" ? "Bearer" : "none",
  );
  given.env ??= await ask(
    "Variable of the key",
    variableOf(given.name, "API_KEY"),
  );
}
