// `authsome mcp install` changes one entry of an agent's own configuration, and nothing else of the file.
import { expect } from "expect";
import { test } from "node:test";
import { AGENTS } from "../../lib/mcp/agents/agents.ts";
import {
  entriesIn,
  withEntry,
  withoutEntry,
} from "../../lib/mcp/agents/entries.ts";
import {
  parseJsonText,
  withMember,
  withoutMember,
} from "../../lib/mcp/agents/json_text.ts";
import { lineDiff } from "../../lib/mcp/agents/line_diff.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const URL = "https://mcp.linear.app/mcp";
const ARGS = ["mcp", "linear-mcp"];

/** Where each agent looks, and what its documentation shows there. */
const PLACES: Record<
  string,
  { user: string; project?: string; entry: unknown; root: string }
> = {
  "claude-code": {
    user: ".claude.json",
    project: ".mcp.json",
    root: "mcpServers",
    entry: { type: "stdio", command: "authsome", args: ARGS },
  },
  "claude-desktop": {
    user: ".config/Claude/claude_desktop_config.json",
    root: "mcpServers",
    entry: { command: "authsome", args: ARGS },
  },
  codex: {
    user: ".codex/config.toml",
    project: ".codex/config.toml",
    root: "mcp_servers",
    entry:
      '[mcp_servers.linear]\ncommand = "authsome"\nargs = ["mcp", "linear-mcp"]\n',
  },
  cursor: {
    user: ".cursor/mcp.json",
    project: ".cursor/mcp.json",
    root: "mcpServers",
    entry: { command: "authsome", args: ARGS },
  },
  vscode: {
    user: ".config/Code/User/mcp.json",
    project: ".vscode/mcp.json",
    root: "servers",
    entry: { type: "stdio", command: "authsome", args: ARGS },
  },
  gemini: {
    user: ".gemini/settings.json",
    project: ".gemini/settings.json",
    root: "mcpServers",
    entry: { command: "authsome", args: ARGS },
  },
  opencode: {
    user: ".config/opencode/opencode.json",
    project: "opencode.json",
    root: "mcp",
    entry: { type: "local", command: ["authsome", ...ARGS], enabled: true },
  },
};

