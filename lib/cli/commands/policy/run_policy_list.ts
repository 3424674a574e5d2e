/** What `policy list` does. @module */
import type { Broker } from "../../../broker/broker.ts";
import { acceptedDigest } from "../../../broker/policy/accepted_digest.ts";
import { readPolicy } from "../../../broker/policy/read_policy.ts";
import {
  type Known,
  matchText,
  warningsOf,
} from "../../../policy/file/describe_rule.ts";
import { compilePolicy } from "../../../policy/judge/compiled_policy.ts";
import { EFFECTS } from "../../../policy/rule.ts";
import type { EffectivePolicy } from "../../../policy/file/effective.ts";
import { explain } from "../../../explanation.ts";
import { look } from "../explain/run_explain.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";

/** Lists the rules that hold. */
export async function listPolicy(
  context: CliContext,
  policyFile: string | undefined,
): Promise<void> {
  const { output } = context;
  const broker = await context.broker();
  const { effective, files } = await readPolicy(
    broker,
    policyFile === undefined ? {} : { file: policyFile },
  );
  const known = await knownOf(broker);
  const compiled = await compilePolicy(effective);
  const tunnelled = new Set(
    compiled.rules.filter((rule) => rule.isForTunnels).map(({ rule }) => rule),
  );
  const serves = await servesOf(context, broker, effective);
  const shown = effective.rules
    .map((placed) => ({
      ...placed,
      warnings: warningsOf(placed, effective, {
        ...known,
        serves,
        tunnels: (rule) => tunnelled.has(rule),
      }),
    }))
    .sort((a, b) =>
      EFFECTS.indexOf(a.rule.effect) - EFFECTS.indexOf(b.rule.effect)
    );
  const accepted = await isAccepted(broker, files);
  if (output.asJson) {
    output.json({
      profile: broker.profile,
      default: effective.default,
      files: files.map(({ path, digest }) => ({ path, digest })),
      accepted: accepted ?? null,
      rules: shown.map(({ rule, file, section, warnings }) => ({
        ...rule,
        file: file ?? null,
        section,
        warnings,
      })),
    });
    return;
  }
  if (shown.length > 0) {
    output.styled(table([
      ["EFFECT", "ID", "REQUESTS", "OF"],
      ...shown.map(({ rule, section }) => [
        ...[rule.effect, rule.id, matchText(rule), section || "everything"],
      ]),
    ], context.width));
  }
  for (const { rule, warnings } of shown) {
    for (const warning of warnings) output.warn(`${rule.id}: ${warning}`);
  }
  if (files.length === 0) {
    output.say(
      "There are no rules: everything that a connection serves is allowed. Make some: authsome policy edit",
    );
    return;
  }
  output.say(
    `${
      counted(shown.length, "rule")
    }; requests that get a credential and that no rule decides: ${effective.default}.`,
  );
  if (accepted === false) {
    output.warn(
      "policy.json was changed since it was accepted: runs that go on without a sandbox keep the rules they began with. If the change is yours: authsome policy accept",
    );
  }
}

/** Whether `policy.json` is as it was accepted; `undefined` if there is none, or none was ever accepted. */
async function isAccepted(
  broker: Broker,
  files: Awaited<ReturnType<typeof readPolicy>>["files"],
): Promise<boolean | undefined> {
  const path = (await broker.runtime.policyFiles?.())?.path;
  const own = files.find((file) => file.path === path);
  if (!own || !(broker.runtime.hasStore?.() ?? true)) return undefined;
  const accepted = await acceptedDigest(broker);
  return accepted === undefined ? undefined : accepted === own.digest;
}

/** Whether a connection serves a host. Only where rules name one, since it opens the connections. */
async function servesOf(
  context: CliContext,
  broker: Broker,
  { rules }: EffectivePolicy,
): Promise<Known["serves"]> {
  if (rules.every(({ rule }) => rule.host === undefined)) return () => true;
  const circumstances = await look(context, broker, {}, () => {});
  return (host) => {
    const name = host.toLowerCase().replace(/^\*\./, "any.");
    const { action } = explain(
      { scheme: "https", method: "GET", host: name, port: 443, path: "/" },
      circumstances,
    );
    return action !== "tunnel";
  };
}

async function knownOf(
  broker: Broker,
): Promise<Pick<Known, "providers" | "connections">> {
  const connections = new Map<string, Set<string>>();
  if (broker.runtime.hasStore?.() ?? true) {
    for (const { provider, name } of await broker.connections.names()) {
      const names = connections.get(provider) ?? new Set();
      connections.set(provider, names.add(name));
    }
  }
  return { providers: new Set(await broker.registry.names()), connections };
}
