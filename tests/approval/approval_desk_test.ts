// The desk in the vault: who asks, who answers, and what is left behind.
import { expect } from "expect";
import { test } from "node:test";
import { ApprovalDesk } from "../../lib/approval/approval_desk.ts";
import { approvalKey, APPROVALS } from "../../lib/approval/approval_record.ts";
import { ApprovalSettled } from "../../lib/approval/channel.ts";
import {
  fakeChannel,
  fakeLineage,
  PERSON,
  requestAt,
  RUN,
  saying,
  scene,
} from "./scene.ts";

/** Until the request is in the vault. */
async function posted(desk: ApprovalDesk, count = 1): Promise<void> {
  while ((await desk.waiting()).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a request waits in the vault, is answered there once, and is gone", async () => {
  const { desk, clock, vault } = await scene();
  const request = requestAt(clock.now());
  const asking = desk.ask(request);
  await posted(desk);
  expect(await desk.waiting()).toEqual([{
    ...request,
    asked: [],
    pid: RUN.pid,
  }]);
  clock.time += 1000;
  await desk.answer(request.id, saying("allow", request), PERSON);
  // Until the run has taken it.
  await expect(desk.answer(request.id, saying("deny", request), PERSON))
    .rejects.toMatchObject({
      code: expect.stringMatching(/Approval(Settled|NotFound)/),
    });
  expect(await asking).toEqual({
    decision: "allow",
    scope: "once",
    by: "command",
    at: clock.now(),
  });
  expect(await vault.keys(APPROVALS)).toEqual([]);
  await expect(desk.answer(request.id, saying("allow", request), PERSON))
    .rejects.toMatchObject({ code: "ApprovalNotFound", exitCode: 3 });
});

test("of two answers at once one stands", async () => {
  const { context, clock, vault } = await scene();
  const asker = { ...context, records: { ...context.records } };
  // A run that looks late.
  asker.records.version = () => Promise.resolve(0);
  const desk = new ApprovalDesk(asker);
  const request = requestAt(clock.now());
  const asking = desk.ask(request);
  await posted(desk);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const other = new ApprovalDesk(context);
  const done = await Promise.allSettled(
    (["allow", "deny", "allow"] as const).map((decision) =>
      other.answer(request.id, saying(decision, request), PERSON)
    ),
  );
  expect(done.filter(({ status }) => status === "fulfilled").length).toBe(1);
  for (const each of done) {
    if (each.status === "fulfilled") continue;
    expect(each.reason).toMatchObject({ code: "ApprovalSettled", exitCode: 4 });
  }
  const first = JSON.parse(
    (await vault.get(approvalKey(request.id)))!.text,
  ).answer.decision;
  asker.records.version = () => vault.version();
  expect((await asking)?.decision).toBe(first);
});

test("an answer for another digest, a late one and one of nobody are refused", async () => {
  const { desk, clock, context } = await scene();
  const request = requestAt(clock.now());
  const asking = desk.ask(request);
  await posted(desk);
  await expect(
    desk.answer(
      request.id,
      saying("allow", request, { digest: "cd".repeat(32) }),
      PERSON,
    ),
  ).rejects.toMatchObject({ code: "AnswerRefused", exitCode: 4 });
  await expect(desk.answer("unknown", saying("allow", request), PERSON))
    .rejects.toMatchObject({ code: "ApprovalNotFound" });
  clock.time = request.expires;
  expect(await desk.waiting()).toEqual([]);
  await expect(
    new ApprovalDesk(context).answer(
      request.id,
      saying("allow", request),
      PERSON,
    ),
  ).rejects.toMatchObject({ code: "ApprovalSettled" });
  clock.time = request.at;
  await desk.answer(request.id, saying("deny", request), PERSON);
  expect((await asking)?.decision).toBe("deny");
});

test("without an answer there is none, and nothing is left", async () => {
  const { desk, clock, vault } = await scene();
  expect(await desk.ask(requestAt(clock.now(), { expires: clock.now() + 50 })))
    .toBe(undefined);
  const leaving = new AbortController();
  const asking = desk.ask(requestAt(clock.now()), leaving.signal);
  await posted(desk);
  leaving.abort();
  expect(await asking).toBe(undefined);
  expect(await desk.ask(requestAt(clock.now()), leaving.signal)).toBe(
    undefined,
  );
  expect(await vault.keys(APPROVALS)).toEqual([]);
});

