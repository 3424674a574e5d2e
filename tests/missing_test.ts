// A program that a machine has not skips the tests that need it, and nothing else; where it must be, it fails them.
import { expect } from "expect";
import { basename, join } from "node:path";
import { test } from "node:test";
import { requiredAbsent, skipReasons, skipSummary } from "../scripts/skips.ts";
import { allPages } from "../scripts/check_docs.ts";
import { isShell } from "../scripts/docs/reader.ts";
import { missing, programsIn } from "./support/missing.ts";

const TESTS = new URL(".", import.meta.url).pathname;
const MISSING = `${TESTS}support/missing.ts`;

const MODULES = modules(TESTS);

/** What looks as if a program were started, or is only tried, by the file. */
const NOT_STARTED: Readonly<Record<string, readonly string[]>> = {
  "cli/commands/client_check_test.ts": [
    ...["chromium", "curl", "go", "java", "openssl", "python3"],
  ],
  "audit/export/rsyslog.ts": ["rsyslogd"],
  // An element of a page.
  "browser/phone_page_test.ts": ["script"],
  "page/page_app_test.ts": ["script"],
  "browser/atlassian_test.ts": ["fish"],
  "architecture_test.ts": ["ssh"],
  "cli/commands/remote_login_test.ts": ["git", "ssh"],
  "cli/commands/token_test.ts": ["fish"],
  "cli/help/completions_test.ts": ["curl"],
  "cli/kit/text_test.ts": ["curl", "make"],
  "connection/references/managers_test.ts": ["aws"],
  // It asks for the folder that has it, and looks for the other.
  "connection/references/real_managers_test.ts": ["aws", "gpg", "secret-tool"],
  "form/custody_test.ts": ["aws", "git"],
  "host/login/conversations_test.ts": ["ssh"],
  "ssh/key_rules_test.ts": ["git"],
  // It has no option that does nothing, so it is looked for.
  "credential/credential_docker_test.ts": ["bash"],
  "host/vault/init_modes_test.ts": ["secret-tool"],
  "host/vault/keychain_move_test.ts": ["secret-tool"],
  "host/vault/keyring_os_test.ts": ["secret-tool"],
  "host/windows_test.ts": ["git", "python"],
  "import/python_home_test.ts": ["secret-tool"],
  "import/scan/drift_test.ts": ["aws"],
  "import/tools_test.ts": ["aws", "docker"],
  "login/assumed_role_test.ts": ["aws"],
  "provider/bundled_test.ts": ["aws"],
  "provider/mint_rules_test.ts": ["aws"],
  "provider/minting_neighbours_test.ts": ["aws"],
  "provider/vectors_test.ts": ["git"],
  "release/install_test.ts": ["ldd"],
  "request/sigv4_test.ts": ["aws", "script"],
  "sandbox/escape_test.ts": ["ip", "mount", "unshare", "which"],
  "sandbox/listing_test.ts": ["git"],
  "sandbox/obeyed_around_test.ts": ["fish"],
  "sandbox/places/homes_test.ts": ["aws", "docker", "zsh"],
  "sandbox/places/places_test.ts": ["which"],
  "sandbox/places/set_id_test.ts": ["perl"],
  "sandbox/programs_test.ts": [
    ...["bash", "find", "git", "ip", "nsenter", "secret-tool", "ss"],
  ],
  "sdk/connections.ts": ["aws"],
  "security/request/minting_calls_test.ts": ["aws"],
  "security/secret_arguments_test.ts": ["curl"],
  "security/variables_test.ts": ["aws", "git", "java", "zsh"],
  "wire/http2_head_test.ts": ["gzip"],
  "operation/operation_test.ts": ["find", "git"],
  "operation/respelled_test.ts": ["gzip"],
  "spend/spend_test.ts": ["gzip"],
  "fetch/control_test.ts": ["gzip"],
  "support/contacts.ts": ["strace"],
  "support/browser/states.ts": ["aws"],
  "support/servers/fake_sts.ts": ["aws"],
  "credential/pip_index_test.ts": ["python"],
  "credential/setup_files_test.ts": ["aws", "pip"],
  "import/agents_test.ts": ["secret-tool"],
  "setup/tool_setup_test.ts": ["bash", "docker", "git"],
  // Their callers ask.
  "agents/state/at_terminal.ts": ["python3"],
  "agents/state/second_turn.ts": ["bash"],
  "setup/agent_machine.ts": ["bash"],
  "support/sandbox/private_network.ts": ["curl"],
  "support/terminal/terminal.ts": ["python3"],
};

/** What comes with a program. */
const WITH: Readonly<Record<string, readonly string[]>> = {
  "dpkg-deb": ["dpkg"],
  find: ["xargs"],
  javac: ["java"],
  python3: ["pip"],
  unshare: ["mount", "nsenter", "setsid"],
};

test("missing() says what is absent or does not work", async () => {
  expect(await missing("sh", "-c", "exit 0")).toBe(false);
  expect(await missing("/bin/sh", "-c", "exit 3"))
    .toBe("sh -c exit 3 does not work here");
  expect(await missing("/nowhere/no-such-program"))
    .toBe("no-such-program is not installed");
});

