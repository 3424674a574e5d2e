// A secret given as an argument: every command says what has become of it, and repeats nothing.
import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { refuseSecrets } from "../../lib/cli/kit/secret_arguments.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";

const CANARY = "canary1234567890abcdef";
const FORMS: string[][] = [
  [`--api-key=${CANARY}`],
  ["--api-key", CANARY],
  ["--apiKey", CANARY],
  ["--token", "canary"],
  ["-token", "canary"],
  ["--client-secret=canary"],
  ["--password", "canary"],
  ["--github-token", "canary"],
  ["OPENAI_API_KEY=canary"],
  ["token=canary"],
  ["export GH_TOKEN=canary"],
  [`NAME=ghp_${CANARY}`],
  [`sk-${CANARY}`],
  [`"sk-${CANARY}"`],
  [`-k${`ghp_${CANARY}`}`],
  [`--connection=ghp_${CANARY}`],
  ["--connection", `sk-ant-${CANARY}`],
  [`--profile=ghp_${CANARY}`],
  [`eyJ${CANARY}.${CANARY}.x`],
  ["Authorization: Bearer canary"],
  ["Bearer canary"],
  ["-H", "x-api-key: canary"],
  ["-----BEGIN PRIVATE KEY-----\ncanary"],
];

test("every command says that a secret in its arguments is to be revoked, wherever it stands", async () => {
  const names = Object.keys(COMMANDS).filter((name) => COMMANDS[name]!.group);
  for (const name of [...names, "no-such-command"]) {
    const words = name.split(" ");
    for (const form of FORMS) {
      for (
        const argv of [
          [...words, ...form],
          [...form, ...words],
          ["--json", ...words, ...form, "--quiet"],
        ]
      ) {
        const { code, stdout, stderr } = await runCommand(argv);
        const said = stdout + stderr;
        expect({ argv, code, revoke: said.includes("history now: revoke it") })
          .toEqual({ argv, code: 2, revoke: true });
        expect(said).not.toContain("canary");
      }
    }
  }
});

test("a key without a known beginning is seen where no other name can stand", async () => {
  for (
    const argv of [
      ["login", "openai", "0123456789abcdef0123456789abcdef"],
      ["login", "openai", "Canary1234567890Canary1234"],
      ["get", "Canary1234567890Canary1234"],
      ["Canary1234567890Canary1234"],
      // What is short may also be the name of a connection.
      ["login", "openai", "canary"],
    ]
  ) {
    const { code, stdout, stderr } = await runCommand(argv);
    expect({ argv, code }).toEqual({ argv, code: 2 });
    expect(stderr).toContain("history now: revoke it");
    expect(stdout + stderr).not.toMatch(/canary|01234/i);
  }
});

test("what is no secret is left alone, and so are the words of another command", () => {
  for (
    const line of [
      "get openai --field access_token --show-secret",
      "login github --client-id 1234567890-a1b2c3d4e5f6.apps.example.com",
      "login openai --connection fc-2024-production-db1",
      "login https://mcp.example.com/mcp",
      "login --resume 123e4567-e89b-42d3-a456-426614174000",
      "export --connection p=token-x --format env",
      "run --connection openai_key=work -- curl --token=x sk-0123456789abcdef",
      "run curl -H Bearer:x sk-0123456789abcdef0123456789",
      "register ./providers/Key-0123456789-Definition.json --yes",
      "profile create 0123456789abcdef0123456789abcdef",
      "explain https://api.example.com/v1?key=1",
      "scan --file /home/me/.env.production2024",
      "get -- --token x",
      "log -n 1000 --provider google-gemini",
      `login openai OPENAI_API_KEY=authsome-proxy-managed`,
    ]
  ) expect(() => refuseSecrets(line.split(" "))).not.toThrow();
});
