import type { Broker } from "../../broker.ts";
import { AuthsomeError } from "../../errors.ts";
import type { CliContext } from "../context.ts";
import { defineCommand, option, toggle } from "../command.ts";
import { listConnections, type ListedConnection } from "../listing.ts";
import { table } from "../table.ts";
import { relativeTime } from "../time.ts";

interface Flags {
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

/** `list`: every provider and its connections. */
export default defineCommand<Flags>({
  examples: [
    ["authsome list", "every provider"],
    ["authsome list --connected", "only those with a connection"],
    ["authsome list --search git", "name or display name holds git"],
  ],
  parameters: {
    flags: {
      connected: toggle("Only providers with a connection"),
      search: option("Only providers whose name holds this", "text"),
    },
  },

  async run(context, flags) {
    const { output } = context;
    const broker = await context.broker();
    const { providers, invalid } = await collect(context, broker, flags);
    if (output.asJson) {
      const of = (source: string) =>
        providers.filter((provider) => provider.source === source);
      output.json({
        bundled: of("bundled"),
        custom: of("custom"),
        ...invalid.length > 0 && { invalid },
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
    output.styled(render(context, providers, broker.clock.now()));
  },
});

async function collect(context: CliContext, broker: Broker, flags: Flags) {
  const { connections, registry } = broker;
  const owners = new Set(
    (await connections.names()).map(({ provider }) => provider),
  );
  const search = flags.search?.toLowerCase();
  const providers: ListedProvider[] = [];
  const invalid: { name: string; message: string; hint: string }[] = [];
  for await (const found of registry.each()) {
    const { name } = found;
    if (flags.connected && !owners.has(name)) continue;
    if ("error" in found) {
      const { message, hint } = found.error;
      invalid.push({ name, message, hint });
      context.output.warn(`${message}. ${hint}`);
      continue;
    }
    const { definition: { display_name, auth_type }, source } = found.provider;
    if (
      search && !name.includes(search) &&
      !display_name.toLowerCase().includes(search)
    ) continue;
    const connected = owners.has(name);
    providers.push({
      name,
      display_name,
      auth_type,
      source,
      state: connected
        ? "connected"
        : auth_type === "oauth2" && await isConfigured(broker, name)
        ? "configured"
        : "available",
      connections: connected ? await listConnections(broker, name) : [],
    });
  }
  return { providers, invalid };
}

async function isConfigured(broker: Broker, name: string): Promise<boolean> {
  try {
    return await broker.connections.client(name) !== undefined;
  } catch (error) {
    if (error instanceof AuthsomeError && error.code === "RecordCorrupt") {
      return true;
    }
    throw error;
  }
}

function render(
  context: CliContext,
  providers: ListedProvider[],
  now: number,
): string {
  const { output, machine: { terminal } } = context;
  const isTTY = terminal.stdoutIsTTY;
  const rows = [
    ["PROVIDER", "SOURCE", "AUTH", "CONNECTION", "STATUS", "EXPIRES"],
  ];
  for (const { name, source, auth_type, state, connections } of providers) {
    if (connections.length === 0) {
      rows.push([name, source, auth_type, "-", state, "-"]);
    }
    const marked = connections.length > 1;
    for (const { expires_at, ...each } of connections) {
      rows.push([
        name,
        source,
        auth_type,
        each.connection_name + (marked && each.is_default ? " *" : ""),
        each.status,
        expires_at === null
          ? "-"
          : isTTY
          ? relativeTime(Date.parse(expires_at), now)
          : expires_at,
      ]);
    }
  }
  const width = isTTY ? terminal.columns() : Infinity;
  return table(rows, width, (text, row, column) => {
    if (row === 0) return output.style(text, "bold");
    if (column !== 4) return text;
    if (text === "connected") return output.style(text, "green");
    return /^(expired|invalid|revoked)/.test(text)
      ? output.style(text, "red")
      : output.style(text, "dim");
  });
}
