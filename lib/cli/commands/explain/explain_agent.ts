/** `explain --agent`: what an agent may write in a sandbox. @module */
import { AuthsomeError } from "../../../errors.ts";
import { DEFAULT_PROFILE } from "../../../sandbox/sandbox_profile.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { keyValueLines } from "../../kit/table.ts";
import { agentLines, describeAgent } from "../run/agent_lines.ts";

/**
 * Prints it. Nothing is started or made.
 *
 * @throws {AuthsomeError} `Usage` with a URL, `SandboxUnavailable` where there is no sandbox.
 */
export async function explainAgent(
  context: CliContext,
  name: string,
  url: string | undefined,
): Promise<void> {
  if (url !== undefined) {
    throw new AuthsomeError(
      "Usage",
      "Cannot explain a URL and --agent at once",
      `authsome explain --agent ${name}`,
    );
  }
  const { output } = context;
  const { sandboxPlaces } = await context.runtime();
  const places = await sandboxPlaces?.(
    { ...DEFAULT_PROFILE, agent: name },
    (message) => output.warn(message),
  );
  if (!places?.agent) {
    throw new AuthsomeError(
      "SandboxUnavailable",
      "Cannot run a sandbox: this build has none",
    );
  }
  if (output.asJson) output.json({ agent: describeAgent(places.agent) });
  else output.data(keyValueLines(agentLines(places.agent), context.width));
}
