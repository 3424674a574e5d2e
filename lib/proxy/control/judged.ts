/** Asks the person's rules about a request that is to be sent, with its body where that decides. @module */
import type { Auditor } from "../../request/auditor.ts";
import type {
  Control,
  ControlledRequest,
  Ruling,
} from "../../request/control/control.ts";
import { Passing } from "../../request/control/passing.ts";
import { defined } from "../../object.ts";
import type { Refusal } from "../../request/refusal.ts";
import type { Plan } from "../planner.ts";

/** A request that the rules let through. */
export interface Judged {
  rule?: string;
  operation?: string;
  passing?: Passing;
}

/** What comes next. */
export interface Judging {
  /** Longest body that is read in any case, in bytes; 0: none is. */
  reads: number;
  /** Called before the body is waited for: the proxy itself answers 100 Continue then. */
  holds(): void;
  /** Goes on; with `held`, the body was asked for: it is absent if it is too long. */
  go(judged: Judged, held?: { body?: Uint8Array }): Plan | Promise<Plan>;
  refuse(refusal: Refusal): Plan;
}

/** What becomes of `request` by the rules of `control`. */
export function judge(
  control: Control,
  request: ControlledRequest,
  judging: Judging,
): Plan | Promise<Plan> {
  return ruled(control.request(request), request, judging);
}

function ruled(
  ruling: Ruling | Promise<Ruling>,
  request: ControlledRequest,
  judging: Judging,
  held?: { body?: Uint8Array },
): Plan | Promise<Plan> {
  if (ruling instanceof Promise) {
    return ruling.then((ruling) => ruled(ruling, request, judging, held));
  }
  switch (ruling.kind) {
    case "refuse": {
      const { provider, connection } = request;
      return judging.refuse({
        ...defined({ provider, connection }),
        ...ruling.refusal,
      });
    }
    case "allow": {
      const { rule, operation, passage } = ruling;
      const passing = passage && new Passing(passage);
      const judged = defined({ rule, operation, passing });
      return watched(judging.go(judged, held), passing);
    }
    case "body": {
      const { limit, settle } = ruling;
      const settled = (held: { body?: Uint8Array }) => {
        const { body } = held;
        const read = body && body.length <= limit ? body : undefined;
        return ruled(settle(read), request, judging, held);
      };
      if (held) return settled(held);
      if (request.head.framing.kind === "none") {
        return ruled(settle(new Uint8Array()), request, judging);
      }
      judging.holds();
      return {
        kind: "hold",
        limit: Math.max(limit, judging.reads),
        decide: (body) => settled(defined({ body })),
      };
    }
  }
}

/** Ends what is told of a request that is refused after all. */
function watched(
  plan: Plan | Promise<Plan>,
  passing: Passing | undefined,
): Plan | Promise<Plan> {
  if (!passing) return plan;
  if (plan instanceof Promise) {
    return plan.then((plan) => watched(plan, passing), (error) => {
      passing.end();
      throw error;
    });
  }
  if (plan.kind === "refuse") passing.end();
  return plan.kind === "hold"
    ? { ...plan, decide: (body) => watched(plan.decide(body), passing) }
    : plan;
}

/** Adds to what is recorded of a request that is sent what the rules say of it. */
export function judgedAuditor(
  audit: Auditor,
  { rule, operation }: Judged,
): Auditor {
  if (rule === undefined && operation === undefined) return audit;
  const said = defined({ rule, operation });
  // Of a later refusal it would seem to be the reason.
  return (event, because) =>
    audit(event.event === "inject" ? { ...event, ...said } : event, because);
}
