/** A {@linkcode Control} that a test writes, and what it is told. A fake: the real one is in `lib/policy/`. @module */
import type {
  Control,
  ControlledRequest,
  Passage,
  Ruling,
} from "../../../lib/request/control/control.ts";
import type { Refusal } from "../../../lib/request/refusal.ts";

/** What a fake was asked and told, in order. */
export interface Told {
  requests: ControlledRequest[];
  tunnels: string[];
  /** `sent 3`, `head 200`, `body text`, `end`. */
  passed: string[];
}

export function fakeControl(
  rule: (
    request: ControlledRequest,
    passage: Passage,
  ) => Ruling | Promise<Ruling>,
  tunnel: (host: string) => Refusal | undefined = () => undefined,
): Control & { told: Told } {
  const told: Told = { requests: [], tunnels: [], passed: [] };
  const passage: Passage = {
    sent: (bytes) => void told.passed.push(`sent ${bytes}`),
    head: (status) => void told.passed.push(`head ${status}`),
    body: (bytes) =>
      void told.passed.push(`body ${new TextDecoder().decode(bytes)}`),
    end: () => void told.passed.push("end"),
  };
  return {
    told,
    tunnel({ host }) {
      told.tunnels.push(host);
      return tunnel(host);
    },
    request(request) {
      told.requests.push(request);
      return rule(request, passage);
    },
  };
}

export const REFUSAL: Refusal = {
  status: 403,
  reason: "rule",
  message: "The rule no-writes refuses this request",
  hint: "authsome policy list",
  rule: "no-writes",
  operation: "createIssue",
};
