// What the proxy's own answers say to an agent.
import { expect } from "expect";
import { test } from "node:test";
import {
  type Refusal,
  refusalAnswer,
  refusalResponse,
} from "../../lib/request/refusal.ts";

function refusal(more: Partial<Refusal>): Refusal {
  return {
    status: 403,
    reason: "policy",
    message: "a.test:443 is refused: no connection serves it",
    hint: "Leave out --policy deny",
    ...more,
  };
}

function answer(more: Partial<Refusal>) {
  const { fields, body } = refusalAnswer(refusal(more));
  return { fields, ...JSON.parse(new TextDecoder().decode(body)) };
}

function firstLine(more: Partial<Refusal>, method: string): string {
  const bytes = refusalResponse(refusal(more), { close: true, method });
  return new TextDecoder().decode(bytes).split("\r\n", 1)[0]!;
}

const WHAT =
  "authsome could not complete this request: a.test:443 is refused: no connection serves it";

test("what only a person can change is for the agent's user, in one sentence", () => {
  for (
    const reason of [
      "policy",
      "credential_missing",
      "credential_expired",
      "refresh_failed",
      "tie",
      "minting_refused",
      "oauth_endpoint",
      "destination_refused",
      "upstream_unreachable",
      "upstream_untrusted",
    ] as const
  ) {
    const { error, message, hint } = answer({ reason });
    expect([reason, message]).toEqual([
      reason,
      `Tell your user that ${WHAT}; what to do: Leave out --policy deny`,
    ]);
    expect(error.message).toBe(message);
    expect(hint).toBe("Leave out --policy deny");
  }
});

test("what the client does wrong is for the agent itself", () => {
  for (
    const reason of [
      "placeholder_misplaced",
      "authority_mismatch",
      "method_refused",
      "bad_request",
      "not_signable",
      "not_injectable",
      "proxy_authentication_required",
    ] as const
  ) {
    expect([reason, answer({ reason, hint: "" }).message])
      .toEqual([reason, WHAT]);
  }
});

test("an answer has the members of the vendors' errors, and says whether to try again", () => {
  const types = [
    [400, "bad_request", "invalid_request_error", "false"],
    [401, "credential_missing", "authentication_error", "false"],
    [403, "tie", "permission_error", "false"],
    [421, "authority_mismatch", "invalid_request_error", "false"],
    [502, "upstream_untrusted", "api_error", "false"],
    [502, "upstream_unreachable", "api_error", undefined],
    [502, "refresh_failed", "api_error", undefined],
  ] as const;
  for (const [status, reason, type, again] of types) {
    const { fields, type: kind, error } = answer({ status, reason });
    expect([reason, kind, error.type, fields["X-Should-Retry"]])
      .toEqual([reason, "error", type, again]);
  }
});

test("the phrase of an answer to CONNECT is the sentence, as a line of ASCII", () => {
  expect(firstLine({}, "CONNECT")).toBe(
    `HTTP/1.1 403 Tell your user that ${WHAT}; what to do: Leave out --policy deny`,
  );
  const odd = firstLine({ message: "a\r\nX-Evil: 1 € \0" }, "CONNECT");
  expect(odd).toMatch(/request: a\?\?X-Evil: 1 \? \?; what/);
  expect(firstLine({ message: "x".repeat(9000) }, "CONNECT").length)
    .toBeLessThan(500);
  expect(firstLine({}, "GET")).toBe("HTTP/1.1 403 Forbidden");
  expect(firstLine({ status: 407 }, "CONNECT"))
    .toBe("HTTP/1.1 407 Proxy Authentication Required");
});
