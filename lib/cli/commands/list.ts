import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../../broker/broker.ts";
import { connectionOption, ownLoginAgain } from "../../connection/hint.ts";
import type { CliContext } from "../kit/command_context.ts";
import { defineCommand, option, toggle } from "../kit/define_command.ts";
import { listConnections, type ListedConnection } from "../kit/listing.ts";
import { type CellStyle, table, wrap } from "../kit/table.ts";
import { printable } from "../kit/terminal_text.ts";
import { relativeTime } from "../kit/time.ts";

interface Flags {
  all?: boolean;
  connected?: boolean;
  search?: string;
}

interface ListedProvider {
  name: string;
  display_name: string;
  auth_type: string;
  source: "bundled" | "custom";
  state: "available" | "configured" | "connected";
  connections: ListedConnection[];
}

/** With what is said at a terminal only. */
interface Row extends ListedProvider {
  category: string;
  /** Connections beside those that are shown. */
  more: number;
}

/** At a terminal, of a provider with more connections than these only the default one is shown, unless more is asked for. */
const SHOWN_CONNECTIONS = 20;

/** At a terminal, this many rows of providers without a connection are no burden. */
const SHOWN_IN_FULL = 20;

interface Collected {
  providers: Row[];
  /** Files that hold no valid definition. */
  invalid: { name: string; message: string; hint: string }[];
}

/** `list`: providers and their connections. */
export default defineCommand<Flags>({
  description:
    "At a terminal, shows the providers that you have something of: a connection, a client or a definition; of more than 20 connections of one provider, the default one. --all shows the whole catalogue, in your pager. A program is given all of them, unless it asks for less.",
  examples: [
    ["authsome list", "what you have"],
    ["authsome list --all", "every provider"],
    ["authsome list --connected", "only those with a connection"],
    ["authsome list --search git", "name or display name contains git"],
  ],
  parameters: {
    flags: {
      all: toggle("Every provider, also at a terminal"),
      connected: toggle("Only providers with a connection"),
      search: option("Only providers whose name contains this text", "text"),
    },
  },

  async run(context, flags) {
    const { output } = context;
    if (flags.all && flags.connected) {
      throw new AuthsomeError(
        "Usage",
        "Cannot use --all with --connected",
        "authsome list --connected",
      );
    }
    const broker = await context.broker();
    const collected = await collect(context, broker, flags);
    const { providers, invalid } = collected;
    // Loaded only where there has been one.
    const background = await broker.connections.hasBackgroundLogins()
      ? await import("../kit/background_logins.ts")
      : undefined;
    const waiting = await background?.waitingLogins(broker) ?? [];
    if (output.asJson) {
      const of = (source: string): ListedProvider[] =>
        providers.filter((provider) => provider.source === source)
          .map(({ category: _, more: __, ...listed }) => listed);
      output.json({
        bundled: of("bundled"),
        custom: of("custom"),
        invalid: invalid.length > 0 ? invalid : undefined,
        pending_logins: waiting.length > 0 ? waiting : undefined,
      });
      return;
    }
    if (providers.length === 0) {
      output.say(
        flags.connected
          ? "Nothing is connected. Connect one: authsome login <provider>"
          : "No provider matches. All of them: authsome list",
      );
      return;
    }
    const { machine } = context;
    const now = broker.clock.now();
    if (!machine.terminal.stdoutIsTTY) {
      output.styled(tableOf(context, providers, now));
    } else if (showsOwn(context, flags)) {
      output.styled(own(context, providers, now));
    } else {
      const text = catalogue(context, providers, now);
      if (flags.all && await machine.page?.(`${text}\n`)) return;
      output.styled(text);
    }
    if (machine.terminal.stdoutIsTTY) {
      waiting.forEach((login) => output.say(background!.waitingLine(login)));
      output.say(next(providers));
    }
  },
});

/** Whether a person is shown what they have something of, and no more. */
function showsOwn(
  { output, machine }: CliContext,
  { all, connected, search }: Flags,
): boolean {
  return machine.terminal.stdoutIsTTY && !output.asJson && !all &&
    !connected && search === undefined;
}

async function collect(
  context: CliContext,
  broker: Broker,
  flags: Flags,
): Promise<Collected> {
  const { connections, registry } = broker;
  const [all, owners, configured] = await Promise.all([
    registry.summaries(),
    connections.providers().then((names) => new Set(names)),
    connections.clientProviders().then((names) => new Set(names)),
  ]);
  const search = flags.search?.toLowerCase();
  const most = showsOwn(context, flags) ? SHOWN_CONNECTIONS : Infinity;
  const providers: Row[] = [];
  const invalid: Collected["invalid"] = [];
  for (const found of all) {
    const { name } = found;
    if (flags.connected && !owners.has(name)) continue;
    if ("error" in found) {
      const { message, hint } = found.error;
      invalid.push({ name, message, hint });
      context.output.warn(`${message}. ${hint}`);
      continue;
    }
    const { definition, source } = found.provider;
    const { display_name, auth_type, category = "other" } = definition;
    if (
      search && !name.includes(search) &&
      !display_name.toLowerCase().includes(search)
    ) continue;
    const connected = owners.has(name);
    const { listed, more } = connected
      ? await listConnections(broker, name, most)
      : { listed: [], more: 0 };
    providers.push({
      name,
      display_name,
      auth_type,
      source,
      state: connected
        ? "connected"
        : configured.has(name)
        ? "configured"
        : "available",
      connections: listed,
      category,
      more,
    });
  }
  // Stable, so that names stay in order among their like.
  providers.sort((a, b) => rank(a) - rank(b));
  return { providers, invalid };
}

