// From `config.json` and the vault to a phone and back: whom the rules of a run ask.
import { expect } from "expect";
import { test } from "node:test";
import { pairingKeys } from "../../../lib/approval/remote/remote_seal.ts";
import { approverFor } from "../../../lib/broker/approval/approver_for.ts";
import {
  pairedDevices,
  pairPhone,
  removeWebhook,
  setWebhook,
  unpairPhone,
} from "../../../lib/broker/approval/manage_phones.ts";
import {
  remoteChannels,
  remoteSettings,
} from "../../../lib/broker/approval/remote_channels.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { verifyVault } from "../../../lib/broker/custody/verify_vault.ts";
import { Secret } from "../../../lib/secret.ts";
import { memoryRuntime } from "../../support/fakes/memory_runtime.ts";
import { FakeNtfy } from "../../support/fakes/fake_ntfy.ts";
import { fakeLineage, RUN } from "../scene.ts";
import { published, until } from "./channel_scene.ts";
import { canaryRequest, sealedAnswer } from "./phone.ts";

/** A broker of a home with this `approval`, and what it warned of. */
async function brokerWith(
  approval: unknown,
  env: Record<string, string> = {},
) {
  const runtime = memoryRuntime(env);
  runtime.text.set(
    "config.json",
    JSON.stringify({ spec_version: 1, ...approval ? { approval } : {} }),
  );
  runtime.clock.now = () => Date.now();
  const warnings: string[] = [];
  const { lineage, add } = fakeLineage();
  const broker = await Broker.open(
    Object.assign(runtime, {
      fetch,
      lineage: () => Promise.resolve(lineage),
      warn: (message: string) => void warnings.push(message),
    }),
  );
  return { broker, warnings, runtime, add };
}

async function pair(broker: Broker, name = "phone") {
  const { code, topic } = await pairPhone(
    ...[broker, remoteSettings(broker), name, "laptop", false] as const,
  );
  const found = new URLSearchParams(code);
  const keys = await pairingKeys(new Secret(found.get("pair")!));
  expect([found.get("name"), topic]).toEqual(["laptop", keys.topics.notice]);
  return keys;
}

test("a rule asks on the phone, its answer stands, and the receipt says so", async () => {
  await using ntfy = await FakeNtfy.start();
  const { broker, warnings, runtime } = await brokerWith({
    ntfy: { server: ntfy.origin },
    timeout: 30,
  });
  const keys = await pair(broker);
  const approver = await approverFor(broker, { id: "0123456789abcdef" });
  const request = canaryRequest();
  const asking = approver.ask(request);
  await published(ntfy, keys);
  ntfy.publish(
    keys.topics.answer,
    await sealedAnswer(keys, request, { decision: "deny" }),
  );
  expect(await asking).toMatchObject({ decision: "deny", by: "phone" });
  await broker.audit.flush();
  const log = runtime.audited.join("\n");
  expect(log).toContain("deny once by phone");
  expect(log).toContain('"event":"pair"');
  expect(log).not.toContain(keys.topics.answer);
  expect(warnings).toEqual([]);
  await until(() => ntfy.streams === 0);
  await broker.close();
});

test("off by default: without a way in config.json nothing is sent, and nothing can be paired", async () => {
  for (
    const approval of [
      undefined,
      { timeout: 30 },
      { page: "https://me.example.com/" },
    ]
  ) {
    const { broker } = await brokerWith(approval);
    expect(remoteChannels(broker, () => {})).toEqual([]);
    await expect(pair(broker)).rejects.toMatchObject({
      code: "OperationNotAllowed",
      hint: expect.stringContaining('"ntfy"'),
    });
    await broker.close();
  }
});

test("settings that cannot be used are refused when a run begins to ask", async () => {
  const { broker } = await brokerWith({ ntfy: { server: "http://a.example" } });
  await expect(approverFor(broker, { id: "0" })).rejects.toMatchObject({
    code: "StoreUnavailable",
    message: expect.stringContaining('field "approval.ntfy.server"'),
  });
  await broker.close();
});

