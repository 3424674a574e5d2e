/** Which route a request takes whose placeholder may carry the name of a connection. @module */
import { defined } from "../object.ts";
import { quoted } from "../text.ts";
import { decideRoute, mintingRulesAt } from "./decide_route.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import { connectionNames } from "./named_placeholder.ts";
import { sameName } from "./places/field_names.ts";
import type { Refusal } from "./refusal.ts";
import type { MintingRule, RouteDecision, RouteTable } from "./route.ts";
import type { Endpoint } from "../wire/target.ts";

/** A decision, and what is wrong with the name that decided it. */
interface NamedDecision {
  decision: RouteDecision;
  /** Rules about new credentials whose place the request goes to. */
  mints: readonly MintingRule[];
  /** The connection's name that the request carries. */
  name?: string;
  /** Stands only if no policy refuses the request. */
  refusal?: Refusal;
}

/** The route of a request: among those of the connection that its placeholder names, else among the usual ones. */
export function decideNamed(
  table: RouteTable,
  authority: Endpoint,
  head: Pick<ForwardedHead, "target" | "fields">,
): NamedDecision {
  const request = { ...authority, path: head.target };
  const of = (table: RouteTable) => mintingRulesAt(table, request);
  const names = connectionNames(head, table.named);
  const serving = (table: RouteTable) => loginTable(table, head) ?? table;
  const served = serving(table);
  const usual = decideRoute(served, request);
  const [name] = names;
  if (name === undefined) return { decision: usual, mints: of(served) };
  const named = serving(table.named?.get(name) ?? NO_ROUTES);
  const decision = decideRoute(named, request);
  const refusal = names.length > 1
    ? SEVERAL_NAMES
    : usual.kind === "route" && decision.kind === "none"
    ? notInRun(usual.route.provider, name)
    : undefined;
  return {
    decision,
    mints: of(named),
    name,
    ...defined({ refusal }),
  };
}

/** The routes of the agent whose own login's placeholder the request carries. */
function loginTable(
  { logins }: RouteTable,
  { fields }: Pick<ForwardedHead, "fields">,
): RouteTable | undefined {
  if (!logins) return undefined;
  const tokens = fields.flatMap(({ name, value }) =>
    sameName(name, "Authorization")
      ? /^(?:bearer|token) +(\S+)$/i.exec(value)?.[1] ?? []
      : []
  );
  return logins.find(({ agent }) => tokens.some((token) => agent.isOwn(token)))
    ?.table;
}

/** The table without routes. */
export const NO_ROUTES: RouteTable = { routes: [], forbidden: [] };

const SEVERAL_NAMES: Refusal = {
  status: 403,
  reason: "placeholder_misplaced",
  message: "The request carries placeholders of more than one connection",
  hint: "Use one of them",
};

function notInRun(provider: string, name: string): Refusal {
  const shown = name.startsWith("/")
    ? `by the tag ${name.slice(1)}`
    : quoted(name, 64);
  return {
    status: 401,
    reason: "credential_missing",
    message:
      `The placeholder names connection ${shown}, but this run has no such connection of ${provider}`,
    hint: "authsome list --connected",
    provider,
  };
}