test("programsIn() finds what a piece of shell starts", () => {
  expect(programsIn(
    "cat a | awk x; FOO=1 curl y\nauthsome run -- python3 x && (git x)\n  timeout 3 zsh\n/usr/bin/find .\ncurl z",
  )).toEqual(["awk", "curl", "python3", "git", "zsh", "find"]);
  expect(programsIn("echo curl; ls git; pythonic; curl-config\n# python3"))
    .toEqual([]);
});

test("every test asks for the programs that it starts, so that it is skipped without them", () => {
  const wrong: string[] = [];
  for (const path of MODULES) {
    const name = path.slice(TESTS.length);
    if (path === MISSING || name === "missing_test.ts") continue;
    const asked = askedBy(path);
    const excused = NOT_STARTED[name] ?? [];
    const started = programsIn(shellOf(Deno.readTextFileSync(path)));
    for (const program of started) {
      if (asked.has(program) || excused.includes(program)) continue;
      wrong.push(
        `${name} starts ${program}: { skip: await missing("${program}") }`,
      );
    }
    for (const program of excused) {
      if (!started.includes(program)) wrong.push(`${name}: no ${program}`);
    }
  }
  expect(wrong).toEqual([]);
  const asking = `${TESTS}wire/authority_test.ts`;
  expect([...askedBy(asking)]).toEqual(
    expect.arrayContaining(["openssl", "python3", "go"]),
  );
  expect(programsIn(shellOf(
    'a(["zsh", "-i"]); b("openssl", "x"); const X = "/usr/bin/perl"; for (const y of ["sh", "fish"]) x["tar"] = { "xz": "gcc" }; // ["ruby"]\nc(`\n  cmp a`)',
  ))).toEqual(["zsh", "openssl", "perl", "fish", "tar", "cmp"]);
});

test("no page tells a person to start python, which many systems do not have", () => {
  for (const { path, blocks } of allPages()) {
    for (const { text, line } of blocks.filter(isShell)) {
      const commands = text.replace(/^[$>] /gm, "");
      expect([path, line, programsIn(commands).includes("python")])
        .toEqual([path, line, false]);
    }
  }
});

test("the summary counts by reason what either runner says", () => {
  expect(skipSummary(skipReasons(`
a test (skipped: zsh is not installed) ... ignored (0ms)
another (odd) test (skipped: zsh is not installed) ... ignored (0ms)
is run ... ok (1ms)
a test with "(skipped: x)" in its name ... ok (1ms)
A block of the pages is skipped: bwrap is not installed
  ﹣ a test of Node (0.07ms) # bwrap is not installed
  ✔ a test of Node # 2 (0.07ms)
﹣ a third (0.07ms) # bwrap is not installed`))).toEqual([
    "== skipped here (tests and blocks of pages), and why:",
    "     3  bwrap is not installed",
    "     2  zsh is not installed",
  ]);
  expect(skipSummary([])).toEqual([]);
});

test("a program that is required fails the suite once, whatever was skipped for it", () => {
  const reasons = [
    "zsh is not installed",
    "zsh is not installed",
    "sh -c false does not work here",
    "it needs root",
    "fish is not installed",
  ];
  expect(requiredAbsent(reasons, "bash zsh sh")).toEqual([
    "zsh is not installed",
    "sh -c false does not work here",
  ]);
  expect(requiredAbsent(reasons, "")).toEqual([]);
});

function modules(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? modules(join(folder, name, "/"))
      : name.endsWith(".ts")
      ? [join(folder, name)]
      : []
  );
}

/** The texts of a module as lines of shell: of single words those of calls and lists only. */
function shellOf(code: string): string {
  return [...code.matchAll(
    /^\s*\/?\*.*$|\/\/ .*$|(?<before>[[(,]\s*)?(["'`])(?<text>(?:\\[^]|(?!\2)[^\\])*)\2/gm,
  )].filter(({ groups }) =>
    groups!.text && (groups!.before || !/^[\w-]+$/.test(groups!.text))
  ).map(({ groups }) => groups!.text!.replace(/\$\{[^{}]*\}/g, "x")).join("\n");
}

/** The programs that a module or what it imports from tests/ asks for. */
function askedBy(path: string, seen = new Set<string>()): Set<string> {
  const asked = new Set<string>();
  if (seen.has(path) || path === MISSING) return asked;
  seen.add(path);
  const code = Deno.readTextFileSync(path);
  for (
    const [, what] of code.matchAll(/\bmissing\(\s*([\w."/-]+)/g)
  ) {
    // A text, a constant that is one, or whatever a loop over texts goes through.
    const texts = what!.startsWith('"')
      ? [what!]
      : new RegExp(`const ${what} =[^;]*?("[^"]*")`).exec(code)?.slice(1) ??
        code.match(/"[\w-]+"/g) ?? [];
    for (const text of texts) {
      const program = basename(text.slice(1, -1));
      asked.add(program);
      // A text may be "__proto__".
      if (!Object.hasOwn(WITH, program)) continue;
      for (const each of WITH[program]!) asked.add(each);
    }
  }
  for (const [, specifier] of code.matchAll(/ from "(\.[^"]+\.ts)";$/gm)) {
    const imported = join(path, "..", specifier!);
    if (!MODULES.includes(imported)) continue;
    for (const program of askedBy(imported, seen)) asked.add(program);
  }
  return asked;
}
