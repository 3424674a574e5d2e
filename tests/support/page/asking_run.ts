/** A run that asks a person, as a process of its own: none may answer itself. @module */
import { approvalDesk } from "../../../lib/broker/approval/approval_desk_of.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { defined } from "../../../lib/object.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
} from "../../../lib/policy/approver.ts";
import { processOf } from "../program.ts";

/** Asks in the name of a process that only waits. */
export interface AskingRun {
  ask(request: ApprovalRequest): Promise<ApprovalAnswer | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A run in the home of `broker`. Linux. */
export async function askingRun(broker: Broker): Promise<AskingRun> {
  const run = processOf(["sleep", "600"]).spawn();
  const lineage = await broker.runtime.lineage!();
  const { place } = await lineage.self();
  const mark = {
    ...{ pid: run.pid, started: startOf(run.pid) },
    ...defined({ place }),
  };
  const asking = await Broker.open({
    ...broker.runtime,
    lineage: () =>
      Promise.resolve({ ...lineage, self: () => Promise.resolve(mark) }),
  });
  const desk = await approvalDesk(asking);
  return {
    ask: (request) => desk.ask(request),
    async [Symbol.asyncDispose]() {
      run.kill();
      await run.status;
      await asking.close();
    },
  };
}

/** When a process started, as /proc says it. */
function startOf(pid: number): string {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19]!;
}
