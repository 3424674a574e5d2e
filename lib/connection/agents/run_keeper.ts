/** Agents' own logins in the vault and in the agents' files, brought in step around a run. @module */
import { AuthsomeError } from "../../errors.ts";
import type { LoginFiles } from "../../ports/login_files.ts";
import type { Clock } from "../../ports/system.ts";
import type { Connection } from "../connection.ts";
import type { Connections } from "../connections.ts";
import { agentLoginOf } from "./agent_logins.ts";
import {
  type AgentCredential,
  agentFile,
  newerCredential,
  writeBack,
} from "./in_step.ts";

/** Keeps agents' own logins in the vault in step with the agents' files. */
export interface AgentLoginKeeper {
  /** Brings both in step; the person's file then, and its place. */
  inStep(
    provider: string,
    connection: string,
  ): Promise<{ place: string; text: string } | undefined>;
}

/** What the keeper works through. */
export interface KeeperContext {
  connections: Pick<Connections, "find" | "save">;
  files: LoginFiles;
  clock: Clock;
  warn(message: string): void;
}

/** The keeper for a run. */
export function runKeeper(context: KeeperContext): AgentLoginKeeper {
  const { connections, files, clock, warn } = context;
  return {
    async inStep(provider, name) {
      const agent = agentLoginOf(provider);
      const connection = await connections.find(provider, name);
      if (!agent || !connection) return undefined;
      const file = await agentFile(agent, connection, files);
      if (!file) return undefined;
      const { credential, state } = connection;
      const newer = newerCredential(file, connection);
      if (newer) await takeOver(context, connection, newer);
      else if (credential.type === "oauth2" && state === "connected") {
        const left = await writeBack(
          agent,
          files,
          connection,
          credential,
          clock.now(),
        );
        if (left) warn(`The login of ${agent.title} is left alone: ${left}`);
      }
      return await agentFile(agent, connection, files);
    },
  };
}

/** Stores what the agent got outside of authsome; a login that its vendor had refused works again. */
async function takeOver(
  { connections }: KeeperContext,
  { rejection: _, ...connection }: Connection,
  credential: AgentCredential,
): Promise<void> {
  try {
    await connections.save({ ...connection, state: "connected", credential });
  } catch (error) {
    // Another process was faster; the next use sees to it.
    if (
      !(error instanceof AuthsomeError) || error.code !== "RecordConflict"
    ) throw error;
  }
}
