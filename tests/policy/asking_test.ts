// Rules that ask a person: what the person sees, and how far an answer goes.
import { expect } from "expect";
import { test } from "node:test";
import type {
  ApprovalAnswer,
  ApprovalRequest,
} from "../../lib/policy/approver.ts";
import type { PolicyControlOptions } from "../../lib/policy/judge/policy_control.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { type Asked, controlBy, nameOf, settled } from "./support.ts";

const ASKS: Rule[] = [{
  id: "writes",
  effect: "ask",
  reads: false,
  reason: "it writes",
}];
const POST: Asked = {
  method: "POST",
  url: "https://api.github.com/repos/me/site/issues?key=canary-1&a",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    title: "Hello",
    password: "canary-2",
    max_tokens: 5,
    note: `ghp_${"a1".repeat(18)}`,
    blob: `Zm9v${"A1b2".repeat(20)}`,
  }),
};

/** A fake of a person. */
async function asking(
  answer: (request: ApprovalRequest) => Partial<ApprovalAnswer> | undefined,
  more: Partial<PolicyControlOptions> = {},
) {
  const seen: ApprovalRequest[] = [];
  const control = await controlBy({ rules: ASKS }, {
    asking: {
      approver: {
        ask(request) {
          seen.push(request);
          const said = answer(request);
          return Promise.resolve(
            said &&
              {
                decision: "allow",
                scope: "once",
                by: "terminal",
                at: 0,
                ...said,
              },
          );
        },
      },
    },
    ...more,
  });
  return { control, seen };
}

test("the person sees the request, and no secret", async () => {
  const { control, seen } = await asking(() => ({}));
  expect((await settled(control, POST)).kind).toBe("allow");
  const [request] = seen;
  const { id, digest, subject, body, ...rest } = request!;
  expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect([digest, subject]).toEqual(
    Array(2).fill(expect.stringMatching(/^[0-9a-f]{64}$/)),
  );
  expect(rest).toEqual({
    run: "0123456789abcdef",
    at: Date.UTC(2026, 10, 28, 12),
    expires: Date.UTC(2026, 10, 28, 12, 2),
    rule: "writes",
    profile: "default",
    provider: "github",
    connection: "default",
    program: "agent",
    folder: "/home/me/work",
    method: "POST",
    host: "api.github.com",
    path: "/repos/me/site/issues?key&a",
    operations: [{ name: "POST", reads: false }],
  });
  expect(body!.size).toBe((POST.body as string).length);
  expect(body!.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(body!.shown).toContain('"title": "Hello"');
  expect(body!.shown).toContain('"max_tokens": 5');
  expect(JSON.stringify(request)).not.toMatch(/canary|ghp_|A1b2A1b2/);
});

test("a read is not asked about, and no means no", async () => {
  const { control, seen } = await asking(() => ({ decision: "deny" }));
  expect((await settled(control)).kind).toBe("allow");
  expect(seen.length).toBe(0);
  const ruling = await settled(control, POST);
  if (ruling.kind !== "refuse") throw new Error("it was allowed");
  expect(nameOf(ruling.refusal)).toBe("approval writes");
  expect(ruling.refusal.message).toContain(
    "(it writes), and the person said no",
  );
  expect(ruling.refusal.retryAfter).toBe(undefined);
});

test("no answer, an approver that fails, and none at all are a no", async () => {
  const silent = await asking(() => undefined);
  const ruling = await settled(silent.control, POST);
  if (ruling.kind !== "refuse") throw new Error("it was allowed");
  expect(ruling.refusal.retryAfter).toBe(60);
  expect(ruling.refusal.message).toContain("nobody answered in time");
  const failing = await asking(() => {
    throw new Error("gone");
  });
  expect((await settled(failing.control, POST)).kind).toBe("refuse");
  const none = await settled(await controlBy({ rules: ASKS }), POST);
  if (none.kind !== "refuse") throw new Error("it was allowed");
  expect(none.refusal.message).toContain("nobody can be asked here");
});

test("an answer for once is for one request", async () => {
  const { control, seen } = await asking(() => ({ scope: "once" }));
  await settled(control, POST);
  await settled(control, POST);
  expect(seen.length).toBe(2);
  expect(seen[0]!.id).not.toBe(seen[1]!.id);
  expect(seen[0]!.digest).toBe(seen[1]!.digest);
});

for (
  const [what, change] of Object.entries<Partial<Asked>>({
    method: { method: "PUT" },
    host: { url: POST.url!.replace("api.", "uploads.") },
    path: { url: POST.url!.replace("issues", "pulls") },
    query: { url: POST.url!.replace("canary-1", "canary-3") },
    body: { body: `${POST.body} ` },
  })
) {
  test(`the digest is of the ${what} too`, async () => {
    const { control, seen } = await asking(() => ({}));
    await settled(control, POST);
    await settled(control, { ...POST, ...change });
    expect(seen[0]!.digest).not.toBe(seen[1]!.digest);
  });
}

test("the subject is of all but the body and the query, and of nothing cut or replaced", async () => {
  const { control, seen } = await asking(() => ({}));
  const token = `ghp_${"b2".repeat(18)}`;
  const long = "x".repeat(3000);
  await settled(control, POST);
  await settled(control, { ...POST, body: "other" });
  await settled(control, { ...POST, url: POST.url!.replace("canary-1", "y") });
  expect(new Set(seen.map(({ subject }) => subject)).size).toBe(1);
  const others: Partial<Asked>[] = [
    { method: "PUT" },
    { connection: "work" },
    { url: POST.url!.replace("api.", "uploads.") },
    ...["a", "b"].flatMap((end) => [
      { url: `https://api.github.com/files/${token}${end}` },
      { url: `https://api.github.com/${long}${end}` },
    ]),
  ];
  for (const other of others) await settled(control, { ...POST, ...other });
  expect(new Set(seen.map(({ subject }) => subject)).size)
    .toBe(1 + others.length);
  const shown = seen.slice(-4).map(({ path }) => path);
  expect(new Set(shown).size).toBeLessThan(4);
});

test("a body that cannot be read is asked about as such", async () => {
  const { control, seen } = await asking(() => ({}));
  await settled(control, { ...POST, unread: true });
  expect(seen[0]!.body).toEqual({ type: "application/json" });
});

test("who is gone is not waited for", async () => {
  let given: AbortSignal | undefined;
  const control = await controlBy({ rules: ASKS }, {
    asking: {
      approver: {
        ask(_request, signal) {
          given = signal;
          return Promise.resolve(undefined);
        },
      },
    },
  });
  const { requestOf } = await import("./support.ts");
  const gone = AbortSignal.abort();
  let ruling = await control.request({
    ...requestOf({ ...POST }),
    asker: { gone },
  });
  if (ruling.kind === "body") ruling = await ruling.settle(new Uint8Array());
  expect(given).toBe(gone);
});
