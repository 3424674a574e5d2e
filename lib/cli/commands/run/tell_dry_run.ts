/** `run --dry-run`: what would take part. @module */
import { dryRunCommand } from "../../../broker/run_command.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { SandboxPlaces } from "../../../ports/run_host.ts";
import type { DryRun } from "../../../run/dry_run.ts";
import type { RunRequest } from "../../../run/proxied_run.ts";
import type { SandboxProfile } from "../../../sandbox/sandbox_profile.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { agentLines, describeAgent } from "./agent_lines.ts";
import { keyValueLines } from "../../kit/table.ts";
import type { RunRules } from "../../../broker/policy/live_rules.ts";
import { describeRunRules, runRuleLines } from "./run_rule_lines.ts";
import { overriddenLines } from "./overridden_lines.ts";

/** Prints what a run with `request` would work with. Starts no process; arguments are not repeated. */
export async function tellDryRun(
  context: CliContext,
  request: RunRequest & RunRules,
  sandbox: SandboxProfile | undefined,
): Promise<void> {
  const { output } = context;
  const warn = (message: string) => output.warn(message);
  const broker = await context.broker();
  const found = await dryRunCommand(broker, request, warn, !!sandbox);
  const { foreseenRules } = await import("../../../broker/policy/foresee.ts");
  const rules = await foreseenRules(broker, request);
  const places = sandbox &&
    await placesOf(context, sandbox, warn, found.files);
  const [command = await broker.runtime.userShell?.() ?? null] =
    request.command;
  if (output.asJson) {
    output.json({
      ...describe(command, request, found, places),
      rules: describeRunRules(rules),
    });
  } else {
    const [first, ...rest] = lines(command, request, found, places);
    output.data(
      keyValueLines(
        [first!, ...runRuleLines(rules, request), ...rest],
        context.width,
      ),
    );
  }
}

async function placesOf(
  context: CliContext,
  sandbox: SandboxProfile,
  warn: (message: string) => void,
  files: DryRun["files"],
): Promise<SandboxPlaces> {
  const { sandboxPlaces } = await context.runtime();
  const places = await sandboxPlaces?.(sandbox, warn, files);
  if (places) return places;
  throw new AuthsomeError(
    "SandboxUnavailable",
    "Cannot run a sandbox: this build has none",
  );
}

function describe(
  command: string | null,
  { policy = "open" }: RunRequest,
  { connections, hosts, variables, replaced, removed, overridden }: DryRun,
  places: SandboxPlaces | undefined,
): Record<string, unknown> {
  return {
    ...{ command, policy },
    connections: connections.map(({ provider, connection, named }) => ({
      ...{ provider, connection_name: connection, named },
    })),
    ...{ variables, replaced, removed, overridden },
    hosts: hosts.map(({ host, port, pathPrefix, provider, connection }) => ({
      ...{ host, port, path_prefix: pathPrefix },
      ...{ provider, connection_name: connection },
    })),
    sandbox: places
      ? {
        working: places.working,
        writable: places.writable,
        read_only: places.readOnly,
        hidden: places.hidden,
        shown: places.shown,
        network: places.network,
        agent: places.agent ? describeAgent(places.agent) : null,
      }
      : null,
  };
}

function lines(
  command: string | null,
  { policy = "open", command: words }: RunRequest,
  { connections, hosts, variables, replaced, removed, overridden }: DryRun,
  places: SandboxPlaces | undefined,
): [string, string][] {
  const more = words.length - 1;
  const many = (key: string, values: readonly string[]) =>
    values.map((value): [string, string] => [key, value]);
  return [
    [
      "command",
      `${command ?? "-"}${
        more > 0 ? ` and ${more} argument${more === 1 ? "" : "s"}` : ""
      }`,
    ],
    [
      "other hosts",
      policy === "deny" ? "refused (--policy deny)" : "without a credential",
    ],
    ...many(
      "connection",
      connections.map(({ provider, connection, named }) =>
        `${provider}/${connection}${
          named ? " (only where a placeholder names it)" : ""
        }`
      ),
    ),
    ...many("variable", variables.map(({ name, value }) => `${name}=${value}`)),
    ...many(
      "variable",
      replaced.map((name) => `${name}: a placeholder in place of the secret`),
    ),
    ...many("removed", removed),
    ...overriddenLines(overridden),
    ...many(
      "host",
      hosts.map(({ host, port, pathPrefix, provider, connection }) =>
        `${host}${port === 443 ? "" : `:${port}`}${
          pathPrefix === "/" ? "" : pathPrefix
        } (${provider}/${connection})`
      ),
    ),
    ...places ? sandboxLines(places, many) : [],
  ];
}

function sandboxLines(
  { working, writable, readOnly, hidden, shown, network, agent }: SandboxPlaces,
  many: (key: string, values: readonly string[]) => [string, string][],
): [string, string][] {
  return [
    ...agent ? agentLines(agent) : [],
    ...many("works in", [working]),
    ...many("writable", writable),
    ...many("read-only", readOnly),
    ...many("hidden", hidden),
    ...many(
      "shown",
      shown.map((path) => `${path} (placeholders, not on disk)`),
    ),
    ["network", network ? "the proxy alone" : "none"],
  ];
}