/** HOME and the working folder are not the same here. */
async function opened() {
  const session = await Session.open();
  await Deno.mkdir(`${session.work}/me/repo`, { recursive: true });
  return {
    session,
    run: (words: string) =>
      session.run(`cd me/repo && authsome mcp ${words}`, {
        env: { HOME: `${session.work}/me` },
      }),
    read: (path: string) => Deno.readTextFile(`${session.work}/me/${path}`),
    write: async (path: string, text: string) => {
      const file = `${session.work}/me/${path}`;
      await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(file, text);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

test("every agent is in the table, and the other way round", () => {
  expect(Object.keys(AGENTS).sort()).toEqual(Object.keys(PLACES).sort());
});

for (const [agent, { user, project, entry, root }] of Object.entries(PLACES)) {
  test(`${agent} gets the entry that it documents, once`, async () => {
    await using world = await opened();
    for (
      const [scope, path] of [
        ["user", user],
        ["project", project && `repo/${project}`],
      ]
    ) {
      const words = `install ${agent} linear-mcp --scope ${scope} --yes`;
      const done = await world.run(words);
      if (!path) {
        expect(done.code).toBe(2);
        expect(done.stderr).toContain("--scope user");
        continue;
      }
      expect([done.stderr, done.code]).toEqual([expect.any(String), 0]);
      const text = await world.read(path);
      expect(typeof entry === "string" ? text : JSON.parse(text)).toEqual(
        typeof entry === "string" ? entry : { [root]: { linear: entry } },
      );
      const again = await world.run(words);
      expect(again.stdout).toContain("has it already");
      expect(await world.read(path)).toBe(text);
    }
    const { stdout } = await world.run("list --json");
    expect(JSON.parse(stdout).servers).toEqual(
      ["user", ...project ? ["project"] : []].map((scope) =>
        expect.objectContaining({
          ...{ agent, scope, name: "linear", server: "linear-mcp" },
          runs: "authsome",
        })
      ),
    );
    const gone = await world.run(`uninstall ${agent} linear-mcp --yes`);
    expect([gone.code, await world.read(user)]).toEqual([
      0,
      typeof entry === "string" ? "" : expect.not.stringContaining("linear"),
    ]);
    expect((await world.run(`uninstall ${agent} linear --yes`)).code).toBe(4);
  });
}

const JSONC = `\ufeff// mine
{
    "theme": "dark", // at night
    "mcpServers": {
        /* the first */
        "other": {"command": "x", "env": {"TOKEN": "s3cret"}},
        "linear": {
            "command": "npx", // old
            "args": ["-y", "mcp-remote@latest", "${URL}", "--header", "Authorization: Bearer abcdefghijkl"],
            "env": {"LINEAR_TOKEN": "lin_very_secret"},
            "disabled": true,
        },
    },
    "last": [1, 2,],
}
`.replaceAll("\n", "\r\n");

test("an entry of mcp-remote is replaced, and every other character stays", async () => {
  await using world = await opened();
  await world.write(".gemini/settings.json", JSONC);
  const listed = await world.run("list");
  expect(listed.stdout).toContain("mcp-remote");
  expect(listed.stderr).toContain(`authsome mcp install gemini ${URL}`);
  const dry = await world.run("install gemini linear-mcp --dry-run");
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('+             "command": "authsome", // old');
  for (const secret of ["s3cret", "lin_very_secret", "abcdefghijkl"]) {
    expect(dry.stdout + dry.stderr).not.toContain(secret);
  }
  expect(await world.read(".gemini/settings.json")).toBe(JSONC);
  const asked = await world.run("install gemini linear-mcp");
  expect([asked.code, await world.read(".gemini/settings.json")])
    .toEqual([2, JSONC]);
  const done = await world.run("install gemini linear-mcp --yes --json");
  const { backup, replaces, outcome } = JSON.parse(done.stdout);
  expect([done.code, replaces, outcome]).toEqual([0, "mcp-remote", "written"]);
  expect(await Deno.readTextFile(backup.replace("$WORK", world.session.work)))
    .toBe(JSONC);
  expect(await world.read(".gemini/settings.json")).toBe(
    JSONC.replace('"npx"', '"authsome"').replace(
      /\["-y".*?\],/,
      '[\r\n                "mcp",\r\n                "linear-mcp"\r\n            ],',
    ).replace(/ *"env": \{"LINEAR.*?\},\r\n/, ""),
  );
});

test("another server of that name is left alone", async () => {
  await using world = await opened();
  const text = '{"mcpServers": {"linear": {"url": "https://x.example/mcp"}}}';
  await world.write(".cursor/mcp.json", text);
  const done = await world.run("install cursor linear-mcp --yes");
  expect([done.code, await world.read(".cursor/mcp.json")]).toEqual([4, text]);
  expect(done.stderr).toContain("--name");
  const named = await world.run("install cursor linear-mcp --yes --name mine");
  expect(named.code).toBe(0);
  // A line that is changed is written as JSON usually is; here it is the whole file.
  const mcpServers = {
    linear: { url: "https://x.example/mcp" },
    mine: { command: "authsome", args: ["mcp", "linear-mcp"] },
  };
  expect(await world.read(".cursor/mcp.json"))
    .toBe(JSON.stringify({ mcpServers }, undefined, 2));
});

test("flags are written down, and a second installation changes them", async () => {
  await using world = await opened();
  const argsOf = async () =>
    JSON.parse(await world.read(".cursor/mcp.json")).mcpServers.linear;
  await world.run(
    `--profile work install cursor ${URL} --yes`.replace(
      /^--profile work /,
      "",
    ),
  );
  expect((await argsOf()).args).toEqual(["mcp", URL]);
  await world.run(
    `install cursor ${URL} --yes --profile work --connection team --deny-tool 'delete_*' --deny-tool x --command /opt/authsome`,
  );
  expect(await argsOf()).toEqual({
    command: "/opt/authsome",
    args: [
      ...["--profile", "work", "mcp", URL, "--connection", "team"],
      ...["--deny-tool", "delete_*", "--deny-tool", "x"],
    ],
  });
});

test("a file that cannot be read is not written", async () => {
  await using world = await opened();
  const files: [string, string, string][] = [
    ["cursor", ".cursor/mcp.json", '{"mcpServers": {'],
    ["cursor", ".cursor/mcp.json", '{"mcpServers": []}'],
    ["cursor", ".cursor/mcp.json", "[]"],
    [
      "codex",
      ".codex/config.toml",
      "mcp_servers = { a = { command = 'x' } }\n",
    ],
    ["codex", ".codex/config.toml", "[mcp_servers]\na.command = 'x'\n"],
    ["codex", ".codex/config.toml", "a = '''\n[mcp_servers.linear]\n"],
    ["codex", ".codex/config.toml", "what is this\n"],
  ];
  for (const [agent, path, text] of files) {
    await world.write(path, text);
    const done = await world.run(`install ${agent} linear-mcp --yes`);
    expect([text, done.code, await world.read(path)]).toEqual([text, 4, text]);
    expect(done.stderr).toContain("nothing was written");
  }
  for (
    const [words, code] of [
      ["install nobody linear-mcp --yes", 2],
      ["install cursor nosuch --yes", 4],
      ["install cursor openai --yes", 4],
      ["install cursor http://mcp.example.com/mcp --yes", 2],
      ["install cursor", 2],
      ["install cursor linear-mcp --scope mars", 2],
    ] as const
  ) expect([words, (await world.run(words)).code]).toEqual([words, code]);
});

test("the file keeps its mode, and a link leads to it as before", async () => {
  await using world = await opened();
  await world.write("dotfiles/mcp.json", "{}\n");
  const place = `${world.session.work}/me`;
  await Deno.chmod(`${place}/dotfiles/mcp.json`, 0o640);
  await Deno.mkdir(`${place}/.cursor`);
  await Deno.symlink("../dotfiles/mcp.json", `${place}/.cursor/mcp.json`);
  expect((await world.run("install cursor linear-mcp --yes")).code).toBe(0);
  expect((await Deno.lstat(`${place}/.cursor/mcp.json`)).isSymlink).toBe(true);
  const { mode } = await Deno.stat(`${place}/dotfiles/mcp.json`);
  expect(mode! & 0o777).toBe(0o640);
  expect(await world.read("dotfiles/mcp.json")).toContain("authsome");
});

test("one member of a JSON text changes, whatever stands around it", () => {
  const value = { a: 1 };
  for (
    const text of [
      "",
      "{}",
      "{ }",
      "{\n}",
      "{ // nothing\n}",
      '{"m": {}}',
      '{"m": {"b": 1}}',
      '{"m": {"b": 1,}}',
      '{"m": {"b": 1, /* , */}}',
      '{\n\t"m": {\n\t\t"b": {} // so, or so\n\t}\n}',
      '{\n\t"m": {\n\t\t"b": {}, // so, or so\n\t}\n}',
      '{"x": "}//", "m": {"b": "\\"{"}}',
      '{"m": {"x": {"b": 1}}, "x": 2}',
      '{\n  "n": [\n    "m"\n  ]\n}\n',
    ]
  ) {
    const before = parseJsonText(text) as Record<string, object>;
    const after = withMember(text, ["m", "x"], value);
    expect([text, parseJsonText(after)]).toEqual([
      text,
      { ...before, m: { ...before.m, x: value } },
    ]);
    for (const [comment] of text.matchAll(/\/\/ .*|\/\*.*?\*\//g)) {
      expect(after).toContain(comment);
    }
    // Setting it again changes nothing.
    expect(withMember(after, ["m", "x"], value)).toBe(after);
    const { x: _x, ...rest } = (before.m ?? {}) as Record<string, unknown>;
    expect([text, parseJsonText(withoutMember(after, ["m", "x"]))])
      .toEqual([text, { ...before, m: rest }]);
  }
});

test("one table of a TOML text changes, whatever stands around it", () => {
  const form = AGENTS.codex!.form;
  const text = `model = "o" # [mcp_servers.linear]
note = """
[mcp_servers.linear]
command = "no"
"""

# before
[mcp_servers."linear"] # mine
args = [ # why
  "mcp-remote", # [x]
  '${URL}',
]
command = "npx" # old
startup_timeout_sec = 20

[mcp_servers.linear.env]
TOKEN = "s3cret"

# of the next one
[[profiles]]
name = "]"
`;
  expect(entriesIn(text, form)).toEqual([
    { name: "linear", words: ["npx", "mcp-remote", URL] },
  ]);
  const words = ["authsome", "mcp", "linear-mcp"];
  const after = withEntry(text, form, { name: "linear", words }, true);
  expect(after).toBe(
    text.replace(/args = \[ #[^]*?\n\]/, 'args = ["mcp", "linear-mcp"]')
      .replace('"npx" # old', '"authsome" # old')
      .replace(/\[mcp_servers\.linear\.env\][^]*?\n\n# of the next one\n/, ""),
  );
  expect(withoutEntry(after, form, "linear")).toBe(
    after.replace(/\[mcp_servers\."linear"\][^]*?= 20\n\n/, ""),
  );
  expect(withEntry("a = 1", form, { name: "x y", words: ["c"] })).toBe(
    'a = 1\n\n[mcp_servers."x y"]\ncommand = "c"\nargs = []\n',
  );
});

test("the diff shows what changes and no secret beside it", () => {
  const before = '{\n "a": 1,\n "api_key": "sk-123",\n "b": "x"\n}\n';
  expect(lineDiff(before, before.replace('"x"', '"y"'))).toEqual([
    '   "a": 1,',
    '   "api_key": "…",',
    '-  "b": "x"',
    '+  "b": "y"',
    "  }",
  ]);
});
