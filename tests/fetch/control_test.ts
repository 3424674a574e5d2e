// The person's rules in fetch: what is asked, what is told of what passes. The control is a fake, the API is real.
import { expect } from "expect";
import { test } from "node:test";
import type { Ruling } from "../../lib/request/control/control.ts";
import { connect } from "../support/connected.ts";
import { fakeControl, REFUSAL } from "../support/fakes/fake_control.ts";
import { withFetch } from "../support/proxy/routed_fetch.ts";

const OPENAI = "api.openai.com";
const OTHER = "other.example.org";

test("fetch asks the control with the body, and tells it what passes, decoded", async () => {
  const read: (string | undefined)[] = [];
  const control = fakeControl((_request, passage): Ruling => ({
    kind: "body",
    limit: 10,
    settle(body) {
      read.push(body && new TextDecoder().decode(body));
      return { kind: "allow", rule: "may", operation: "chat", passage };
    },
  }));
  await withFetch({
    hosts: [OPENAI, OTHER],
    control,
    handler: async (request) => {
      const stream = new Blob([`got ${await request.text()}`]).stream();
      return new Response(
        stream.pipeThrough(new CompressionStream("gzip")),
        { headers: { "Content-Encoding": "gzip", "X-Own": "1" } },
      );
    },
  }, async ({ fetch, broker, audited }) => {
    await connect(broker, "openai", "sk-canary-1234567890");
    const url = `https://${OPENAI}/v1/x?q=1`;
    for (const body of ["short", "longer than ten"]) {
      const response = await fetch(url, { method: "POST", body });
      expect([response.url, response.status, response.headers.get("x-own")])
        .toEqual([url, 200, "1"]);
      expect(await response.text()).toBe(`got ${body}`);
    }
    expect(read).toEqual(["short", undefined]);
    expect(control.told.requests[0]).toMatchObject({
      ...{ scheme: "https", provider: "openai", connection: "default" },
      authority: { host: OPENAI, port: 443 },
      head: { method: "POST", target: "/v1/x?q=1" },
    });
    expect(control.told.passed).toEqual([
      ...["sent 5", "head 200", "body got short", "end"],
      ...["sent 15", "head 200", "body got longer than ten", "end"],
    ]);
    // A body that nobody reads ends too.
    const other = await fetch(`https://${OTHER}/`);
    await other.body!.cancel();
    expect(control.told.passed.slice(8)).toEqual(["head 200", "end"]);
    expect(control.told.requests.at(-1)!.provider).toBeUndefined();
    expect((await audited()).map(({ event, rule, operation }) => [
      ...[event, rule, operation],
    ])).toEqual([["inject", "may", "chat"], ["inject", "may", "chat"]]);
  });
});

test("fetch sends nothing that the control refuses, and ends the wait when its caller gives up", async () => {
  let waits = () => {};
  const waiting = new Promise<void>((resolve) => waits = resolve);
  const control = fakeControl(({ head, asker }) =>
    head.method === "GET" ? { kind: "refuse", refusal: REFUSAL } : new Promise(
      (resolve) => {
        asker!.gone.addEventListener(
          "abort",
          () => resolve({ kind: "refuse", refusal: REFUSAL }),
        );
        waits();
      },
    )
  );
  let seen = 0;
  await withFetch({
    hosts: [OPENAI, OTHER],
    control,
    handler() {
      seen++;
      return new Response("ok");
    },
  }, async ({ fetch, broker, audited }) => {
    await connect(broker, "openai", "sk-canary-1234567890");
    for (const host of [OPENAI, OTHER]) {
      await expect(fetch(`https://${host}/v1`)).rejects.toMatchObject({
        code: "OperationNotAllowed",
        message: expect.stringContaining(REFUSAL.message),
      });
    }
    const gives = new AbortController();
    const asked = fetch(`https://${OPENAI}/v1`, {
      ...{ method: "POST", body: "x", signal: gives.signal },
    });
    await waiting;
    gives.abort();
    await expect(asked).rejects.toThrow();
    expect(seen).toBe(0);
    expect((await audited()).map(({ event, rule, reason, provider }) => [
      ...[event, rule, reason, provider],
    ])).toEqual([
      ["deny", "no-writes", "rule", "openai"],
      ["deny", "no-writes", "rule", undefined],
      ["deny", "no-writes", "rule", "openai"],
    ]);
  });
});
