import { expect } from "expect";
import { test } from "node:test";
import { terminalConversation } from "../../../lib/host/login/conversation_terminal.ts";
import {
  conversations,
  fromEnvironment,
  fromStdin,
} from "../../../lib/host/login/conversations.ts";
import type * as Prompt from "../../../lib/host/login/prompt.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
import type { LoginConversation } from "../../../lib/ports/conversation.ts";
import type { Env } from "../../../lib/ports/system.ts";
import type { Provider } from "../../../lib/provider/definition.ts";
import type { Secret } from "../../../lib/secret.ts";
import { keyProvider, oauthProvider } from "../../support/browser/form.ts";
import { freePort } from "../../support/free_port.ts";

const env = (variables: Record<string, string>): Env => ({
  get: (name) => variables[name],
  toObject: () => variables,
});

/** A conversation that must not be reached, and what was said. */
function mute() {
  const said: string[] = [];
  const conversation: LoginConversation = {
    redirectUri: "http://127.0.0.1:7998/auth/callback/oauth",
    signal: new AbortController().signal,
    say: (message) => said.push(message),
    askSecrets: () => Promise.reject(new Error("asked")),
    askClient: () => Promise.reject(new Error("asked")),
    authorize: () => Promise.reject(new Error("asked")),
    showDeviceCode: () => Promise.reject(new Error("asked")),
    end: () => Promise.resolve(),
  };
  return { said, conversation };
}

/** A terminal on which `answers` are typed in turn; a wrong one is checked as the real prompt does. */
function terminal(
  provider: Provider,
  answers: (string | boolean | AuthsomeError)[],
  signal: AbortSignal = new AbortController().signal,
) {
  const said: string[] = [];
  const refused: string[] = [];
  const port = freePort();
  async function answer(question: Prompt.Question): Promise<string> {
    for (;;) {
      const next = answers.shift();
      // Nobody types any more: the prompt stands until its signal aborts.
      if (next === undefined) {
        return await new Promise((_, reject) =>
          question.signal.addEventListener(
            "abort",
            () => reject(question.signal.reason),
          )
        );
      }
      if (next instanceof AuthsomeError) throw next;
      const problem = question.check?.(String(next));
      if (problem === undefined) return String(next);
      refused.push(problem);
    }
  }
  const prompt = {
    askLine: answer,
    askMasked: answer,
    askYes: () => Promise.resolve(answers.shift() === true),
  } as unknown as typeof Prompt;
  const conversation = terminalConversation({
    provider,
    connection: "default",
    port,
    clock: { now: () => Date.now() },
    signal,
    say: (message) => said.push(message),
    tell: (message) => said.push(message),
    prompt: () => Promise.resolve(prompt),
  });
  return { conversation, said, refused, port };
}

const key = (provider: Provider) => ({
  provider,
  connection: "default",
  fields: ["api_key"],
});

test("the variable that the definition names answers, and is named", async () => {
  const provider = keyProvider({ api_key: { env_var: ["ACME_KEY", "ACME"] } });
  const { conversation, said } = mute();
  const secrets = await fromEnvironment(
    conversation,
    provider,
    env({ ACME: "canary" }),
  ).askSecrets(key(provider));
  expect(secrets.api_key!.reveal()).toBe("canary");
  expect(said).toEqual(["Using the key in ACME"]);
});

test("an empty variable, and the placeholder of a run, are no answer", async () => {
  const provider = keyProvider({ api_key: { env_var: "ACME_KEY" } });
  for (const ACME_KEY of ["", "authsome-proxy-managed"]) {
    const asked = fromEnvironment(
      mute().conversation,
      provider,
      env({ ACME_KEY }),
    ).askSecrets(key(provider));
    await expect(asked).rejects.toThrow("asked");
  }
});

