// Requests and rules for the tests of lib/policy.
import type {
  Operation,
  OperationReading,
} from "../../lib/operation/operation.ts";
import type {
  ControlledRequest,
  Ruling,
} from "../../lib/request/control/control.ts";
import type { Refusal } from "../../lib/request/refusal.ts";
import type { PolicyFile } from "../../lib/policy/rule.ts";
import { effectivePolicy } from "../../lib/policy/file/effective.ts";
import { parsePolicy } from "../../lib/policy/file/parse_policy.ts";
import { compilePolicy } from "../../lib/policy/judge/compiled_policy.ts";
import {
  policyControl,
  type PolicyControlOptions,
} from "../../lib/policy/judge/policy_control.ts";

/** A request as a test says it. */
export interface Asked {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Whether the body is not to be had. */
  unread?: boolean;
  provider?: string | null;
  connection?: string;
}

export function requestOf(
  { method = "GET", url, headers = {}, body, provider, connection }: Asked,
): ControlledRequest {
  const [, host = "", port, target = "/"] =
    /^https:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(
      url ?? "https://api.github.com/user",
    ) ?? [];
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  return {
    scheme: "https",
    authority: { host, port: Number(port ?? 443) },
    head: {
      method,
      target,
      minor: 1,
      fields: Object.entries(headers).map(([name, value]) => ({ name, value })),
      framing: bytes
        ? { kind: "length", length: bytes.length }
        : { kind: "none" },
    },
    ...provider !== null && {
      provider: provider ?? "github",
      connection: connection ?? "default",
    },
  };
}

/** A fake of the engine of operations: the method, or the member `op` of a body, `read…` of which reads. */
export function fakeOperationOf(
  { head }: ControlledRequest,
): OperationReading {
  const named = (name: string): Operation => ({
    name,
    ...name.startsWith("read") && { reads: true },
    ...name.startsWith("write") && { reads: false },
  });
  if (head.target.startsWith("/rpc")) {
    return {
      kind: "body",
      limit: 1_000,
      settle(body) {
        try {
          const { op } = JSON.parse(new TextDecoder().decode(body!));
          return [op].flat().map(named);
        } catch {
          return [{ name: "unknown" }];
        }
      },
    };
  }
  const reads = ["GET", "HEAD"].includes(head.method);
  return {
    kind: "known",
    operations: [{ name: head.method, reads }],
  };
}

/** A control by the rules of `policy`. */
export async function controlBy(
  policy: Omit<PolicyFile, "v"> & { v?: 1 },
  options: Partial<PolicyControlOptions> = {},
) {
  const parsed = await parsePolicy(
    JSON.stringify({ v: 1, ...policy }),
    "policy.json",
  );
  const compiled = await compilePolicy(effectivePolicy(parsed, "policy.json", {
    profile: options.circumstances?.profile ?? "default",
    folder: options.circumstances?.folder ?? "/home/me/work",
    realFolder: (path) => path,
  }));
  return policyControl({
    policy: () => compiled,
    operationOf: fakeOperationOf,
    run: "0123456789abcdef",
    circumstances: {
      profile: "default",
      program: "agent",
      folder: "/home/me/work",
    },
    clock: { now: () => Date.UTC(2026, 10, 28, 12) },
    ...options,
  });
}

/** What a control says in the end, as the proxy would ask it. */
export async function settled(
  control: { request(request: ControlledRequest): Ruling | Promise<Ruling> },
  asked: Asked = {},
): Promise<Exclude<Ruling, { kind: "body" }>> {
  let ruling = await control.request(requestOf(asked));
  while (ruling.kind === "body") {
    const bytes = typeof asked.body === "string"
      ? new TextEncoder().encode(asked.body)
      : asked.body;
    ruling = await ruling.settle(
      asked.unread || bytes === undefined || bytes.length > ruling.limit
        ? undefined
        : bytes,
    );
  }
  return ruling;
}

/** `allow`, or the rule that refuses. */
export async function verdictOf(
  policy: Parameters<typeof controlBy>[0],
  asked: Asked = {},
  options: Partial<PolicyControlOptions> = {},
): Promise<string> {
  const ruling = await settled(await controlBy(policy, options), asked);
  return ruling.kind === "allow" ? "allow" : nameOf(ruling.refusal);
}

export function nameOf({ reason, rule }: Refusal): string {
  return `${reason} ${rule}`;
}
