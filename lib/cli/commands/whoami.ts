import type { Broker } from "../../broker/broker.ts";
import { AuthsomeError } from "../../errors.ts";
import { boundFolder } from "../../connection/folder.ts";
import { defined } from "../../object.ts";
import { defineCommand } from "../kit/define_command.ts";
import { waitingLine, waitingLogins } from "../kit/background_logins.ts";
import { keyValueLines } from "../kit/table.ts";
import { VERSION } from "../../version.ts";

/** How many connections refer to a secret manager; absent for none. One that does not open is not counted. */
async function countReferences(
  { connections }: Broker,
  names: readonly { provider: string; name: string }[],
): Promise<number | undefined> {
  let count = 0;
  for (const { provider, name } of names) {
    try {
      if ((await connections.find(provider, name))?.references) count++;
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
    }
  }
  return count || undefined;
}

/** `whoami`: home, profile and what is in it. */
export default defineCommand<Record<never, never>>({
  examples: [["authsome whoami", "which home and profile are used"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const names = await broker.connections.names();
    const waiting = await waitingLogins(broker);
    const facts = {
      version: VERSION,
      home: broker.home,
      profile: broker.profile,
      profile_source: broker.profileSource,
      ...defined({
        profile_folder: broker.profileSource === "folder"
          ? boundFolder(
            broker.config.folders!,
            broker.runtime.workingFolder!(),
          )
          : undefined,
      }),
      encryption_mode: broker.encryption.mode,
      providers: new Set(names.map(({ provider }) => provider)).size,
      connections: names.length,
      ...defined({ references: await countReferences(broker, names) }),
    };
    if (output.asJson) {
      output.json({
        ...facts,
        pending_logins: waiting.length > 0 ? waiting : undefined,
      });
    } else {
      output.data(
        keyValueLines(
          [
            ...Object.entries(facts)
              .map(([key, value]): [string, string] => [key, String(value)]),
            ...waiting
              .map((login): [string, string] => ["login", waitingLine(login)]),
          ],
          context.width,
        ),
      );
    }
  },
});
