/** An agent's own login as a run sees it. @module */
import { agentLoginOf } from "../../connection/agents/agent_logins.ts";
import type { Connection } from "../../connection/connection.ts";
import { defined } from "../../object.ts";
import type { RouteInput } from "../routes.ts";

/** What of `connection` its agent sees; nothing if it is no agent's. */
export function loginOf(
  { provider, credential }: Pick<Connection, "provider" | "credential">,
): Pick<RouteInput, "login"> {
  const agent = agentLoginOf(provider);
  if (!agent || credential.type !== "oauth2") return {};
  const { scopes, clientId, captured: kept } = credential;
  return {
    login: { agent, shown: { scopes, kept, ...defined({ clientId }) } },
  };
}