test("--stdin takes one line, or one line of JSON for several fields", async () => {
  const one = keyProvider();
  const line = (text: string | undefined) =>
    fromStdin(mute().conversation, () => Promise.resolve(text));
  const secrets = await line("ak_12345678").askSecrets(key(one));
  expect(secrets.api_key!.reveal()).toBe("ak_12345678");
  const both = await line('{"id":"i","token":"t"}').askSecrets({
    ...key(one),
    fields: ["id", "token"],
  });
  expect([both.id!.reveal(), both.token!.reveal()]).toEqual(["i", "t"]);
});

test("--stdin does without a field that may be left out, and with no other", async () => {
  const provider = keyProvider({
    api_key: { secret_fields: ["id", "token"], optional_fields: ["token"] },
  });
  const ask = (text: string) =>
    fromStdin(mute().conversation, () => Promise.resolve(text)).askSecrets({
      ...key(provider),
      fields: ["id", "token"],
    });
  expect(Object.keys(await ask('{"id":"i"}'))).toEqual(["id"]);
  await expect(ask('{"token":"t"}')).rejects.toMatchObject({ code: "Usage" });
});

test("where only one field is needed, --stdin takes it alone, and its variable is read", async () => {
  const provider = keyProvider({
    api_key: {
      secret_fields: ["api_key", "account_token"],
      optional_fields: ["account_token"],
      env_var: "ACME_KEY",
    },
    export: { env: { ACME_KEY: "api_key", ACME_ACCOUNT: "account_token" } },
  });
  const request = { ...key(provider), fields: ["api_key", "account_token"] };
  const shown = (secrets: Record<string, Secret>) =>
    Object.entries(secrets).map(([field, secret]) =>
      `${field}=${secret.reveal()}`
    );
  const stdin = (text: string) =>
    fromStdin(mute().conversation, () => Promise.resolve(text))
      .askSecrets(request);
  expect(shown(await stdin("k\n"))).toEqual(["api_key=k"]);
  expect(shown(await stdin('{"api_key":"k","account_token":"a"}')))
    .toEqual(["api_key=k", "account_token=a"]);
  const from = (variables: Record<string, string>) =>
    fromEnvironment(mute().conversation, provider, env(variables))
      .askSecrets(request);
  expect(shown(await from({ ACME_KEY: "k" }))).toEqual(["api_key=k"]);
  expect(shown(await from({ ACME_KEY: "k", ACME_ACCOUNT: "a" })))
    .toEqual(["api_key=k", "account_token=a"]);
  await expect(from({ ACME_ACCOUNT: "a" })).rejects.toThrow("asked");
});

test("--stdin refuses a line that is no secret, without repeating it", async () => {
  const provider = keyProvider();
  for (const text of [undefined, "", "canary\0", "canary {", "[]"]) {
    const fields = text?.startsWith("canary {") || text === "[]"
      ? ["id", "token"]
      : ["api_key"];
    const failure = await fromStdin(
      mute().conversation,
      () => Promise.resolve(text),
    ).askSecrets({ ...key(provider), fields }).catch((error) => error);
    expect(failure).toMatchObject({ code: "Usage" });
    expect(failure.message + failure.hint).not.toContain("canary");
  }
});

test("--stdin holds the client secret when the client ID is given", async () => {
  const request = { provider: oauthProvider(), redirectUri: "", scopes: [] };
  const line = () => Promise.resolve("s3cret");
  const client = await fromStdin(mute().conversation, line, "id").askClient(
    request,
  );
  expect([client.clientId, client.clientSecret?.reveal()])
    .toEqual(["id", "s3cret"]);
  await expect(fromStdin(mute().conversation, line).askClient(request))
    .rejects.toMatchObject({ code: "Usage" });
});

test("on a terminal a doubted key is asked for again unless the person insists", async () => {
  const provider = keyProvider();
  const { conversation, refused } = terminal(provider, [
    "",
    "sk-wrong",
    false,
    "ak_12345678",
  ]);
  expect((await conversation.askSecrets(key(provider))).api_key!.reveal())
    .toBe("ak_12345678");
  expect(refused).toEqual(["API key is missing."]);
  const insisting = terminal(provider, ["sk-wrong", true]).conversation;
  expect((await insisting.askSecrets(key(provider))).api_key!.reveal())
    .toBe("sk-wrong");
});

