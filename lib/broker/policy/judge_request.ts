/** What rules say of one request, for who asks beforehand. Nothing is asked, counted or sent. @module */
import type { Operation } from "../../operation/operation.ts";
import type { EffectivePolicy } from "../../policy/file/effective.ts";
import {
  type CompiledPolicy,
  compilePolicy,
} from "../../policy/judge/compiled_policy.ts";
import { decide } from "../../policy/judge/decision.ts";
import { DEFAULT_ID } from "../../policy/judge/refusals.ts";
import { type Circumstances, Facts } from "../../policy/match/facts.ts";
import type { Limits, Rule } from "../../policy/rule.ts";
import type { OperationsDefinition } from "../../provider/operations/operations_definition.ts";
import type { ControlledRequest } from "../../request/control/control.ts";
import type { Broker } from "../broker.ts";
import { operationsBy } from "./open_control.ts";

/** What the rules say. */
export interface Judgement {
  decision: "allow" | "ask" | "deny";
  /** Its id; `default` if none decides but the default does. Absent: nothing is against it. */
  rule?: string;
  reason?: string;
  /** Absent: the request gets no credential, or it cannot be known. */
  operations?: readonly Operation[];
  /** What is counted. */
  limits: readonly { rule: string; limit: Limits }[];
  /** Whether the body decides, and there is none. */
  wantsBody: boolean;
}

/** Judges requests by the rules of `effective`; `names` are what is known of operations that the body would say. */
export async function judgeWith(
  broker: Broker,
  effective: EffectivePolicy,
  given: { program: string; folder: string },
): Promise<
  (
    request: ControlledRequest,
    said?: { body?: Uint8Array; names?: readonly string[] },
  ) => Promise<Judgement>
> {
  const policy = await compilePolicy(effective);
  const circumstances = { profile: broker.profile, ...given };
  const definitions = new Map<string, OperationsDefinition | undefined>();
  return async (request, { body, names } = {}) => {
    const { provider } = request;
    if (provider !== undefined && !definitions.has(provider)) {
      definitions.set(provider, await operationsOf(broker, provider));
    }
    const read = operationsBy((name) => definitions.get(name));
    return judge(policy, request, body, {
      circumstances,
      now: broker.clock.now(),
      operationOf(asked) {
        const reading = read(asked);
        return reading.kind === "body" && names
          ? { kind: "known", operations: names.map((name) => ({ name })) }
          : reading;
      },
    });
  };
}

function judge(
  policy: CompiledPolicy,
  request: ControlledRequest,
  body: Uint8Array | undefined,
  options: {
    circumstances: Circumstances;
    now: number;
    operationOf: ReturnType<typeof operationsBy>;
  },
): Judgement {
  const facts = new Facts(request, options);
  let decision = decide(policy, facts);
  let wantsBody = false;
  if (decision.kind === "body") {
    wantsBody = body === undefined || body.length > decision.limit;
    facts.settle(wantsBody ? undefined : body);
    decision = decide(policy, facts);
  }
  if (decision.kind === "body") throw new Error("the body was settled");
  const rule: Rule | undefined = decision.rule?.rule;
  const id = rule?.id ?? (decision.kind === "allow" ? undefined : DEFAULT_ID);
  const operations = request.provider === undefined
    ? undefined
    : facts.operations;
  const limits = decision.kind === "deny" ? [] : decision.limits;
  return {
    decision: decision.kind,
    ...id !== undefined && { rule: id },
    ...rule?.reason !== undefined && { reason: rule.reason },
    ...operations && { operations },
    limits: limits.map(({ rule: { id, limit = {} } }) => ({ rule: id, limit })),
    wantsBody,
  };
}

async function operationsOf(
  broker: Broker,
  provider: string,
): Promise<OperationsDefinition | undefined> {
  try {
    const { definition } = await broker.registry.get(provider);
    return await broker.registry.operations(definition);
  } catch {
    // Its definition was removed since.
    return undefined;
  }
}
