import { expect } from "expect";
import { test } from "node:test";
import { withAwsProfiles } from "../../lib/broker/setup/files/aws_config.ts";
import { withCargoProvider } from "../../lib/broker/setup/files/cargo_config.ts";
import {
  readKubeconfig,
  withKubeUsers,
} from "../../lib/broker/setup/files/kubeconfig.ts";
import { withoutMarked } from "../../lib/broker/setup/files/marked_lines.ts";
import { withKeyringProvider } from "../../lib/broker/setup/files/pip_config.ts";

const aws = (text: string) =>
  withAwsProfiles(text, [
    { name: "x", command: ["authsome", "credential", "aws", "aws/x"] },
    {
      name: "my y",
      command: ["/a b/authsome", "credential", "aws", "aws/my y"],
    },
  ], "f");
const cargo = (text: string) => withCargoProvider(text, "/home/a b/p", "f");
const pip = (text: string) => withKeyringProvider(text, "f");
const KUBE = `contexts:
- name: a
  context: {cluster: c}
- context:
    user: "old"   # who
    cluster: c
  name: b
`;
const kube = (text: string) =>
  withKubeUsers(text, [{
    context: "b",
    name: "authsome-k-b",
    command: ["authsome", "credential", "kubectl"],
  }], "f");

for (
  const [tool, change, texts, wanted] of [
    ["aws", aws, [
      "",
      "# only a comment",
      "[default]\nregion = a",
      "[profile x]",
      "[profile x]\nregion = a\n[profile z]\n",
      '[profile "my y"]\r\nregion = a\r\n\r\n[sso-session s]\r\n',
    ], /credential_process = authsome credential aws aws\/x\r?\n/],
    ["cargo", cargo, [
      "",
      "[net]\nretry = 0",
      "[registry]",
      '[registry]\ndefault = "a"\n\n[net]\n',
      '[registry]\nglobal-credential-providers = [\n  "cargo:token", # c\n  "cargo:libsecret",\n]',
      '[registries.a]\r\nindex = "x"\r\n',
    ], /\[registry\][^]*"\/home\/a b\/p"\]/],
    ["pip", pip, [
      "",
      "[global]",
      "[global]\ntimeout = 60\nkeyring-provider: auto",
      "[global]\nkeyring-provider =\n  auto\nindex-url = x\n",
      "[install]\r\nuser = false",
    ], /\[global\][^]*\nkeyring-provider = subprocess\r?\n/],
    ["kubectl", kube, [
      KUBE,
      `${KUBE}users: []`,
      `users:\n  # mine\n  - name: x\n    user: {token: t}\n${KUBE}`,
      `${KUBE}users:\n- name: x\n  user:\n    token: t`,
      KUBE.replaceAll("\n", "\r\n"),
    ], /user: "authsome-k-b"/],
  ] as const
) {
  for (const text of texts) {
    test(`${tool}: undo gives back ${JSON.stringify(text)}, byte by byte`, () => {
      const changed = change(text);
      expect(changed).toMatch(wanted);
      expect(change(changed)).toBe(changed);
      expect(withoutMarked(changed, tool, "f")).toBe(text);
      if (!changed.endsWith("\n")) return;
      // In the middle of a text.
      const more = "# more\n";
      const behind = withoutMarked(changed + more, tool, "f");
      const isEnded = text === "" || text.endsWith("\n");
      const end = isEnded ? "" : text.includes("\r") ? "\r\n" : "\n";
      expect(behind).toBe(text + end + more);
    });
  }
}

test("what a person added below a section of ours keeps its header", () => {
  expect(withoutMarked(`${pip("")}index-url = x\n`, "pip", "f"))
    .toBe("[global]\nindex-url = x\n");
  expect(withoutMarked(`${aws("")}region = a\n[profile z]\n`, "aws", "f"))
    .toBe('[profile "my y"]\nregion = a\n[profile z]\n');
});

test("a profile with other credentials is not changed, nor a file that is not understood", () => {
  for (
    const line of ["role_arn = r", "sso_session=s", "aws_access_key_id = A"]
  ) {
    expect(() => aws(`[profile x]\n${line}\n`)).toThrow(
      "Cannot set up the profile x",
    );
  }
  expect(() => cargo('registry.default = "a"\n')).toThrow("another form");
  expect(() => cargo("registry = {}\n")).toThrow("another form");
  expect(() => cargo("[registry\n")).toThrow("Cannot change");
  for (const text of ["- a", "{", "a: [", "contexts: []\n---\nx: y\n"]) {
    expect(() => kube(text)).toThrow();
  }
  expect(() =>
    kube(JSON.stringify({ contexts: [{ name: "b", context: { user: "u" } }] }))
  )
    .toThrow("no line for each value");
  for (const text of [aws(""), `# more\n${pip("")}`]) {
    const tool = text.includes("pip") ? "pip" : "aws";
    const half = text.split("\n").slice(0, -2).join("\n");
    expect(() => withoutMarked(half, tool, "f")).toThrow("only a part");
  }
});

test("readKubeconfig() knows the contexts and the servers", () => {
  expect(readKubeconfig(
    `${KUBE}current-context: b\nclusters:\n- {name: c, cluster: {server: "https://k"}}\n- {name: d}\n`,
    "f",
  )).toEqual({
    contexts: [{ name: "a", cluster: "c" }, { name: "b", cluster: "c" }],
    servers: new Map([["c", "https://k"]]),
    current: "b",
  });
});
