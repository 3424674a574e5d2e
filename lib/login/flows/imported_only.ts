/** The flow of agents' own logins, which only the agent itself may make. @module */
import { AuthsomeError } from "../../errors.ts";
import { agentLoginOf } from "../../connection/agents/agent_logins.ts";
import type { Flow } from "../flow.ts";

export const flow: Flow = {
  run({ provider: { definition: { name, display_name } }, connection }) {
    const agent = agentLoginOf(name);
    return Promise.reject(
      new AuthsomeError(
        "OperationNotAllowed",
        `Cannot log in to ${name}: ${
          agent?.ownLoginOnly ?? `only ${display_name} itself may`
        }`,
        agent
          ? `Log in with: ${agent.loginCommand}, outside of a run. Then: authsome import ${name}`
          : `authsome import ${name}`,
        { subject: { provider: name, connection } },
      ),
    );
  },
};
