/** Tells at the end of a run what was refused, why, and what to do. @module */
import { ownLoginAgain } from "../../../connection/hint.ts";
import { explain, readRequest } from "../../../explanation.ts";
import type { RunRequest } from "../../../run/proxied_run.ts";
import type { Trouble, Troubles } from "../../../run/troubles.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { printable, shorten } from "../../kit/terminal_text.ts";

/** More would hide the first ones. */
const SHOWN = 3;
/** Characters of a path that are shown. */
const LONGEST = 80;

/**
 * One line on stderr, which `--quiet` silences; with `--json` it is an object. It never goes to stdout, which is the
 * command's.
 */
export async function tellTroubles(
  context: CliContext,
  request: RunRequest,
  { troubles: found, more }: ReturnType<Troubles["list"]>,
): Promise<void> {
  const { output, globals } = context;
  if (globals.quiet || found.length === 0) return;
  const shown = found.slice(0, output.asJson ? found.length : SHOWN);
  const troubles = await withOwnLogins(
    context,
    await withProviders(context, request, shown),
  );
  if (output.asJson) {
    output.report({
      refused: troubles.map(({ connection, ...trouble }) => ({
        ...trouble,
        connection_name: connection,
      })),
      ...more > 0 ? { more } : {},
    });
    return;
  }
  const total = found.reduce((sum, { count }) => sum + count, more);
  const rest = total - troubles.reduce((sum, { count }) => sum + count, 0);
  output.warn([
    `${total} ${total === 1 ? "request was" : "requests were"} refused: ${
      troubles.map(line).join("; ")
    }`,
    ...rest > 0 ? [`and ${rest} more: authsome log`] : [],
  ].join("; "));
}

function line(trouble: Trouble): string {
  const { host, port, method, path = "", count, message, hint } = trouble;
  const place = `${host || "unknown"}${port === undefined ? "" : `:${port}`}`;
  const which = count > 1
    ? `${count} to ${place}`
    : `${method ?? ""} ${place}${method === "CONNECT" ? "" : path}`.trim();
  // The message of a refusal may be a sentence that a server's name is part of.
  return `${shorten(which, LONGEST)} (${printable(message)}${
    hint ? `. Do: ${printable(hint)}` : ""
  })`;
}

/** An agent's own login is made by the agent, which the proxy that saw it refused does not know. */
async function withOwnLogins(
  context: CliContext,
  troubles: readonly Trouble[],
): Promise<Trouble[]> {
  return await Promise.all(troubles.map(async (trouble) => {
    const { reason, provider, connection } = trouble;
    const hint = reason === "rejected" && provider && connection
      ? ownLoginAgain(provider, connection)
      : undefined;
    if (hint === undefined) return trouble;
    const { registry } = await context.broker();
    const { definition } = await registry.get(provider!);
    return definition.flow === "agent_login" ? { ...trouble, hint } : trouble;
  }));
}

/** Of a host that no connection serves, the proxy knows no more; the definitions tell who could. */
async function withProviders(
  context: CliContext,
  request: RunRequest,
  troubles: readonly Trouble[],
): Promise<Trouble[]> {
  if (!troubles.some(({ reason }) => reason === "policy")) {
    return [...troubles];
  }
  const { look } = await import("../explain/run_explain.ts");
  const { only, connections = {}, policy } = request;
  const circumstances = await look(context, await context.broker(), {
    connection: Object.entries(connections)
      .map(([provider, name]) => `${provider}=${name}`),
    ...only ? { only: only.join(",") } : {},
    ...policy ? { policy } : {},
  }, () => {});
  return troubles.map((trouble) => {
    const { reason, host, port = 443 } = trouble;
    if (reason !== "policy" || port === 80) return trouble;
    try {
      const asked = readRequest(`https://${host}:${port}/`, "GET");
      const { message, hint } = explain(asked, circumstances);
      return {
        ...trouble,
        message,
        hint: hint || trouble.hint,
      };
    } catch {
      // No URL can name such a host.
      return trouble;
    }
  });
}