test("a command of a run pairs nothing, by its variables or by its parents", async () => {
  const approval = { ntfy: { server: "https://ntfy.example.com" } };
  const { broker } = await brokerWith(approval, {
    AUTHSOME_PROXY_MODE: "true",
  });
  const hidden = await brokerWith(approval);
  hidden.add(RUN.pid, 10, RUN.started, { inRun: true });
  for (const each of [broker, hidden.broker]) {
    await expect(pair(each)).rejects.toMatchObject({
      code: "OperationNotAllowed",
      message: expect.stringContaining("a command of authsome run may not"),
    });
    await expect(setWebhook(each, "slack", { url: "https://a.example/x" }))
      .rejects.toMatchObject({ code: "OperationNotAllowed" });
    expect(await pairedDevices(each)).toEqual({ phones: [] });
    await each.close();
  }
});

test("phones and the webhook are added, listed without their secrets, and removed", async () => {
  const { broker } = await brokerWith({
    ntfy: { server: "https://ntfy.example.com" },
  });
  await pair(broker, "pixel");
  await pair(broker, "tablet");
  await expect(pair(broker, "pixel")).rejects.toMatchObject({
    code: "ConnectionExists",
  });
  await expect(pair(broker, "a/b")).rejects.toMatchObject({ code: "Usage" });
  const secret = await setWebhook(broker, "discord", {
    url: "https://discord.example/api/webhooks/1/canary-url",
  });
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  const devices = await pairedDevices(broker);
  expect(devices).toEqual({
    phones: [
      { name: "pixel", pairedAt: expect.any(Number) },
      { name: "tablet", pairedAt: expect.any(Number) },
    ],
    webhook: {
      ...{ format: "discord", isReference: false },
      createdAt: expect.any(Number),
    },
  });
  await unpairPhone(broker, "pixel");
  await removeWebhook(broker);
  expect((await pairedDevices(broker)).phones.map(({ name }) => name))
    .toEqual(["tablet"]);
  await expect(unpairPhone(broker, "pixel")).rejects.toMatchObject({
    code: "ConnectionNotFound",
  });
  await expect(removeWebhook(broker)).rejects.toMatchObject({
    code: "ConnectionNotFound",
  });
  for (
    const url of [
      ...[
        "x",
        "ftp://a.example",
        "http://a.example/x",
        "https://u:p@a.example",
      ],
      "https://a.example/#x",
    ]
  ) {
    await expect(setWebhook(broker, "slack", { url })).rejects.toMatchObject({
      code: "Usage",
      message: expect.not.stringContaining(url),
    });
  }
  await broker.close();
});

test("the address of a webhook may stay in a manager, and is read when it is needed", async () => {
  await using ntfy = await FakeNtfy.start();
  const { broker, warnings } = await brokerWith({
    ntfy: { server: ntfy.origin },
  }, { HOOK: `${ntfy.origin}/hook` });
  const keys = await pair(broker);
  await setWebhook(broker, "generic", { reference: "env:HOOK" });
  const [channel] = remoteChannels(broker, (each) => void warnings.push(each));
  const request = canaryRequest();
  const asking = channel!.ask(request, new AbortController().signal);
  await published(ntfy, keys);
  const posted = () => ntfy.received.find(({ url }) => url === "/hook");
  await until(() => posted() !== undefined);
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  expect((await asking)?.decision).toBe("allow");
  expect(posted()?.body).toMatch(/^\{"type":"approval.requested"/);
  expect(warnings).toEqual([]);
  await broker.close();
});

test("a phone whose record is damaged takes no other along, is named, and can be removed", async () => {
  await using ntfy = await FakeNtfy.start();
  const { broker } = await brokerWith({ ntfy: { server: ntfy.origin } });
  const keys = await pair(broker, "good");
  await pair(broker, "bad");
  const vault = await broker.vault();
  const store = await broker.store();
  const name = await vault.storeName("remote/phone/bad");
  const { revision } = (await store.get(name))!;
  await store.put(name, '{"broken":1}', revision);
  expect((await pairedDevices(broker)).phones).toEqual([
    { name: "bad" },
    { name: "good", pairedAt: expect.any(Number) },
  ]);
  const { damaged } = await verifyVault(broker);
  expect(damaged).toEqual([
    { what: "phone bad", hint: "authsome approve unpair bad" },
  ]);
  const [channel] = remoteChannels(broker, () => {});
  const request = canaryRequest();
  const asking = channel!.ask(request, new AbortController().signal);
  await published(ntfy, keys);
  ntfy.publish(keys.topics.answer, await sealedAnswer(keys, request));
  expect((await asking)?.decision).toBe("allow");
  await unpairPhone(broker, "bad");
  expect((await pairedDevices(broker)).phones.length).toBe(1);
  await broker.close();
});
