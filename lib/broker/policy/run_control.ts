/** The rules of a run. @module */
import type { RunHostRequest } from "../../ports/run_host.ts";
import type { SandboxProfile } from "../../sandbox/sandbox_profile.ts";
import type { RunPlan, RunRequest } from "../../run/proxied_run.ts";
import type { Control } from "../../request/control/control.ts";
import type { Broker } from "../broker.ts";
import { LiveRules, type RunRules } from "./live_rules.ts";

/** A run that is to begin. */
export interface NewRun {
  /** 64 random bits, hex. */
  id: string;
  request: RunRequest & RunRules;
  form: Pick<RunHostRequest, "sandbox" | "warn">;
  plan: RunPlan;
}

/**
 * What judges the requests of a run.
 *
 * @throws {AuthsomeError} if its rules cannot be read.
 */
export async function runControl(
  broker: Broker,
  { id, request, form, plan }: NewRun,
): Promise<Control> {
  const { sandbox, warn } = form;
  return await LiveRules.open(broker, {
    ...rulesOf(request),
    ...{ run: id, program: programOf(request), warn },
    folder: broker.runtime.workingFolder?.() ?? "/",
    definitionOf: plan.definitionOf,
    isOutOfReach: async (path) =>
      sandbox !== undefined && await isHidden(broker, sandbox, path),
    async approver() {
      const { approverFor } = await import("../approval/approver_for.ts");
      return await approverFor(broker, { id });
    },
    ...broker.config.approval &&
      { patience: broker.config.approval.timeout * 1000 },
  });
}

function rulesOf({ readOnly, policyFile, maxUsd }: RunRules): RunRules {
  return {
    ...readOnly && { readOnly },
    ...policyFile !== undefined && { policyFile },
    ...maxUsd !== undefined && { maxUsd },
  };
}

/** Without its folder and its arguments, which may hold anything. */
function programOf({ command, shell }: RunRequest): string {
  const [word = shell?.start("").command[0] ?? "shell"] = command;
  return word.replace(/^.*[/\\](?=.)/, "");
}

/** Whether a command in the sandbox cannot write the file at `path`. */
async function isHidden(
  broker: Broker,
  sandbox: SandboxProfile,
  path: string,
): Promise<boolean> {
  const { runtime } = broker;
  if (path.startsWith(`${runtime.home}/`)) return true;
  const places = await runtime.sandboxPlaces?.(sandbox, () => {});
  return places !== undefined &&
    !places.writable.some((folder) =>
      path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`)
    );
}
