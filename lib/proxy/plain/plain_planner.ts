/** Decides about the requests of a client that names its server in each of them. @module */
import { defined } from "../../object.ts";
import { auditor } from "../../request/auditor.ts";
import { decide } from "../../request/decide.ts";
import { NO_ROUTES } from "../../request/decide_named.ts";
import type { Refusal } from "../../request/refusal.ts";
import type { RequestHead } from "../../wire/http1.ts";
import { formatAuthority, parseAbsoluteTarget } from "../../wire/target.ts";
import { withoutExpect } from "../after_body.ts";
import { judge, type Judged } from "../control/judged.ts";
import { forward, type ProxyContext, refused } from "../plan.ts";
import type { Plan, Planner } from "../planner.ts";

/** The planner of requests outside of tunnels: plain `http://` only, and never with a credential. */
export function plainPlanner(
  context: ProxyContext,
  admit: (head: RequestHead) => Refusal | undefined,
): Planner {
  return (head, asker) => {
    const refusal = admit(head);
    const target = parseAbsoluteTarget(head.target);
    const audit = auditor(context, target ?? { host: "", port: 0 }, {
      ...head,
      target: target?.path ?? "/",
    });
    if (refusal) return refused(refusal, audit);
    if (!target) {
      return refused({
        status: 400,
        reason: "bad_request",
        message: "This is a proxy: it accepts only CONNECT and http:// targets",
        hint: "Use the proxy through HTTPS_PROXY",
      }, audit);
    }
    const request = {
      ...{ scheme: "http", authority: target } as const,
      head: { ...head, target: target.path },
    };
    const verdict = decide(
      request,
      NO_ROUTES,
      { policy: context.policy, opened: true },
    );
    if (verdict.kind === "refuse" || verdict.kind === "login") {
      return refused(verdict.refusal, audit);
    }
    // Without keep-alive: another server may be named next.
    const go = ({ passing }: Judged): Plan => ({
      ...forward(
        verdict.head,
        `http ${formatAuthority(target)}`,
        () => context.dial(target, { tls: false }),
      ),
      ...defined({ passing }),
      answered() {
        context.passed?.note(target, head.method);
        return undefined;
      },
      failed(reason) {
        if (reason) audit({ event: "deny", ok: false, reason });
      },
    });
    const { control } = context;
    if (!control) return go({});
    return judge(control, { ...request, ...defined({ asker }) }, {
      reads: 0,
      holds: () => withoutExpect(verdict.head),
      go,
      refuse: (refusal) => refused(refusal, audit),
    });
  };
}