test("the first channel that answers stands, the others are told; one that fails is as good as absent", async () => {
  const terminal = fakeChannel("terminal");
  const phone = fakeChannel("ntfy");
  const { desk, clock, vault } = await scene([
    {
      name: "broken",
      ask: () => {
        throw new Error("no");
      },
    },
    terminal.channel,
    phone.channel,
  ]);
  const request = requestAt(clock.now());
  const asking = desk.ask(request);
  await posted(desk);
  expect((await desk.waiting())[0]!.asked)
    .toEqual(["broken", "terminal", "ntfy"]);
  const answer = {
    ...{ decision: "deny", scope: "once", by: "phone" } as const,
    at: clock.now(),
  };
  phone.answer(answer);
  expect(await asking).toEqual(answer);
  expect(terminal.seen.request).toEqual(request);
  expect(terminal.seen.signal!.aborted).toBe(true);
  const { reason } = terminal.seen.signal!;
  expect(reason).toBeInstanceOf(ApprovalSettled);
  expect(reason.answer).toEqual(answer);
  expect(await vault.keys(APPROVALS)).toEqual([]);
});

test("many wait at once, each with its own answer, and nothing is looked at afterwards", async () => {
  const { desk, clock, looks } = await scene();
  const requests = [1, 2, 3, 4].map((at) =>
    requestAt(clock.now() + at, { expires: clock.now() + 60_000 })
  );
  clock.time += 10;
  const asking = requests.map((request) => desk.ask(request));
  await posted(desk, 4);
  expect((await desk.waiting()).map(({ id }) => id))
    .toEqual(requests.map(({ id }) => id));
  for (const [at, request] of requests.entries()) {
    const said = saying(at % 2 ? "allow" : "deny", request);
    await desk.answer(request.id, said, PERSON);
  }
  expect((await Promise.all(asking)).map((answer) => answer?.decision))
    .toEqual(["deny", "allow", "deny", "allow"]);
  await new Promise((resolve) => setTimeout(resolve, 250));
  const { count } = looks;
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(looks.count).toBe(count);
});

test("what a killed run left behind is not shown, and is removed", async () => {
  const { desk, clock, vault, processes } = await scene();
  const request = requestAt(clock.now());
  desk.ask(request);
  await posted(desk);
  processes.delete(RUN.pid);
  const { lineage } = fakeLineage(PERSON);
  expect(await lineage.self()).toEqual(PERSON);
  await expect(desk.answer(request.id, saying("allow", request), PERSON))
    .rejects.toMatchObject({ code: "ApprovalNotFound" });
  expect(await desk.waiting()).toEqual([]);
  expect(await vault.keys(APPROVALS)).toEqual([]);
});

test("a forged, a moved and a damaged record answer nothing", async () => {
  const { desk, clock, store, vault } = await scene();
  const [first, second] = [requestAt(clock.now()), requestAt(clock.now())];
  const asking = desk.ask(first);
  await posted(desk);
  await desk.answer(first.id, saying("allow", first), PERSON);
  const name = await vault.storeName(approvalKey(first.id));
  const answered = (await store.get(name))!.value;
  expect((await asking)?.decision).toBe("allow");

  const leaving = new AbortController();
  const again = desk.ask(second, leaving.signal);
  await posted(desk);
  const target = await vault.storeName(approvalKey(second.id));
  for (const forged of [answered, "{}", `{"decision":"allow"}`]) {
    const { revision } = (await store.get(target))!;
    await store.put(target, forged, revision);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  leaving.abort();
  expect(await again).toBe(undefined);
});

test("an answer of before, for the same place, answers nothing", async () => {
  const { desk, clock, vault, warnings } = await scene();
  const request = requestAt(clock.now());
  const leaving = new AbortController();
  const asking = desk.ask(request, leaving.signal);
  await posted(desk);
  const key = approvalKey(request.id);
  for (
    const more of [{ at: request.at - 1 }, { at: request.expires + 1 }, {
      digest: "00".repeat(32),
    }]
  ) {
    const { text, revision } = (await vault.get(key))!;
    const answer = {
      ...{ decision: "allow", scope: "once", by: "command", at: request.at },
      ...{ digest: request.digest, answerer: PERSON },
      ...more,
    };
    await vault.put(
      key,
      JSON.stringify({ ...JSON.parse(text), answer }),
      revision,
    );
    while (JSON.parse((await vault.get(key))!.text).answer) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  expect(warnings.length).toBe(3);
  expect(warnings[0]).toMatch(/process 200 does not count/);
  leaving.abort();
  expect(await asking).toBe(undefined);
});

test("the run looks itself who has answered, and waits on", async () => {
  const { context, desk, clock, add, warnings } = await scene();
  const request = requestAt(clock.now());
  const asking = desk.ask(request);
  await posted(desk);
  // A process that looks to itself like a person's, and to the run like one below it.
  const child = { pid: 300, started: "7000" };
  const { lineage } = fakeLineage();
  const blind = { ...lineage, above: () => Promise.resolve(undefined) };
  add(300, RUN.pid, "7000");
  await new ApprovalDesk({ ...context, lineage: blind })
    .answer(request.id, saying("allow", request), child);
  while (warnings.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(warnings[0]).toMatch(/it was started by the command that asks/);
  await desk.answer(request.id, saying("deny", request), PERSON);
  expect((await asking)?.decision).toBe("deny");
});
