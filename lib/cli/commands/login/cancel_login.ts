/** `login --cancel`: ends logins that go on in the background. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { PendingLogin } from "../../../login/pending_login.ts";
import { quoted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** Time between two looks at a login in milliseconds, and how many. */
const [LOOK_MS, LOOKS] = [250, 40];

/**
 * Cancels the waiting logins to a provider, or the one with an id, and waits until they have ended.
 *
 * @param connection leaves only those of this name.
 * @throws {AuthsomeError} `Usage` if there is none.
 */
export async function cancelLogins(
  context: CliContext,
  wanted: string,
  connection: string | undefined,
): Promise<void> {
  const { output, machine } = context;
  const logins = await (await context.broker()).pendingLogins();
  const found = (await logins.waiting()).filter((login) =>
    (login.id === wanted || login.provider === wanted) &&
    (connection === undefined || login.connection === connection)
  );
  if (found.length === 0) {
    throw new AuthsomeError(
      "Usage",
      `Cannot cancel a login: none to ${
        quoted(wanted, 40)
      } waits in this profile`,
      "See what waits: authsome whoami",
      { subject: { field: "cancel" } },
    );
  }
  for (const { id } of found) await logins.cancel(id);
  const waits = async ({ id }: PendingLogin) =>
    (await logins.get(id))?.status === "pending";
  for (let looks = 0; looks < LOOKS; looks++) {
    if (!(await Promise.all(found.map(waits))).includes(true)) break;
    await machine.sleep(LOOK_MS);
  }
  if (output.asJson) {
    output.json({
      cancelled: found.map(({ id, provider, connection }) => ({
        ...{ provider, connection_name: connection, login_id: id },
      })),
    });
    return;
  }
  for (const { provider, connection } of found) {
    output.say(`Cancelled the login to ${provider}/${connection}`);
  }
}