test("on a terminal what is no key is asked for again, and so is a client secret", async () => {
  const provider = keyProvider();
  const asked = terminal(provider, [
    '"ak_12345678"',
    "ACME_KEY=ak_12345678",
    "op://a/b",
    "ghp_12345678",
    false,
    "\ufeffak_12345678\r",
  ]);
  expect((await asked.conversation.askSecrets(key(provider))).api_key!.reveal())
    .toBe("ak_12345678");
  expect(asked.refused.length).toBe(3);
  expect(asked.said.join()).toContain("looks like a key of github-pat");
  const app = oauthProvider();
  const client = terminal(app, [
    "CLIENT_ID=x",
    "'id'",
    "id",
    '"s3cret"',
    "s3cret",
  ]);
  const { clientId, clientSecret } = await client.conversation.askClient({
    provider: app,
    redirectUri: "",
    scopes: [],
  });
  expect([clientId, clientSecret?.reveal(), client.refused.length])
    .toEqual(["id", "s3cret", 3]);
});

test("a declared variable that holds no key is no answer, and is named", async () => {
  const provider = keyProvider({ api_key: { env_var: ["ACME_KEY", "ACME"] } });
  const { conversation, said } = mute();
  const ask = (force?: boolean) =>
    fromEnvironment(
      conversation,
      provider,
      env({ ACME_KEY: "'canary'", ACME: "changeme-canary" }),
      force,
    ).askSecrets(key(provider));
  await expect(ask()).rejects.toThrow("asked");
  expect(said.map((line) => line.split(":")[0]))
    .toEqual(["ACME_KEY is not used", "ACME is not used"]);
  expect(said.join()).not.toContain("canary");
  expect((await ask(true)).api_key!.reveal()).toBe("changeme-canary");
});

test("on a terminal Enter alone is no client secret", async () => {
  const provider = oauthProvider({ oauth: { redirect_rules: "localhost" } });
  const { conversation, said } = terminal(provider, ["id-1", ""]);
  expect(
    await conversation.askClient({
      provider: oauthProvider(),
      redirectUri: conversation.redirectUri,
      scopes: ["read"],
    }),
  ).toEqual({ clientId: "id-1" });
  expect(said.join("\n")).toContain(conversation.redirectUri);
  expect(said.join("\n")).toContain("with the host name localhost");
});

const URL_S1 = new URL("https://acme.test/authorize?state=s1");
const isS1 = (callback: URLSearchParams) => callback.get("state") === "s1";

test("on a terminal the address can be pasted back; a foreign one changes nothing", async () => {
  const { conversation, said, refused } = terminal(oauthProvider(), [
    "",
    "http://127.0.0.1:1/auth/callback/oauth?code=evil&state=other",
    "http://127.0.0.1:1/auth/callback/oauth?code=c1&state=s1",
  ]);
  const callback = await conversation.authorize(URL_S1, isS1);
  expect(callback.get("code")).toBe("c1");
  expect(refused.length).toBe(1);
  expect(said.join("\n")).toContain(URL_S1.href);
  expect(said.join("\n")).toContain("ssh -L");
  await conversation.end({ kind: "connected", connection: "default" });
});

test("on a terminal wrong addresses end the login at last, and no word is taken for a code", async () => {
  const wrong = "http://127.0.0.1:1/auth/callback/oauth?code=c&state=other";
  const words = ["help", "ls -la", wrong, "me@example.com", wrong];
  const { conversation, said, refused } = terminal(
    oauthProvider(),
    [...words, ...words, ...words],
  );
  await expect(conversation.authorize(URL_S1, isS1)).rejects
    .toMatchObject({ code: "InputCancelled", hint: "authsome login acme" });
  const wrongs = said.filter((line) => /does not belong|is not the/.test(line));
  expect([refused.length, wrongs.length]).toEqual([0, 10]);
  await conversation.end({ kind: "failed", message: "" });
});

