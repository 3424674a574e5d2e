/** What the page shows as commands say it: it is given by the command, so that both say the same. @module */
import type {
  ShownCheck,
  ShownVerdict,
  TestedRequest,
  TypedRequest,
} from "../../page/page_source.ts";
import type { Broker } from "../broker.ts";

/** What the page shows as a command says it. */
export interface CommandParts {
  /** As in `list --json`. */
  listConnections(broker: Broker, provider: string, most: number): Promise<{
    listed: {
      connection_name: string;
      is_default: boolean;
      auth_type: "oauth2" | "api_key" | null;
      account?: string;
      references?: Record<string, string>;
      status: string;
      scopes: string[];
      expires_at: string | null;
    }[];
  }>;
  /** As `doctor` does. */
  doctor(): AsyncIterable<ShownCheck>;
  /** As `log --verify` does. */
  verifyLog(broker: Broker): Promise<ShownVerdict>;
  /** As `policy test` does. */
  testRequest(broker: Broker, request: TypedRequest): Promise<TestedRequest>;
  /** Talk on stderr. */
  say(message: string): void;
}
