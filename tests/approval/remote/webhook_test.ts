// Requests to a webhook: sealed, signed as independent code verifies it, and answers that are posted back.
import { expect } from "expect";
import { test } from "node:test";
import { openMessage } from "../../../lib/approval/remote/remote_seal.ts";
import {
  newWebhookSecret,
  webhookHeaders,
} from "../../../lib/approval/remote/standard_webhook.ts";
import {
  WEBHOOK_FORMATS,
  webhookBody,
  type WebhookFormat,
} from "../../../lib/approval/remote/webhook_message.ts";
import { listenForAnswers } from "../../../lib/host/approval/answer_listener.ts";
import { Secret } from "../../../lib/secret.ts";
import { freePort } from "../../support/free_port.ts";
import { missing } from "../../support/missing.ts";
import { channelScene, until } from "./channel_scene.ts";
import { CANARIES, canaryRequest, sealedAnswer } from "./phone.ts";

const RECEIVER = new URL("webhook_receiver.py", import.meta.url).pathname;
const skip = await missing("python3");

interface Posted {
  verified: boolean;
  path: string;
  headers: Record<string, string>;
  body: string;
}

async function receiver(secret: string) {
  const child = new Deno.Command("python3", {
    args: [RECEIVER],
    env: { WEBHOOK_SECRET: secret },
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const posted: Posted[] = [];
  let port = 0;
  const reading = (async () => {
    let text = "";
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (text + part).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        if (port === 0) port = Number(line);
        else posted.push(JSON.parse(line));
      }
    }
  })();
  await until(() => port > 0);
  return {
    ...{ posted, port },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reading;
    },
  };
}

const PAGE = "https://me.example.com/approve.html";

for (const format of WEBHOOK_FORMATS) {
  test(
    `${format}: what is posted is signed, sealed, and answered at an own address`,
    {
      skip,
    },
    async () => {
      const secret = newWebhookSecret();
      await using to = await receiver(secret);
      const port = freePort();
      const url = new Secret(`http://127.0.0.1:${to.port}/services/canary-url`);
      const { channel, pair, warnings } = await channelScene(undefined, {
        page: PAGE,
        webhook: () =>
          Promise.resolve({ format, url, secret: new Secret(secret) }),
        listen: {
          at: { host: "127.0.0.1", port, url: `http://127.0.0.1:${port}` },
          open: listenForAnswers,
        },
      });
      const keys = await pair();
      const request = canaryRequest();
      const asking = channel.ask(request, new AbortController().signal);
      await until(() => to.posted.length > 0);
      const [{ verified, headers, body, path }] = to.posted as [Posted];
      expect([verified, path]).toEqual([true, "/services/canary-url"]);
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "webhook-id": expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      });
      const sealed = sealedIn(format, JSON.parse(body));
      const text = await openMessage(keys, "request", sealed);
      const { subject: _, ...told } = request;
      expect(JSON.parse(text!)).toMatchObject({ ...told, kind: "request" });
      for (const canary of [...CANARIES, request.id, request.digest]) {
        expect(JSON.stringify(to.posted)).not.toContain(canary);
      }
      const post = (body: BodyInit, method = "POST") =>
        fetch(`http://127.0.0.1:${port}`, { method, body });
      const bad = [
        await post("hello"),
        await post("a".repeat(100_000)),
        await post(await sealedAnswer(keys, canaryRequest())),
      ];
      expect(bad.map(({ status }) => status)).toEqual([403, 413, 403]);
      const other = await fetch(`http://127.0.0.1:${port}`);
      expect(other.status).toBe(405);
      for (const each of [...bad, other]) await each.body?.cancel();
      const answer = await sealedAnswer(keys, request);
      const taken = await post(answer);
      expect([taken.status, taken.headers.get("access-control-allow-origin")])
        .toEqual([200, "*"]);
      await taken.body?.cancel();
      expect(await asking).toMatchObject({ decision: "allow", by: "phone" });
      // The address is free again.
      await channel.close();
      await expect(post(answer)).rejects.toThrow();
      expect(warnings).toEqual([]);
    },
  );
}

/** The sealed request in what was posted; nothing else may be there. */
function sealedIn(
  format: WebhookFormat,
  body: Record<string, unknown>,
): string {
  const sealed = /a1\.[\w-]+/.exec(JSON.stringify(body))![0];
  const link = `${PAGE}#m=${sealed}`;
  const notice = "authsome: a request waits for your answer";
  expect(body).toEqual(
    {
      generic: {
        type: "approval.requested",
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        data: { sealed, link },
      },
      slack: {
        text: `<${link}|${notice}>`,
        ...{ unfurl_links: false, unfurl_media: false },
      },
      discord: {
        content: `${notice} <${link}>`,
        allowed_mentions: { parse: [] },
      },
    }[format],
  );
  return sealed;
}

test("the signature is that of the specification's example", async () => {
  // https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries.
  expect(
    await webhookHeaders(
      new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1_614_265_330_999,
      '{"test": 2432232314}',
    ),
  ).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("the longest message fits into what Discord takes", () => {
  const link = `https://${"a".repeat(248)}#m=a1.${"A".repeat(1_659)}`;
  const { content } = JSON.parse(
    webhookBody("discord", { link, sealed: "", at: 0 }),
  );
  expect(content.length).toBeLessThanOrEqual(2_000);
});

test("an address of Slack with signs of its markup stays one link", () => {
  const { text } = JSON.parse(webhookBody("slack", {
    ...{
      link: "https://me.example.com/?a=1&b=<c>|d#m=a1.x",
      sealed: "",
      at: 0,
    },
  }));
  expect(text).toBe(
    "<https://me.example.com/?a=1&amp;b=&lt;c&gt;%7Cd#m=a1.x|authsome: a request waits for your answer>",
  );
});

test("a webhook that fails is said once, without its address", async () => {
  const { channel, pair, warnings } = await channelScene(undefined, {
    webhook: () =>
      Promise.resolve({
        format: "slack" as const,
        url: new Secret("http://127.0.0.1:2/services/canary-url"),
        secret: new Secret(newWebhookSecret()),
      }),
  });
  await pair();
  const { signal } = new AbortController();
  for (let count = 0; count < 2; count++) {
    expect(await channel.ask(canaryRequest(), signal)).toBe(undefined);
  }
  expect(warnings).toEqual([
    expect.stringMatching(/^Cannot ask on the phone: cannot reach 127.0.0.1:2/),
  ]);
  expect(warnings[0]).not.toContain("canary-url");
});

test("an address that another program has is said once, and the phone is asked all the same", async () => {
  const port = freePort();
  await using other = await listener(port);
  expect(other.port).toBe(port);
  await expect(
    listenForAnswers({ host: "127.0.0.1", port }, () => Promise.resolve(true)),
  ).rejects.toMatchObject({
    code: "PortUnavailable",
    message: expect.stringContaining("another program does"),
  });
});

async function listener(port: number) {
  const opened = await listenForAnswers(
    { host: "127.0.0.1", port },
    () => Promise.resolve(false),
  );
  return { port: opened.port, [Symbol.asyncDispose]: () => opened.close() };
}
