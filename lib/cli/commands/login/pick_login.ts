/** What `login` asks for at a terminal if no provider is named. @module */
import type { Broker } from "../../../broker/broker.ts";
import { checkName } from "../../../names.ts";
import { defined } from "../../../object.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Choice, Questions } from "../../../ports/command_line.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { canPick } from "../../kit/pick.ts";
import { type EasierLogin, easierLogins } from "./easier_logins.ts";
import type { LoginFlags } from "./login_flags.ts";
import { POPULAR } from "./popular.ts";

/** What was chosen: a login, or a source to import from. */
export type PickedLogin =
  | {
    provider: string;
    flags: Pick<LoginFlags, "connection" | "flow" | "force">;
  }
  | { source: string };

/**
 * Asks which provider to log in to; of one that is connected, whether in place of a connection; and of one that needs an
 * OAuth app, whether by an easier way. What `flags` say already is not asked for.
 *
 * @throws {AuthsomeError} `Usage` if no person can be asked; what the questions throw.
 */
export async function pickLogin(
  context: CliContext,
  flags: LoginFlags,
): Promise<PickedLogin> {
  // The secret is on stdin, and not the answers.
  if (flags.stdin || !canPick(context)) {
    throw new AuthsomeError(
      "Usage",
      "Cannot log in: the provider is missing",
      "authsome login <provider>; names: authsome list",
      { subject: { field: "provider" } },
    );
  }
  const broker = await context.broker();
  const questions = await context.questions();
  const provider = await questions.choice(
    "What do you want to connect?",
    await providerChoices(broker),
  );
  const way = await pickWay(broker, questions, provider, flags);
  if ("source" in way) return way;
  const connection = flags.connection === undefined && !flags.force
    ? await pickConnection(broker, questions, way.provider)
    : {};
  return {
    provider: way.provider,
    flags: { ...connection, ...defined({ flow: way.flow }) },
  };
}

/** Every provider: those that are connected, then popular ones, then all others. */
async function providerChoices(
  { registry, connections }: Broker,
): Promise<Choice[]> {
  const connected = Map.groupBy(
    await connections.names(),
    ({ provider }) => provider,
  );
  const rank = (name: string) => {
    const popular = POPULAR.indexOf(name);
    return connected.has(name) ? -1 : popular < 0 ? POPULAR.length : popular;
  };
  const choices: Choice[] = [];
  for (const found of await registry.summaries()) {
    if ("error" in found) continue;
    const { name, provider: { definition } } = found;
    const own = connected.get(name)?.map((each) => each.name).join(", ");
    choices.push({
      value: name,
      label: name,
      hint: own
        ? `${definition.display_name} (connected: ${own})`
        : definition.display_name,
    });
  }
  // Stable, so that names stay in order among their like.
  return choices.sort((a, b) => rank(a.value) - rank(b.value));
}

const NEW = "new";

/** In place of which connection, or under which new name. */
async function pickConnection(
  { connections }: Broker,
  questions: Questions,
  provider: string,
): Promise<Pick<LoginFlags, "connection" | "force">> {
  const names = (await connections.names(provider)).map(({ name }) => name);
  if (names.length === 0) return {};
  const chosen = await questions.choice(
    `${provider} is connected. What do you want to do?`,
    [
      { value: NEW, label: "Connect another account" },
      ...names.map((name) => ({
        // No connection has a slash in its name.
        value: `/${name}`,
        label: `Log in again and replace ${provider}/${name}`,
      })),
    ],
  );
  if (chosen !== NEW) return { connection: chosen.slice(1), force: true };
  const connection = await questions.line(
    "Name of the new connection",
    (answer) => problemOf(answer, names),
  );
  return { connection };
}

function problemOf(name: string, taken: string[]): string | undefined {
  if (taken.includes(name)) return "There is one of that name; choose another";
  try {
    checkName("connection", name);
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return error.message;
  }
}

/** How to connect a provider that needs an OAuth app which nobody has registered yet. */
async function pickWay(
  broker: Broker,
  questions: Questions,
  provider: string,
  flags: LoginFlags,
): Promise<EasierLogin["way"]> {
  const logins = await easierLogins(broker, provider, flags);
  if (logins.length === 0) return { provider };
  const { display_name } = (await broker.registry.get(provider)).definition;
  const chosen = await questions.choice(
    `${display_name} needs an OAuth app of yours. How do you want to connect?`,
    [
      ...logins.map(({ command, title, brief }) => ({
        value: command,
        label: `${title}: ${command}`,
        hint: brief,
      })),
      {
        value: "app",
        label: "Register an OAuth app",
        hint: "once; authsome says how",
      },
    ],
  );
  return logins.find(({ command }) => command === chosen)?.way ?? { provider };
}
