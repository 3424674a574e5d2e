/** What the page shows and does, by the use cases that commands are made of. No secret is read for it. @module */
import type {
  PageSource,
  ShownConnection,
  ShownProvider,
  TypedRequest,
} from "../../page/page_source.ts";
import { defined } from "../../object.ts";
import { displayName } from "../../provider/display_name.ts";
import type { RevokeOutcome } from "../../connection/revoke_connection.ts";
import { AuthsomeError } from "../../errors.ts";
import type { ApprovalScope } from "../../policy/approver.ts";
import type { Broker } from "../broker.ts";
import {
  answerApproval,
  waitingApprovals,
} from "../approval/waiting_approvals.ts";
import { logOut } from "../ending/log_out.ts";
import { revokeAccess } from "../ending/revoke_access.ts";
import { acceptedDigest } from "../policy/accepted_digest.ts";
import { readPolicy } from "../policy/read_policy.ts";
import { liveRuns, stopRun } from "../runs/live_runs.ts";
import { setDefaultConnection } from "../set_default_connection.ts";
import { LastUses, readLog } from "./log_reader.ts";
import { beginLogin } from "./page_login.ts";
import type { CommandParts } from "./command_parts.ts";

/** Connections of one provider that are shown; of more, the default one. */
const MOST_CONNECTIONS = 200;
/** What has been read of the vault is shown this long if nothing was written: milliseconds. An expiry may pass meanwhile. */
const FRESH_MS = 15_000;

/** The page's view of one profile. */
export function pageSourceOf(
  broker: Broker,
  parts: CommandParts,
): PageSource {
  const { connections, registry, clock, runtime, profile } = broker;
  const uses = new LastUses(runtime.auditFile);
  let cached: { version: number; at: number; list: ShownConnection[] };

  async function readConnections(): Promise<ShownConnection[]> {
    // Nothing is made for a look.
    if (runtime.hasStore && !runtime.hasStore()) return [];
    const version = await connections.version();
    const now = clock.now();
    if (cached?.version === version && now - cached.at < FRESH_MS) {
      return cached.list;
    }
    const titles = new Map(
      (await registry.summaries()).flatMap((each) =>
        "error" in each
          ? []
          : [[each.name, displayName(each.provider.definition)] as const]
      ),
    );
    const list: ShownConnection[] = [];
    for (const provider of await connections.providers()) {
      const { listed } = await parts.listConnections(
        broker,
        provider,
        MOST_CONNECTIONS,
      );
      for (const each of listed) {
        list.push({
          provider,
          displayName: titles.get(provider) ?? provider,
          name: each.connection_name,
          isDefault: each.is_default,
          status: each.status,
          scopes: each.scopes,
          isOAuth: each.auth_type === "oauth2",
          ...defined({
            account: each.account,
            references: each.references,
            expires: each.expires_at ?? undefined,
          }),
        });
      }
    }
    cached = { version, at: now, list };
    return list;
  }

  return {
    profile,

    async connections() {
      const [list, used] = await Promise.all([readConnections(), uses.read()]);
      return list.map((each) => ({
        ...each,
        ...defined({
          lastUsed: used.get(`${profile}/${each.provider}/${each.name}`),
        }),
      }));
    },

    async catalogue() {
      const hasStore = runtime.hasStore?.() ?? true;
      const [all, connected] = await Promise.all([
        registry.summaries(),
        hasStore ? connections.providers() : [],
      ]);
      const owners = new Set(connected);
      return all.flatMap((found): ShownProvider[] => {
        if ("error" in found) return [];
        const { definition, source } = found.provider;
        return [{
          name: found.name,
          displayName: displayName(definition),
          category: definition.category ?? "other",
          authType: definition.auth_type,
          source,
          isConnected: owners.has(found.name),
        }];
      });
    },

    runs: () => liveRuns(broker),

    async stopRun(id) {
      const { run, ended } = await stopRun(broker, id);
      return ended
        ? `Stopped ${run.program}.`
        : `${run.program} was told to end and has not yet.`;
    },

    log: (filter, count, before) =>
      readLog(runtime.auditFile, filter, count, before),

    verifyLog: () => parts.verifyLog(broker),

    async profiles() {
      if (runtime.hasStore && !runtime.hasStore()) {
        return [{ name: profile, isDefault: true }];
      }
      return (await broker.profiles.list()).map((name) => ({
        name,
        isDefault: name === broker.config.defaultProfile,
      }));
    },

    doctor: () => parts.doctor(),

    async logOut(provider, connection) {
      const name = await logOut(broker, provider, connection);
      return `Deleted connection ${provider}/${name}.`;
    },

    async revoke(provider, connection) {
      const { outcomes } = await revokeAccess(broker, provider, connection);
      return outcomes.map((outcome) => tell(provider, outcome)).join(" ");
    },

    async makeDefault(provider, connection) {
      await setDefaultConnection(broker, provider, connection);
      return `The default of ${provider} is "${connection}".`;
    },

    logIn: (wish) => beginLogin(broker, wish, parts.say),

    ...runtime.policyFiles && {
      rules: {
        async read() {
          const { path } = await runtime.policyFiles!();
          const [own] = (await readPolicy(broker)).files;
          const accepted = own && (runtime.hasStore?.() ?? true)
            ? await acceptedDigest(broker)
            : undefined;
          return {
            path,
            file: own?.policy ?? { v: 1 as const, rules: [] },
            ...accepted !== undefined && { accepted: accepted === own!.digest },
          };
        },
        test: (request: TypedRequest) => parts.testRequest(broker, request),
      },
    },

    ...runtime.lineage && {
      approvals: {
        waiting: () => waitingApprovals(broker),
        answer: (
          id: string,
          digest: string,
          decision: "allow" | "deny",
          scope: ApprovalScope,
        ) =>
          answerApproval(broker, id, { digest, decision, scope, by: "page" }),
      },
    },
  };
}

/** What became of a connection. @throws {AuthsomeError} if the provider was not told. */
function tell(provider: string, outcome: RevokeOutcome): string {
  const name = `${provider}/${outcome.name}`;
  switch (outcome.kind) {
    case "revoked":
      return `Revoked ${name} and deleted it.`;
    case "not_found":
      return `${name} was already gone.`;
    case "not_supported":
      return `Deleted ${name} here. ${provider} cannot be told: ${
        elsewhere(outcome.dashboard)
      }`;
    case "failed":
      throw new AuthsomeError(
        outcome.error.code,
        `Deleted ${name} here, but ${provider} was not told: ${outcome.error.message}`,
        elsewhere(outcome.dashboard),
        { cause: outcome.error },
      );
  }
}

function elsewhere(dashboard: string | undefined): string {
  return dashboard === undefined
    ? "delete it there too, or it works on."
    : `delete it at ${dashboard} too, or it works on.`;
}
