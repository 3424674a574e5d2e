// Profiles of agents: where their state is, and what of a settings file stays as it is.
import { expect } from "expect";
import { test } from "node:test";
import {
  AGENT_NAMES,
  type AgentName,
  agentOf,
} from "../../../lib/sandbox/agents/agent_names.ts";
import { AGENT_PROFILES } from "../../../lib/sandbox/agents/agent_profiles.ts";
import { agentState } from "../../../lib/sandbox/agents/agent_state.ts";
import { agentFixed } from "../../../lib/host/sandbox/agents/agent_places.ts";
import {
  DEFAULT_PROFILE,
  isWithin,
} from "../../../lib/sandbox/sandbox_profile.ts";
import { seatbeltProfile } from "../../../lib/sandbox/seatbelt.ts";
import { verdict } from "../../support/sandbox/seatbelt_verdict.ts";
import { withMembersOf } from "../../../lib/sandbox/agents/guarded_members.ts";

const env = (variables: Record<string, string>) => ({
  get: (name: string) => variables[name],
});

test("every agent has a profile, and its program is known", () => {
  expect(Object.keys(AGENT_PROFILES)).toEqual(AGENT_NAMES);
  expect(agentOf("/opt/bin/claude")).toBe("claude");
  expect(agentOf("cn")).toBe("continue");
  expect(agentOf("claude-other")).toBeUndefined();
  expect(agentOf(undefined)).toBeUndefined();
  expect(() => agentState("constructor", env({}), "/home/u")).toThrow(
    "Unknown agent",
  );
});

/** What each agent runs, or takes for another account or another model, outside the sandbox. */
const OBEYED: Readonly<Record<AgentName, readonly string[]>> = {
  claude: [
    ...[".claude/settings.json", ".claude/settings.local.json"],
    ...[".claude/agents", ".claude/commands", ".claude/hooks"],
    ...[".claude/plugins", ".claude/skills", ".claude/local"],
    ...[".claude/shell-snapshots", ".claude/session-env"],
    ...[".claude/remote-settings.json", ".claude/.credentials.json"],
  ],
  codex: [
    ...[".codex/config.toml", ".codex/hooks.json", ".codex/hooks"],
    ...[".codex/.env", ".codex/auth.json", ".codex/rules", ".codex/plugins"],
    ...[".codex/skills/x", ".codex/prompts", ".codex/.tmp/plugins"],
    ...[".codex/tmp/arg0", ".codex/shell_snapshots", ".codex/packages"],
  ],
  gemini: [
    ...[".gemini/settings.json", ".gemini/extensions", ".gemini/commands"],
    ...[".gemini/.env", ".gemini/oauth_creds.json", ".gemini/tmp/bin/rg"],
    ...[".gemini/trustedFolders.json", ".gemini/policies"],
  ],
  opencode: [
    ...[".config/opencode/opencode.json", ".config/opencode/plugin"],
    ...[".local/share/opencode/auth.json", ".local/share/opencode/bin"],
    ...[".local/share/opencode/snapshot/x", ".cache/opencode"],
  ],
  copilot: [
    ...[".copilot/config.json", ".copilot/mcp-config.json", ".copilot/pkg"],
    ...[".copilot/settings.json", ".copilot/hooks", ".copilot/agents"],
  ],
  aider: [".aider/oauth-keys.env", ".aider.conf.yml", ".env"],
  cline: [
    ...[".cline/data/settings/cline_mcp_settings.json", ".cline/hooks"],
    ...[".cline/data/db/cron.db", ".cline/data/locks/hub", ".cline/cron"],
    ".cline/data/settings/providers.json",
  ],
  continue: [
    ...[".continue/config.yaml", ".continue/permissions.yaml"],
    ...[".continue/.env", ".continue/auth.json", ".continue/mcpServers"],
  ],
  qwen: [
    ...[".qwen/settings.json", ".qwen/extensions", ".qwen/skills"],
    ...[".qwen/.env", ".qwen/oauth_creds.json", ".qwen/tmp/bin/rg"],
  ],
  llm: [
    ".config/io.datasette.llm/templates/x.yaml",
    ".config/io.datasette.llm/keys.json",
    ".config/io.datasette.llm/extra-openai-models.yaml",
  ],
};

test("no agent keeps what runs outside, or its login", () => {
  for (const name of AGENT_NAMES) {
    const state = agentState(name, env({}), "/home/u");
    const kept = [...state.files, ...state.folders];
    const ends = [
      ...state.readOnly.map(({ path }) => path),
      ...[...state.login, ...state.temporary],
      ...state.scratch.filter((path) => !kept.includes(path)),
    ];
    const longest = (path: string, places: readonly string[]) =>
      Math.max(
        0,
        ...places.filter((each) => isWithin(path, each))
          .map(({ length }) => length),
      );
    for (const each of OBEYED[name]) {
      const path = `/home/u/${each}`;
      const isKept = longest(path, kept) > longest(path, ends);
      expect([path, isKept]).toEqual([path, false]);
    }
  }
});

