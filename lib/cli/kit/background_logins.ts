/** Logins that go on in the background (`login --detach`), as `list` and `whoami` show them. @module */
import type { Broker } from "../../broker/broker.ts";
import { connectionOption, quoteWord } from "../../connection/hint.ts";

/** A login that waits for the person. */
export interface WaitingLogin {
  provider: string;
  connection_name: string;
  login_id: string;
  /** What a person can do about it. */
  hint: string;
}

/** Those of this profile. */
export async function waitingLogins(broker: Broker): Promise<WaitingLogin[]> {
  const logins = await broker.pendingLogins();
  return (await logins.waiting()).map(({ id, provider, connection }) => ({
    ...{ provider, connection_name: connection, login_id: id },
    hint: `authsome login --resume ${id}, or authsome login --cancel ${
      quoteWord(provider)
    }${connectionOption(connection)}`,
  }));
}

/** One for a person to read. */
export function waitingLine(
  { provider, connection_name, hint }: WaitingLogin,
): string {
  return `${provider}/${connection_name} waits for you: ${hint}`;
}
