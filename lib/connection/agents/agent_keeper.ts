/** What a refresh of an agent's own login does besides: the agent's file is read before and written after. @module */
import { AnswerError } from "../../oauth/error.ts";
import { deadGrant } from "../refresh/dead_grant.ts";
import type { EndpointContext } from "../connection_context.ts";
import type { Connection, Credential } from "../connection.ts";
import { agentLoginOf } from "./agent_logins.ts";
import {
  type AgentCredential,
  agentFile,
  newerCredential,
  writeBack,
} from "./in_step.ts";

/** How often, and how long in milliseconds, is waited for the file of an agent that refreshed at the same time. */
const [LOOKS, PAUSE_MS] = [8, 250];

type Renewal = (place: Credential) => Credential;

/** Asked by a refresh of one connection. */
export interface AgentKeeper {
  /** The credential of the file, if it is newer. */
  takeOver(connection: Connection): Promise<AgentCredential | undefined>;
  /** Writes what was issued to the file; what goes to the vault afterwards. */
  filed(connection: Connection, issued: Renewal): Promise<Renewal>;
  /** The credential of the file, if the grant was refused since the agent itself has used it meanwhile. */
  afterRefusal(
    connection: Connection,
    error: unknown,
  ): Promise<AgentCredential | undefined>;
}

/** The keeper of `provider`; `undefined` if it is no agent, or has no files here. */
export async function keeperOf(
  context: Pick<EndpointContext, "loginFiles" | "clock" | "sleep" | "warn">,
  provider: string,
): Promise<AgentKeeper | undefined> {
  const agent = agentLoginOf(provider);
  const files = agent && await context.loginFiles?.();
  if (!files) return undefined;
  const takeOver = async (connection: Connection) => {
    const file = await agentFile(agent, connection, files);
    return file && newerCredential(file, connection);
  };
  return {
    takeOver,

    async filed(connection, issued) {
      const next = issued(connection.credential);
      if (next.type !== "oauth2") return issued;
      const kept = next.idToken && agent.keptOf?.(next.idToken);
      const renewed = {
        ...next,
        captured: { ...next.captured, ...kept },
      };
      const left = await writeBack(
        agent,
        files,
        connection,
        renewed,
        context.clock.now(),
      );
      if (left) {
        context.warn?.(
          `The login of ${agent.title} was refreshed, but ${left}`,
        );
      }
      return () => renewed;
    },

    async afterRefusal(connection, error) {
      if (!(error instanceof AnswerError) || !deadGrant(error)) {
        return undefined;
      }
      const { signal } = new AbortController();
      for (let look = 1;; look++) {
        const taken = await takeOver(connection);
        if (taken || look === LOOKS) return taken;
        await context.sleep(PAUSE_MS, signal);
      }
    },
  };
}
