// Requests to a phone and its answers, through a fake of an ntfy server that may be as bad as it likes.
import { expect } from "expect";
import { test } from "node:test";
import { MAX_PHONES } from "../../../lib/approval/remote/paired_phones.ts";
import type { ApprovalAnswer } from "../../../lib/policy/approver.ts";
import { FakeNtfy } from "../../support/fakes/fake_ntfy.ts";
import { channelScene, published, until } from "./channel_scene.ts";
import {
  CANARIES,
  canaryRequest,
  keysOf,
  openRequest,
  sealedAnswer,
} from "./phone.ts";

const PAGE = "https://me.example.com/approve.html";

test("a phone is told and answers; the server has seen nothing in clear, and it ends with the answer", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair, warnings } = await channelScene(ntfy, { page: PAGE });
  const keys = await pair();
  const request = canaryRequest();
  const asking = channel.ask(request, new AbortController().signal);
  const { kind: _kind, v: _v, ...seen } = await published(ntfy, keys) as
    & typeof request
    & { kind: string; v: number };
  const { subject: _, ...told } = request;
  expect(seen).toEqual(told);
  const noticed = () =>
    ntfy.messages.find(({ topic }) => topic === keys.topics.notice);
  await until(() => noticed() !== undefined);
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  expect(await asking).toMatchObject({
    ...{ decision: "allow", scope: "once", by: "phone" },
  });
  await until(() => ntfy.streams === 0);
  // The phones are told that it waits no more.
  const closed = await published(ntfy, keys, 2);
  expect(closed).toEqual({ v: 1, kind: "closed", id: request.id });
  expect(noticed()).toMatchObject({
    title: "authsome",
    message: "A request waits for your answer",
    click: PAGE,
  });
  const [first] = ntfy.received.filter(({ url }) =>
    url === `/${keys.topics.request}`
  );
  expect(first!.headers).toMatchObject({ firebase: "no", priority: "min" });
  const everything = JSON.stringify(ntfy.received);
  for (const canary of [...CANARIES, request.id, request.digest, "issues"]) {
    expect([canary, everything.includes(canary)]).toEqual([canary, false]);
  }
  expect(everything).not.toContain(
    Buffer.from(CANARIES[0]!).toString("base64url"),
  );
  expect(warnings).toEqual([]);
});

test("without a phone nobody is asked; with several the first answer stands", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair, phones } = await channelScene(ntfy);
  const { signal } = new AbortController();
  expect(await channel.ask(canaryRequest(), signal)).toBe(undefined);
  expect(ntfy.received).toEqual([]);
  const [one, two] = [await pair("one"), await pair("two")];
  const request = canaryRequest();
  const asking = channel.ask(request, signal);
  await published(ntfy, one);
  expect(await published(ntfy, two)).toMatchObject({ id: request.id });
  // The one does not open what is for the other.
  const [toTwo] = ntfy.messages.filter(({ topic }) =>
    topic === two.topics.request
  );
  expect(await openRequest(one, toTwo!.message!)).toBe(undefined);
  ntfy.publish(
    two.topics.answer,
    await sealedAnswer(two, request, { decision: "deny" }),
  );
  ntfy.publish(one.topics.answer, await sealedAnswer(one, request));
  expect((await asking)?.decision).toBe("deny");
  for (let count = 3; count <= MAX_PHONES; count++) {
    await pair(`phone ${count}`);
  }
  await expect(phones.add("one more", 0, false))
    .rejects.toMatchObject({ code: "OperationNotAllowed" });
});

test("a server that alters, replays, swaps and forges gets no answer accepted", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair } = await channelScene(ntfy);
  const keys = await pair();
  const { signal } = new AbortController();
  // An answer of before, which the server has kept.
  const before = canaryRequest();
  const asked = channel.ask(before, signal);
  await published(ntfy, keys);
  const old = await sealedAnswer(keys, before);
  ntfy.publish(keys.topics.answer, old);
  expect((await asked)?.decision).toBe("allow");

  const request = canaryRequest();
  const over = new AbortController();
  let answer: ApprovalAnswer | undefined;
  const asking = channel.ask(request, over.signal)
    .then((given) => answer = given);
  const sent = await published(ntfy, keys, 3);
  expect(sent.id).toBe(request.id);
  await until(() => ntfy.streams === 1);
  const stranger = await keysOf();
  const altered = Buffer.from(
    (await sealedAnswer(keys, request)).slice(3),
    "base64url",
  );
  altered[40]! ^= 1;
  const bad = [
    old,
    old,
    `a1.${altered.toString("base64url")}`,
    await sealedAnswer(stranger, request),
    // What was asked, sent back.
    ...ntfy.messages.filter(({ topic }) => topic === keys.topics.request)
      .map(({ message }) => message!),
    JSON.stringify({ v: 1, kind: "answer", ...request, decision: "allow" }),
    await sealedAnswer(keys, { id: request.id, digest: before.digest + "0" }),
    await sealedAnswer(keys, { id: before.id, digest: request.digest }),
  ];
  for (const message of bad) ntfy.publish(keys.topics.answer, message);
  for (const line of ["{", "null", "[]", '{"event":"message"}', "\n\n\u0000"]) {
    ntfy.inject(`${line}\n`);
  }
  ntfy.inject(`{"event":"message","topic":"x","message":{"a":1}}\n`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(answer).toBe(undefined);
  // Through all of that the right one counts.
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  expect((await asking)?.decision).toBe("allow");
});