test("on a terminal the redirect itself is taken too, and the question goes away", async () => {
  const { conversation, port } = terminal(oauthProvider(), []);
  const answer = conversation.authorize(URL_S1, isS1);
  let status = 0;
  for (let tries = 0; tries < 100 && status !== 303; tries++) {
    const response = await fetch(
      `http://127.0.0.1:${port}/auth/callback/oauth?code=c2&state=s1`,
      { redirect: "manual" },
    ).catch(() => undefined);
    await response?.body?.cancel();
    status = response?.status ?? 0;
    if (status !== 303) await new Promise((done) => setTimeout(done, 20));
  }
  expect((await answer).get("code")).toBe("c2");
  await conversation.end({ kind: "connected", connection: "default" });
});

test("on a terminal with a busy port the address can still be pasted", async () => {
  const { conversation, port, said } = terminal(oauthProvider(), ["code-3"]);
  const squatter = Deno.listen({ hostname: "127.0.0.1", port });
  squatter.close();
  const busy = Deno.serve(
    { hostname: "127.0.0.1", port, onListen() {} },
    () => new Response("busy"),
  );
  try {
    const callback = await conversation.authorize(URL_S1, isS1);
    expect(callback.get("code")).toBe("code-3");
    expect(said.join("\n")).toContain(`Cannot listen on 127.0.0.1:${port}`);
  } finally {
    await busy.shutdown();
  }
});

test("Ctrl-C at a question ends the wait for the redirect too", async () => {
  const interrupted = new AuthsomeError("Interrupted", "Interrupted");
  const { conversation } = terminal(oauthProvider(), [interrupted]);
  await expect(conversation.authorize(URL_S1, isS1)).rejects.toBe(interrupted);
  await conversation.end({ kind: "failed", message: "Interrupted" });
});

test("a device code is shown with its address and a code for a phone's camera", async () => {
  const { conversation, said } = terminal(oauthProvider(), []);
  await conversation.showDeviceCode({
    userCode: "ABCD-EFGH",
    verificationUri: "https://acme.test/device",
    expiresAt: 0,
  });
  expect(said.join()).toContain("https://acme.test/device");
  expect(said.join()).toContain("ABCD-EFGH");
  expect(said.join()).toMatch(/[▀▄█]/);
});

test("a program without terminal and browser gets the address of a page", async () => {
  const port = freePort();
  const told: string[] = [];
  const provider = keyProvider();
  const ways = conversations({
    env: env({ AUTHSOME_PORT: String(port) }),
    clock: { now: () => Date.now() },
    interactive: false,
    browser: false,
    say() {},
    tell: (message) => told.push(message),
  });
  expect(ways.browser).toBe(false);
  const controller = new AbortController();
  const conversation = ways.open({
    provider,
    connection: "default",
    flow: "api_key",
    signal: controller.signal,
  });
  const answer = conversation.askSecrets(key(provider));
  const stopped = expect(answer).rejects.toMatchObject({ code: "Interrupted" });
  for (let tries = 0; tries < 100 && told.length === 0; tries++) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const url = /http:\S+/.exec(told.join())![0];
  expect(url).toMatch(
    new RegExp(`^http://127.0.0.1:${port}/login/[\\w-]{43}$`),
  );
  const page = await (await fetch(url)).text();
  expect(page).toContain("Connect Acme");
  controller.abort(new AuthsomeError("Interrupted", "Interrupted"));
  await stopped;
  await conversation.end({ kind: "failed", message: "Interrupted" });
});

test("a port that is none is refused by name", () => {
  for (const AUTHSOME_PORT of ["0", "65536", "80a", "-1", " 80"]) {
    const ways = conversations({
      env: env({ AUTHSOME_PORT }),
      clock: { now: () => 0 },
      interactive: false,
      say() {},
      tell() {},
    });
    expect(() =>
      ways.open({
        provider: keyProvider(),
        connection: "default",
        flow: "api_key",
        signal: new AbortController().signal,
      })
    ).toThrow(/AUTHSOME_PORT/);
  }
});
