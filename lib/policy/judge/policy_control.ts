/** Judges requests by a person's rules: what `lib/policy/` answers to the proxy and `fetch`. @module */
import type { OperationReading } from "../../operation/operation.ts";
import type {
  Asker,
  Control,
  ControlledRequest,
  Passage,
  Ruling,
} from "../../request/control/control.ts";
import type { Refusal } from "../../request/refusal.ts";
import type { Endpoint } from "../../wire/target.ts";
import { defined } from "../../object.ts";
import { type Circumstances, Facts } from "../match/facts.ts";
import type { CompiledRule } from "../match/matcher.ts";
import { type Asking, askPerson } from "./asking.ts";
import type { CompiledPolicy } from "./compiled_policy.ts";
import { concernedBy, decide, type Decision } from "./decision.ts";
import { LimitCounters, type SpendPassage } from "./limit_counters.ts";
import {
  deniedBy,
  limited,
  namesOf,
  type Refused,
  unapproved,
  unreadableRules,
} from "./refusals.ts";

/** Rules that cannot be read. */
export interface UnreadablePolicy {
  unreadable: { message: string; hint: string };
}

/** The run whose requests are judged, and whom to ask. */
export interface PolicyControlOptions {
  /** The rules as they are now: asked at each request. */
  policy(): CompiledPolicy | UnreadablePolicy;
  /** What a request asks its API to do. */
  operationOf(request: ControlledRequest): OperationReading;
  /** Its id. */
  run: string;
  circumstances: Circumstances;
  clock: { now(): number };
  /** Milliseconds of a clock that nobody sets. */
  steady?(): number;
  /** Absent: nobody can be asked, and what rules ask about is refused. */
  asking?: Asking;
  /** Tells what answers of models cost. Absent: nothing does. */
  spend?: SpendPassage;
  /** What was counted before. */
  counters?: LimitCounters;
}

/** The control of a run. */
export function policyControl(options: PolicyControlOptions): Control {
  const { steady = () => performance.now(), circumstances, clock, spend } =
    options;
  const counters = options.counters ?? new LimitCounters(steady);

  function factsOf(request: ControlledRequest): Facts {
    const { operationOf } = options;
    return new Facts(request, { now: clock.now(), circumstances, operationOf });
  }

  function judge(facts: Facts): Ruling | Promise<Ruling> {
    try {
      const policy = options.policy();
      if ("unreadable" in policy) return refusedUnread(facts, policy);
      const decision = decide(policy, facts);
      if (decision.kind !== "body") return rule(decision, facts);
      return {
        kind: "body",
        limit: decision.limit,
        settle(body) {
          facts.settle(body);
          return judge(facts);
        },
      };
    } catch (error) {
      return { kind: "refuse", refusal: failed(facts, error) };
    }
  }

  function rule(
    decision: Exclude<Decision, { kind: "body" }>,
    facts: Facts,
  ): Ruling | Promise<Ruling> {
    if (decision.kind === "deny") {
      return {
        kind: "refuse",
        refusal: deniedBy(decision.rule?.rule, refused(facts)),
      };
    }
    if (decision.kind === "allow") return admit(decision, facts);
    return askedFirst(decision, facts);
  }

  async function askedFirst(
    decision: { rule?: CompiledRule; limits: readonly CompiledRule[] },
    facts: Facts,
  ): Promise<Ruling> {
    try {
      const refusal = await ask(decision.rule, facts);
      return refusal ? { kind: "refuse", refusal } : admit(decision, facts);
    } catch (error) {
      return { kind: "refuse", refusal: failed(facts, error) };
    }
  }

  async function ask(
    asking: CompiledRule | undefined,
    facts: Facts,
  ): Promise<Refusal | undefined> {
    if (!options.asking) {
      return unapproved(asking?.rule, refused(facts), "nobody");
    }
    const { asking: whom, run } = options;
    const said = await askPerson(facts, asking?.rule, whom, run);
    return said === "allow"
      ? undefined
      : unapproved(asking?.rule, refused(facts), said);
  }

  function admit(
    { rule, limits }: { rule?: CompiledRule; limits: readonly CompiledRule[] },
    facts: Facts,
  ): Ruling {
    const admitted = counters.admit(limits, facts.request, spend);
    if ("what" in admitted) {
      return {
        kind: "refuse",
        refusal: limited(admitted.rule.rule, refused(facts), admitted),
      };
    }
    return {
      kind: "allow",
      ...defined({
        rule: (rule ?? limits[0])?.rule.id,
        operation: operationNames(facts),
        passage: admitted.passage as Passage | undefined,
      }),
    };
  }

  return {
    request: (request) => judge(factsOf(request)),
    tunnel(authority, asker) {
      const facts = factsOf(tunnelRequest(authority, asker));
      try {
        const policy = options.policy();
        if ("unreadable" in policy) return undefined;
        return judgeTunnel(policy, facts);
      } catch (error) {
        return failed(facts, error);
      }
    },
  };

  function judgeTunnel(
    policy: CompiledPolicy,
    facts: Facts,
  ): Refusal | undefined | Promise<Refusal | undefined> {
    const { deny, ask: asks, limit } = concernedBy(policy, facts);
    const matching = (rules: readonly CompiledRule[]) =>
      rules.filter((rule) => rule.matchesTunnel(facts) === true);
    const [denied] = matching(deny);
    if (denied) return deniedBy(denied.rule, refused(facts));
    const [asked] = matching(asks);
    const count = () => {
      const admitted = admit({ limits: matching(limit) }, facts);
      return admitted.kind === "refuse" ? admitted.refusal : undefined;
    };
    return asked
      ? ask(asked, facts).then((refusal) => refusal ?? count())
      : count();
  }
}

/** Only what gets a credential is refused: the rules say nothing of what needs none. */
function refusedUnread(
  facts: Facts,
  { unreadable }: UnreadablePolicy,
): Ruling {
  return facts.request.provider === undefined ? { kind: "allow" } : {
    kind: "refuse",
    refusal: unreadableRules(refused(facts), unreadable),
  };
}

function failed(facts: Facts, error: unknown): Refusal {
  return unreadableRules(
    { ...refused(facts), operations: undefined } as Refused,
    {
      message: error instanceof Error ? error.name : "they failed",
      hint: "authsome policy list",
    },
  );
}

function refused(facts: Facts): Refused {
  const { head, provider, connection } = facts.request;
  return {
    method: head.method,
    host: facts.host,
    path: head.target.split("?", 1)[0]!,
    ...defined({ provider, connection, operations: operationsOf(facts) }),
  };
}

/** Of a request without a credential nobody asks for what it does. */
function operationsOf(facts: Facts) {
  return facts.request.provider === undefined ? undefined : facts.operations;
}

function operationNames(facts: Facts): string | undefined {
  try {
    return namesOf(operationsOf(facts));
  } catch {
    return undefined;
  }
}

function tunnelRequest(
  authority: Endpoint,
  asker: Asker | undefined,
): ControlledRequest {
  return {
    scheme: "https",
    authority,
    head: {
      method: "CONNECT",
      target: "",
      minor: 1,
      fields: [],
      framing: { kind: "none" },
    },
    ...defined({ asker }),
  };
}
