/** What rules would say of a request, for `explain` and `run --dry-run`. @module */
import type { ExplainedRequest, Explanation } from "../../explanation.ts";
import { defined } from "../../object.ts";
import type { Limits } from "../../policy/rule.ts";
import type { ControlledRequest } from "../../request/control/control.ts";
import { bareHead } from "../../request/control/bare_head.ts";
import type { RulesSay } from "../../request/control/rules_say.ts";
import type { Broker } from "../broker.ts";
import type { RunRules } from "./live_rules.ts";
import type { ReadPolicyFile } from "./read_policy.ts";

/** The rules that a run would have now. */
export interface ForeseenRules {
  files: readonly ReadPolicyFile[];
  /** How many hold. */
  count: number;
  /** What becomes of requests that get a credential and that no rule matches. */
  default: "allow" | "ask" | "deny";
  /** What they say of a request. */
  say(request: ControlledRequest): Promise<RulesSay>;
}

/**
 * The rules that a run with `rules` would have now; `undefined` if there are none.
 *
 * @throws {AuthsomeError} as a run does that begins.
 */
export async function foreseenRules(
  broker: Broker,
  rules: RunRules,
): Promise<ForeseenRules | undefined> {
  const { readOnly, policyFile, maxUsd } = rules;
  const { runtime } = broker;
  if (
    policyFile === undefined && !readOnly && maxUsd === undefined &&
    !runtime.hasPolicy?.()
  ) return undefined;
  const [{ readPolicy }, { joined, maxUsdRules, ownRules, readOnlyRules }, {
    judgeWith,
  }] = await Promise.all([
    import("./read_policy.ts"),
    import("./open_control.ts"),
    import("./judge_request.ts"),
  ]);
  const { effective, files } = await readPolicy(
    broker,
    defined({ file: policyFile }),
  );
  const all = joined([
    effective,
    ownRules([
      ...readOnly ? readOnlyRules() : [],
      ...maxUsd === undefined ? [] : maxUsdRules(maxUsd),
    ]),
  ]);
  const judge = await judgeWith(broker, all, {
    program: "",
    folder: runtime.workingFolder?.() ?? "/",
  });
  return {
    files,
    count: all.rules.length,
    default: all.default,
    async say(request) {
      const { decision, rule, reason, operations, limits, wantsBody } =
        await judge(request);
      const { deniedBy, namesOf } = await import(
        "../../policy/judge/refusals.ts"
      );
      const named = all.rules.find((placed) => placed.rule.id === rule)?.rule;
      const { head, authority, provider, connection } = request;
      return {
        ...{ decision, wantsBody },
        ...defined({ rule, operation: namesOf(operations) }),
        limits: limits.map(({ rule, limit }) => ({
          rule,
          limit: limitText(limit),
        })),
        ...decision === "deny" && {
          refusal: deniedBy(
            named && defined({ ...named, reason }),
            {
              method: head.method,
              host: authority.host,
              path: head.target.split("?", 1)[0]!,
              ...defined({ provider, connection, operations }),
            },
          ),
        },
      };
    },
  };
}

/** `answer` with what `rules` say of what would be sent. */
export async function withRules(
  rules: ForeseenRules | undefined,
  request: ExplainedRequest,
  answer: Explanation,
): Promise<Explanation> {
  // What is passed through is judged as a tunnel, of which rules know the host alone.
  if (!rules || isSettled(answer)) return answer;
  const { scheme, host, port, method, path, query = "" } = request;
  const { provider, connection } = answer.route ? answer : {};
  const isTunnel = answer.action === "tunnel" && scheme === "https";
  const head = bareHead(method, { host, port }, path + query);
  return ruledBy(
    answer,
    await rules.say({
      ...{ scheme, authority: { host, port } },
      head: isTunnel ? { ...head, method: "CONNECT", target: "" } : {
        ...head,
        // Such a request has one as a rule.
        framing: BODILESS.test(method) ? { kind: "none" } : { kind: "chunked" },
      },
      ...defined({ provider, connection, paths: answer.route?.paths }),
    }),
  );
}

/** `answer` with what the rules say: they are asked of what would be sent. */
export function ruledBy(answer: Explanation, rules: RulesSay): Explanation {
  const { decision, rule, wantsBody, limits, refusal } = rules;
  if (isSettled(answer)) return answer;
  const isSilent = decision === "allow" && rule === undefined && !wantsBody &&
    limits.length === 0;
  if (isSilent) return answer;
  if (decision === "deny") {
    const { message = `The rule "${rule}" denies it`, hint = "" } = refusal ??
      {};
    return {
      ...answer,
      ...{ rules, action: "refuse", reason: "rule", hint },
      message: wantsBody ? `${message}; its body may say otherwise` : message,
    };
  }
  return decision === "ask" && answer.action !== "refuse"
    ? {
      ...answer,
      rules,
      message: `${answer.message}, once a person has allowed it`,
    }
    : { ...answer, rules };
}

/** Whether it is refused before rules are asked: those come before the credential, and after the route. */
function isSettled({ action, route }: Explanation): boolean {
  return action === "refuse" && !route;
}

const BODILESS = /^(?:GET|HEAD|OPTIONS|DELETE)$/;

/** A limit in words. */
export function limitText(
  { per_minute, per_run, bytes_up, usd }: Limits,
): string {
  return [
    per_minute === undefined ? "" : `${per_minute} requests in 60 seconds`,
    per_run === undefined ? "" : `${per_run} requests in a run`,
    bytes_up === undefined ? "" : `${bytes_up} bytes up in a run`,
    usd === undefined ? "" : `US$ ${usd} in a run`,
  ].filter(Boolean).join(", ");
}
