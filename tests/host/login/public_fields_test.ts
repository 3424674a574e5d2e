// How a login asks for what is no secret: on the terminal, by a variable, and by --stdin.
import { expect } from "expect";
import { test } from "node:test";
import { terminalConversation } from "../../../lib/host/login/conversation_terminal.ts";
import {
  fromEnvironment,
  fromStdin,
} from "../../../lib/host/login/conversations.ts";
import type * as Prompt from "../../../lib/host/login/prompt.ts";
import type { LoginConversation } from "../../../lib/ports/conversation.ts";
import { credentialFields } from "../../../lib/provider/credential_fields.ts";
import { keyProvider } from "../../support/browser/form.ts";
import { freePort } from "../../support/free_port.ts";
import { withHome } from "../../support/home.ts";
import { cliCommand } from "../../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";

const PROVIDER = keyProvider({
  api_key: {
    secret_fields: ["token"],
    public_fields: ["account", "site"],
    optional_fields: ["site"],
    env_var: "ACME_TOKEN",
    inject: [{ kind: "basic", username: "{account}", password: "{token}" }],
  },
  export: {
    env: {
      ACME_TOKEN: "token",
      ACME_ACCOUNT: "account",
      ACME_SITE: "site",
    },
  },
});
const REQUEST = {
  provider: PROVIDER,
  connection: "default",
  fields: credentialFields(PROVIDER.definition),
};

function revealed(
  secrets: Awaited<ReturnType<LoginConversation["askSecrets"]>>,
) {
  return Object.entries(secrets).map(([field, secret]) =>
    `${field}=${secret.reveal()}`
  );
}

/** Says what it was asked for, and answers nothing. */
function asking(said: string[] = []) {
  return {
    say: (message: string) => said.push(message),
    askSecrets: () => Promise.reject(new Error("asked")),
  } as unknown as LoginConversation;
}

test("on a terminal what is no secret comes first and is shown; the secret is not", async () => {
  const questions: string[] = [];
  const ask = (how: string) => ({ message, check }: Prompt.Question) => {
    questions.push(`${how} ${message}`);
    expect(check?.("a\0b")).toMatch(/control character/);
    return Promise.resolve(how === "shown" ? "me" : "canary");
  };
  const conversation = terminalConversation({
    provider: PROVIDER,
    connection: "default",
    port: freePort(),
    clock: { now: () => Date.now() },
    signal: new AbortController().signal,
    say() {},
    tell() {},
    prompt: () =>
      Promise.resolve(
        {
          askLine: ask("shown"),
          askMasked: ask("masked"),
        } as unknown as typeof Prompt,
      ),
  });
  expect(revealed(await conversation.askSecrets(REQUEST))).toEqual([
    ...["account=me", "site=me", "token=canary"],
  ]);
  expect(questions).toEqual([
    "shown Account of Acme",
    "shown Site of Acme (press Enter if there is none)",
    "masked Token of Acme",
  ]);
});

test("--stdin takes JSON by name in any order, and what is no secret is needed as well", async () => {
  const stdin = (text: string) =>
    fromStdin(asking(), () => Promise.resolve(text)).askSecrets(REQUEST);
  expect(revealed(await stdin('{"token":"t","account":"a"}')))
    .toEqual(["account=a", "token=t"]);
  expect(revealed(await stdin('{"site":"s","account":"a","token":"t"}')))
    .toEqual(["account=a", "site=s", "token=t"]);
  for (const text of ["t", '{"token":"t"}', '{"account":"a"}']) {
    await expect(stdin(text)).rejects.toMatchObject({ code: "Usage" });
  }
});

test("a variable has the key only where those of what belongs to it are set too", async () => {
  const from = async (variables: Record<string, string>) => {
    const said: string[] = [];
    const secrets = await fromEnvironment(
      asking(said),
      PROVIDER,
      { get: (name) => variables[name], toObject: () => variables },
    ).askSecrets(REQUEST);
    return [...revealed(secrets), ...said];
  };
  expect(await from({ ACME_TOKEN: "t", ACME_ACCOUNT: "a" })).toEqual([
    ...["token=t", "account=a"],
    "Using the key in ACME_TOKEN",
    "Using the value in ACME_ACCOUNT",
  ]);
  for (
    const variables of [
      { ACME_TOKEN: "t" },
      { ACME_ACCOUNT: "a" },
      { ACME_TOKEN: "t", ACME_ACCOUNT: "authsome-proxy-managed" },
      { ACME_TOKEN: "t", ACME_SITE: "s" },
    ] as Record<string, string>[]
  ) await expect(from(variables)).rejects.toThrow("asked");
});

test("a login by --stdin stores both, and the provider's page says which is which", () =>
  withHome(async (home) => {
    const login = await runCommand(
      ["login", "twilio", "--stdin", "--no-verify"],
      {
        home,
        stdin:
          `{"account_sid":"AC1234","auth_token":"0123456789abcdef0123456789abcdef"}\n`,
      },
    );
    expect([login.code, login.stderr]).toEqual([0, login.stderr]);
    const got = await runCommand(["get", "twilio", "--json"], { home });
    expect(JSON.parse(got.stdout)).toMatchObject({
      account_sid: "AC1234",
      auth_token: "[redacted]",
    });
  }));

test(
  "a real terminal shows what is no secret as it is typed, and not the secret",
  { skip: NO_PSEUDO_TERMINAL },
  () =>
    withHome(async (home) => {
      const env = {
        AUTHSOME_HOME: home,
        HOME: home,
        AUTHSOME_PORT: String(freePort()),
        AUTHSOME_NO_VERIFY: "1",
        NO_COLOR: "1",
        PATH: Deno.env.get("PATH")!,
        ...Deno.env.has("DENO_DIR")
          ? { DENO_DIR: Deno.env.get("DENO_DIR")! }
          : {},
      };
      const secret = "0123456789abcdef0123456789abcdef";
      await using terminal = new PseudoTerminal(
        cliCommand("login", "twilio", "--no-browser"),
        { env },
      );
      await terminal.shows("Account SID of Twilio");
      await terminal.type("ACtyped");
      await terminal.shows("ACtyped");
      await terminal.type("\r");
      await terminal.shows("Auth token of Twilio");
      await terminal.type(`${secret}\r`);
      expect(await terminal.ended()).toEqual({ code: 0, restored: true });
      expect(terminal.screen).not.toContain(secret);
      const got = await runCommand(
        ["get", "twilio", "--field", "account_sid"],
        { home },
      );
      expect(got.stdout).toBe("ACtyped\n");
    }),
);