test("macOS: every agent keeps its state, and nothing that runs outside, by any name", () => {
  const user = "/Users/u";
  for (const name of AGENT_NAMES) {
    const state = agentState(name, env({}), user);
    const home = `${user}/.authsome`;
    const profile = seatbeltProfile({
      ...{ working: `${user}/work`, users: [user], home, kernelFiles: [] },
      hidden: state.login.map((path) => ({ path, folder: false })),
      startupFiles: agentFixed({ state, profile: DEFAULT_PROFILE }),
      ...{ emptyFolders: [], allowRead: [], runFiles: [] },
      allowWrite: [...state.files, ...state.folders],
      allowedFiles: state.files,
    }, { temporary: `${home}/run/1/tmp` });
    const of = (operation: string, path: string) =>
      [path, operation, verdict(profile, operation, path)] as const;
    const allowed = [
      ...state.files.flatMap((path) => [path, `${path}.tmp.1`]),
      ...state.folders.map((path) => `${path}/session-1`),
    ].flatMap((path) =>
      ["file-read-data", "file-write-create", "file-write-unlink"]
        .map((operation) => of(operation, path))
    );
    expect(allowed.filter(([, , answer]) => answer !== "allow")).toEqual([]);
    // The folder is there, so that its own name counts.
    const inCapitals = (path: string) =>
      path.replace(/[^/]+$/, (last) => last.toUpperCase());
    const denied = [
      ...OBEYED[name].map((path) => `${user}/${path}`),
      ...state.readOnly.map(({ path }) => path),
      ...[...state.scratch, ...state.temporary, ...state.login],
    ].flatMap((path) => [path, `${path}/made`, inCapitals(path)])
      .flatMap((path) =>
        ["file-write-create", "file-write-unlink"]
          .map((operation) => of(operation, path))
      );
    // A folder with something protected in it cannot be moved away.
    denied.push(
      ...state.folders.map((path) => of("file-write-unlink", path)),
      ...state.login.flatMap((path) => [
        of("file-read-data", path),
        of("file-read-data", inCapitals(path)),
      ]),
    );
    expect(denied.filter(([, , answer]) => answer !== "deny")).toEqual([]);
    const text = profile.replace(/#?"(?:[^"\\]|\\.)*"/g, "");
    expect(
      text.split("\n").filter((line) =>
        !/^(\((version 1|allow|deny)[^()]*(\([^()]*(\([^()]*\)[^()]*)*\) ?)*\))?$/
          .test(line)
      ),
    ).toEqual([]);
  }
});

test("variables move the state", () => {
  const moved = agentState(
    "claude",
    env({ CLAUDE_CONFIG_DIR: "/data/claude/" }),
    "/home/u",
  );
  expect(moved.files).toContain("/data/claude/.claude.json");
  expect(moved.folders).toContain("/data/claude/projects");
  expect(moved.login).toEqual(["/data/claude/.credentials.json"]);
  expect(moved.guards[0]!.path).toBe("/data/claude/.claude.json");
  // Not the folder's neighbour.
  expect(
    agentState("claude", env({ CLAUDE_CONFIG_DIR: "relative" }), "/home/u")
      .files,
  )
    .toContain("/home/u/.claude.json");
  const xdg = agentState(
    "opencode",
    env({ XDG_DATA_HOME: "/data", XDG_CONFIG_HOME: "/config" }),
    "/home/u",
  );
  expect(xdg.folders)
    .toEqual(["/data/opencode", "/home/u/.local/state/opencode"]);
  expect(xdg.scratch).toEqual(["/config/opencode"]);
  expect(agentState("codex", env({ CODEX_HOME: "/c" }), "/home/u").folders)
    .toEqual(["/c"]);
});

test("members that name programs stay as they are outside", () => {
  const guard = ["mcpServers", "p.*.tools", "p.!working.trust"];
  const kept = (after: unknown, before: unknown) =>
    JSON.parse(withMembersOf(
      JSON.stringify(after),
      before === undefined ? undefined : JSON.stringify(before),
      guard,
      "/w",
    ));
  expect(kept({ mcpServers: { x: 1 }, n: 2 }, { mcpServers: { a: 1 }, n: 1 }))
    .toEqual({ mcpServers: { a: 1 }, n: 2 });
  expect(kept({ n: 2 }, { mcpServers: { a: 1 } }))
    .toEqual({ mcpServers: { a: 1 }, n: 2 });
  expect(kept({ mcpServers: { x: 1 } }, undefined)).toEqual({});
  expect(kept(
    { p: { "/w": { tools: 1, trust: true }, "/x": { trust: true, n: 1 } } },
    { p: { "/x": { trust: false } } },
  )).toEqual({ p: { "/w": { trust: true }, "/x": { trust: false, n: 1 } } });
  const odd = '{"p":{"__proto__":{"tools":1},"a.b":{"tools":1}}}';
  expect(withMembersOf(odd, "{}", guard, "/w")).not.toContain("tools");
  // Byte for byte, if there is nothing to keep.
  const text = '{ "n":1 ,"mcpServers" : {} }';
  expect(withMembersOf(text, '{"mcpServers":{}}', guard, "/w")).toBe(text);
  for (const broken of ["", "[]", "{", "null"]) {
    expect(() => withMembersOf(broken, "{}", guard, "/w")).toThrow();
  }
});