/** What to type next. */
function next(providers: readonly ListedProvider[]): string {
  const stale = providers.find(({ connections }) =>
    connections.some(({ status }) => status !== "connected")
  );
  if (stale) {
    const { connection_name } = stale.connections.find(({ status }) =>
      status !== "connected"
    )!;
    const own = stale.auth_type === "oauth2"
      ? ownLoginAgain(stale.name, connection_name, "expired")
      : undefined;
    return own ??
      `Connect again: authsome login ${stale.name}${
        connectionOption(connection_name)
      } --force`;
  }
  return providers.some(({ state }) => state === "connected")
    ? "Use what is connected: authsome run -- <command>"
    : "Connect one: authsome login <provider>";
}

/** What a person has done something about comes first. */
function rank({ state, source }: ListedProvider): number {
  return state === "connected"
    ? 0
    : state === "configured"
    ? 1
    : source === "custom"
    ? 2
    : 3;
}

/** What a person has something of, and one line for the rest. */
function own(
  context: CliContext,
  providers: readonly Row[],
  now: number,
): string {
  const { output, width } = context;
  const known = providers.filter((provider) => rank(provider) < 3);
  const rest = providers.length - known.length;
  const more = `${rest} ${known.length > 0 ? "more " : ""}provider${
    rest === 1 ? "" : "s"
  }: authsome list --all`;
  return [
    known.length > 0
      ? tableOf(context, known, now)
      : "Nothing is connected yet.",
    ...known.some(({ more }) => more > 0)
      ? wrap("Every connection: authsome list --connected", width)
        .map((line) => output.style(line, "dim"))
      : [],
    ...rest > 0
      ? wrap(more, width).map((line) => output.style(line, "dim"))
      : [],
  ].join("\n");
}

/** A table; the many providers that nothing is known of follow as names only. */
function catalogue(
  context: CliContext,
  providers: readonly Row[],
  now: number,
): string {
  const untouched = providers.filter((provider) => rank(provider) === 3);
  if (untouched.length <= SHOWN_IN_FULL) {
    return tableOf(context, providers, now);
  }
  const known = providers.slice(0, providers.length - untouched.length);
  return [
    ...known.length > 0 ? [tableOf(context, known, now), ""] : [],
    context.output.style(`Not connected (${untouched.length})`, "bold"),
    ...byCategory(context, untouched, context.width),
  ].join("\n");
}

/** Each category with its names below. */
function byCategory(
  { output }: CliContext,
  providers: readonly Row[],
  width: number,
): string[] {
  const groups = Map.groupBy(providers, ({ category }) => category);
  return [...groups].sort(([a], [b]) => a < b ? -1 : 1).flatMap(
    ([category, members]) => [
      output.style(printable(category), "dim"),
      ...wrap(members.map(({ name }) => name).join(", "), width - 2)
        .map((line) => `  ${line}`),
    ],
  );
}

/** What a connection is called, and whose it is. */
function label(
  { connection_name, is_default, account, references = {} }: ListedConnection,
  marked: boolean,
): string {
  return connection_name + (marked && is_default ? " *" : "") +
    (account === undefined ? "" : ` (${account})`) +
    [...new Set(Object.values(references))].map((each) => ` from ${each}`)
      .join(",");
}

function tableOf(
  { output, machine, width }: CliContext,
  providers: readonly Row[],
  now: number,
): string {
  const all = [
    ["PROVIDER", "SOURCE", "AUTH", "CONNECTION", "STATUS", "EXPIRES"],
  ];
  for (const each of providers) {
    const { name, source, auth_type, state, connections, more } = each;
    if (connections.length === 0) {
      all.push([name, source, auth_type, "-", state, "-"]);
    }
    const marked = connections.length + more > 1;
    for (const each of connections) {
      const { expires_at } = each;
      all.push([
        name,
        source,
        auth_type,
        label(each, marked),
        each.status,
        expires_at === null
          ? "-"
          : machine.terminal.stdoutIsTTY
          ? relativeTime(Date.parse(expires_at), now)
          : expires_at,
      ]);
    }
    if (more > 0) {
      all.push([name, source, auth_type, `${more} more`, "-", "-"]);
    }
  }
  // What matters must stay readable in a narrow window.
  const rows = width < 64
    ? all.map(([name, _source, _auth, ...rest]) => [name!, ...rest])
    : all;
  const style: CellStyle = (text, row, column) => {
    if (row === 0) return output.style(text, "bold");
    if (column !== rows[0]!.length - 2) return text;
    // The text may have been cut.
    const status = rows[row]![column]!;
    if (status === "connected") return output.style(text, "green");
    return /^(expired|invalid|revoked)/.test(status)
      ? output.style(text, "red")
      : output.style(text, "dim");
  };
  return table(rows, width, output.isColoured ? style : undefined);
}
