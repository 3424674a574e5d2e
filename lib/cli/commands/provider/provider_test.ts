import {
  type Trial,
  tryProvider,
} from "../../../broker/register/try_provider.ts";
import { connectionOption } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import {
  argument,
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../../kit/define_command.ts";
import { injectionLine } from "../../../provider/injection.ts";
import { keyValueLines } from "../../kit/table.ts";

interface Flags {
  connection?: string;
  method?: string;
  baseUrl?: string;
  dryRun?: boolean;
}

/** `provider test <name> [url]`: where a definition puts its credential, and what the provider says. */
export default defineCommand<Flags, [name: string, url?: string]>({
  description:
    "Shows the request that would be sent, without the secret. With a connection it is sent, once, and the provider's answer is shown: exit code 5 if it refuses the credential. Asks for what the definition's whoami names, or for the URL.",
  examples: [
    ["authsome provider test acme", "whoami, or the first host"],
    ["authsome provider test acme https://api.acme.com/v1/me", "another URL"],
    ["authsome provider test acme --dry-run", "send nothing"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Name of the provider", "name", "provider"),
        optionalArgument("What to ask for", "url"),
      ],
    },
    flags: {
      connection: option("Which connection", "name", "connection"),
      method: option("Method (default GET)", "method"),
      baseUrl: option("Tenant, if there is no connection", "url"),
      dryRun: toggle("Show the request, send nothing"),
    },
  },

  async run(context, flags, provider, url) {
    const { output } = context;
    const broker = await context.broker();
    const trial = await tryProvider(broker, provider, { ...flags, url });
    if (output.asJson) output.json(described(provider, trial));
    else {
      output.data(keyValueLines(linesOf(provider, trial), context.width));
      if (trial.connection === undefined && !flags.dryRun) {
        output.say(
          `Not sent: ${provider} has no connection. Connect it: authsome login ${provider}`,
        );
      }
    }
    const { identity } = trial;
    if (identity?.kind !== "refused") return;
    throw new AuthsomeError(
      "CredentialExpired",
      `Cannot use ${provider}/${trial.connection}: the provider says ${identity.said}`,
      `authsome login ${provider}${
        connectionOption(trial.connection!)
      } --force, or check where the definition puts the credential: authsome inspect ${provider}`,
      { subject: { provider } },
    );
  },
});

function linesOf(provider: string, trial: Trial): [string, string][] {
  const { method, url, injections, defaultHeaders, status, identity } = trial;
  const lines: [string, string][] = [["request", `${method} ${url}`]];
  if (trial.connection !== undefined) {
    lines.push(["connection", `${provider}/${trial.connection}`]);
  }
  lines.push(...injections.map(injectionLine));
  for (const [name, value] of Object.entries(defaultHeaders)) {
    lines.push(["default", `${name}: ${value}`]);
  }
  if (status !== undefined) lines.push(["answer", String(status)]);
  if (identity?.kind === "accepted") {
    lines.push(["verdict", "the credential works"]);
    if (identity.account !== undefined) {
      lines.push(["account", identity.account]);
    }
  } else if (identity?.kind === "unknown") {
    lines.push(["verdict", `not known: ${identity.why}`]);
  }
  return lines;
}

function described(provider: string, trial: Trial): Record<string, unknown> {
  const { method, url, injections, defaultHeaders, identity } = trial;
  return {
    provider,
    connection_name: trial.connection ?? null,
    method,
    url,
    inject: injections,
    default_headers: defaultHeaders,
    status: trial.status ?? null,
    verdict: identity?.kind ?? null,
    account: identity?.kind === "accepted" ? identity.account ?? null : null,
  };
}