test("a flood ends the stream before it fills the memory, is said once, and no other request suffers", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair, warnings } = await channelScene(ntfy);
  const keys = await pair();
  const over = new AbortController();
  const asking = channel.ask(canaryRequest(), over.signal);
  await published(ntfy, keys);
  await until(() => ntfy.streams === 1);
  // One line without an end, of which no more is waited for.
  ntfy.inject("a".repeat(32_768));
  await until(() => warnings.length > 0);
  expect(warnings).toEqual([
    `Cannot ask on the phone: 127.0.0.1:${ntfy.port} sends more than any answer has`,
  ]);
  // Whole lines, each as an answer might be.
  const line = `${
    JSON.stringify({ event: "message", message: `a1.${"A".repeat(4_000)}` })
  }\n`.repeat(16);
  await until(() => ntfy.streams === 1);
  let parts = 0;
  for (; parts < 1_000 && ntfy.streams === 1; parts++) {
    ntfy.inject(line);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(parts).toBeLessThan(1_000);
  expect(warnings.length).toBeLessThanOrEqual(2);
  over.abort();
  expect(await asking).toBe(undefined);
});

test("a stream that is cut is opened again, and misses nothing that came meanwhile", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair } = await channelScene(ntfy);
  const keys = await pair();
  const request = canaryRequest();
  const asking = channel.ask(request, new AbortController().signal);
  await published(ntfy, keys);
  await until(() => ntfy.streams === 1);
  ntfy.cut();
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  expect((await asking)?.decision).toBe("allow");
  await until(() => ntfy.streams === 0);
});

test("a server that is down, or redirects, is said once and delays nobody", async () => {
  const ntfy = await FakeNtfy.start();
  const { channel, pair, warnings } = await channelScene(ntfy);
  await pair();
  const { signal } = new AbortController();
  ntfy.down = 307;
  for (let count = 0; count < 3; count++) {
    expect(await channel.ask(canaryRequest(), signal)).toBe(undefined);
  }
  const place = `127.0.0.1:${ntfy.port}`;
  const redirect =
    `Cannot ask on the phone: ${place} answered 307, a redirect, which is not followed`;
  expect([...new Set(warnings)]).toEqual([redirect]);
  // Of the two ways, publishing and listening.
  expect(warnings.length).toBeLessThanOrEqual(2);
  expect(ntfy.received.some(({ url }) => url === "/elsewhere")).toBe(false);
  await ntfy[Symbol.asyncDispose]();
  const gone = await channelScene(ntfy);
  await gone.pair();
  expect(await gone.channel.ask(canaryRequest(), signal)).toBe(undefined);
  expect(
    gone.warnings.every((each) =>
      each.startsWith(`Cannot ask on the phone: cannot reach ${place}: `)
    ),
  ).toBe(true);
});

test("a phone that is removed while it is asked cannot answer, and gets no further request", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair, phones } = await channelScene(ntfy);
  const keys = await pair();
  const over = new AbortController();
  const request = canaryRequest();
  const asking = channel.ask(request, over.signal);
  await published(ntfy, keys);
  await phones.remove("phone");
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  await new Promise((resolve) => setTimeout(resolve, 100));
  over.abort();
  expect(await asking).toBe(undefined);
  const count =
    ntfy.messages.filter(({ topic }) => topic === keys.topics.request).length;
  expect(await channel.ask(canaryRequest(), new AbortController().signal))
    .toBe(undefined);
  const later =
    ntfy.messages.filter(({ topic }) => topic === keys.topics.request).length;
  expect(later - count).toBeLessThanOrEqual(1);
  expect(await phones.list()).toEqual([]);
});

test("requests at the same time share one stream, each gets its own answer", async () => {
  await using ntfy = await FakeNtfy.start();
  const { channel, pair } = await channelScene(ntfy);
  const keys = await pair();
  const { signal } = new AbortController();
  const requests = Array.from({ length: 10 }, () => canaryRequest());
  const asking = requests.map((each) => channel.ask(each, signal));
  await published(ntfy, keys, 10);
  for (const [at, request] of [...requests.entries()].reverse()) {
    const decision = at % 2 ? "allow" : "deny";
    ntfy.publish(
      keys.topics.answer,
      await sealedAnswer(keys, request, { decision }),
    );
  }
  const answers = await Promise.all(asking);
  expect(answers.map((each) => each?.decision))
    .toEqual(requests.map((_, at) => at % 2 ? "allow" : "deny"));
  const streams = ntfy.received.filter(({ url }) => url.includes("/json?"));
  expect(streams.length).toBe(1);
});
