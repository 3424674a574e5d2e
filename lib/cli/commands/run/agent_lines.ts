/** What an agent may write in a sandbox, for a person and for a program. @module */
import type { SandboxPlaces } from "../../../ports/run_host.ts";

type Agent = NonNullable<SandboxPlaces["agent"]>;

/** The fields of JSON. */
export function describeAgent(agent: Agent): Record<string, unknown> {
  return {
    name: agent.name,
    keeps: agent.keeps,
    ends_with_run: agent.endsWithRun,
    read_only: agent.readOnly,
    login: agent.login,
  };
}

/** Lines with a name before each. */
export function agentLines(agent: Agent): [string, string][] {
  const many = (key: string, values: readonly string[]) =>
    values.map((value): [string, string] => [key, value]);
  return [
    ["agent", `${agent.name} (${agent.display})`],
    ...many("it keeps", agent.keeps),
    ...many(
      "it may write",
      agent.endsWithRun.map((path) => `${path} (ends with the run)`),
    ),
    ...many("stays as it is", agent.readOnly),
    ...many(
      "login",
      agent.login.map((path) => `${path} (handled by authsome)`),
    ),
  ];
}
