/** The coding agents that are tried. @module */
import { type Agent, MADE, SAID, SHELL_COMMAND } from "./agent.ts";

const ASK = "Write made.txt with your tool.";
const ANTHROPIC = {
  provider: "anthropic",
  request: "POST api.anthropic.com/v1/messages",
  header: ["x-api-key", "{key}"],
} as const;
const OPENAI_CHAT = {
  provider: "openai",
  request: "POST api.openai.com/v1/chat/completions",
  header: ["authorization", "Bearer {key}"],
} as const;

/** In the order of the page. */
export const AGENTS_TABLE: readonly Agent[] = [
  {
    name: "Claude Code",
    flaws: ["missing", "expired", "tie"],
    package: "@anthropic-ai/claude-code",
    part: "npm",
    ...ANTHROPIC,
    command: ({ modules }) => [
      `${modules}/@anthropic-ai/claude-code-linux-x64/claude`,
      ...["-p", ASK, "--allowedTools", "Bash"],
    ],
    writes: [".claude"],
    turn: () => ({
      tool: {
        name: "Bash",
        args: { command: SHELL_COMMAND, description: "Write made.txt" },
      },
      text: SAID,
    }),
  },
  {
    name: "Codex",
    flaws: ["tie"],
    package: "@openai/codex",
    part: "npm",
    provider: "openai",
    request: "POST api.openai.com/v1/responses",
    header: ["authorization", "Bearer {key}"],
    command: ({ modules, node }) => [
      ...[node, `${modules}/@openai/codex/bin/codex.js`, "exec"],
      ...["--skip-git-repo-check", "--sandbox", "danger-full-access", ASK],
    ],
    writes: [".codex"],
    turn: () => ({
      tool: {
        name: "exec",
        args: `text(await tools.exec_command(${
          JSON.stringify({ cmd: SHELL_COMMAND })
        }))`,
      },
      text: SAID,
    }),
  },
  {
    name: "Gemini CLI",
    flaws: ["expired", "tie"],
    package: "@google/gemini-cli",
    part: "npm",
    provider: "google-gemini",
    request: "POST generativelanguage.googleapis.com/v1beta/models/*",
    header: ["x-goog-api-key", "{key}"],
    command: ({ modules, node }) => [
      ...[node, `${modules}/@google/gemini-cli/bundle/gemini.js`],
      ...[
        "--skip-trust",
        "--approval-mode",
        "yolo",
        "-m",
        "gemini-2.5-flash",
        "-p",
        ASK,
      ],
    ],
    writes: [".gemini"],
    turn: () => ({
      tool: { name: "run_shell_command", args: { command: SHELL_COMMAND } },
      text: SAID,
    }),
  },
  {
    name: "opencode",
    flaws: ["expired"],
    package: "opencode-ai",
    part: "npm",
    ...ANTHROPIC,
    command: ({ modules }) => [
      `${modules}/opencode-linux-x64/bin/opencode`,
      ...["run", "-m", "anthropic/claude-sonnet-4-5", ASK],
    ],
    writes: [
      ".local/share/opencode",
      ".local/state/opencode",
      ".cache/opencode",
      ".config/opencode",
    ],
    turn: () => ({
      tool: {
        name: "bash",
        args: { command: SHELL_COMMAND, description: "Write made.txt" },
      },
      text: SAID,
    }),
  },
  {
    name: "GitHub Copilot CLI",
    flaws: ["missing"],
    package: "@github/copilot",
    part: "npm",
    provider: "github",
    request: "POST api.githubcopilot.com/chat/completions",
    header: ["authorization", "Bearer {key}"],
    command: ({ modules }) => [
      `${modules}/@github/copilot-linux-x64/copilot`,
      ...["-p", ASK, "--allow-all-tools", "--model", "gpt-5-mini"],
    ],
    writes: [".copilot"],
    turn: () => ({
      tool: {
        name: "bash",
        args: {
          command: SHELL_COMMAND,
          description: "Write made.txt",
          sessionId: "one",
          async: false,
        },
      },
      text: SAID,
    }),
  },
  {
    name: "aider",
    flaws: ["missing"],
    package: "aider-chat",
    part: "aider",
    ...OPENAI_CHAT,
    command: ({ python }) => [
      `${python}/aider/bin/python`,
      ...["-m", "aider", "--model", "openai/gpt-4o", "--no-git"],
      ...["--yes-always", "--no-check-update", "--no-show-model-warnings"],
      // Else one machine in ten, by chance, waits for a telemetry host.
      ...["--analytics-disable", "--edit-format", "whole"],
      ...["--message", ASK, "made.txt"],
    ],
    writes: [".aider"],
    // It has no tools of the API's: the model's text is what it edits files by.
    turn: () => ({ text: `made.txt\n\`\`\`\n${MADE}\n\`\`\`\n\n${SAID}` }),
  },
  {
    name: "Cline",
    flaws: ["expired"],
    package: "cline",
    part: "npm",
    ...ANTHROPIC,
    command: ({ modules }) => [
      `${modules}/@cline/cli-linux-x64/bin/cline`,
      ...["-P", "anthropic", "-m", "claude-sonnet-4-5", ASK],
    ],
    writes: [".cline"],
    turn: () => ({
      tool: { name: "run_commands", args: { commands: [SHELL_COMMAND] } },
      text: SAID,
    }),
  },
  {
    name: "Continue",
    flaws: ["missing", "tie"],
    package: "@continuedev/cli",
    part: "npm",
    ...ANTHROPIC,
    command: ({ modules, node, home }) => [
      ...[node, `${modules}/@continuedev/cli/dist/cn.js`],
      ...["--auto", "--config", `${home}/.continue/config.yaml`, "-p", ASK],
    ],
    files: {
      ".continue/config.yaml": `name: tried
version: 1.0.0
schema: v1
models:
  - name: Claude
    provider: anthropic
    model: claude-sonnet-4-5
    apiKey: authsome-proxy-managed
    roles: [chat]
`,
    },
    writes: [".continue"],
    turn: () => ({
      tool: { name: "Bash", args: { command: SHELL_COMMAND } },
      text: SAID,
    }),
  },
  {
    name: "Qwen Code",
    flaws: ["expired"],
    package: "@qwen-code/qwen-code",
    part: "npm",
    ...OPENAI_CHAT,
    command: ({ modules, node }) => [
      ...[node, `${modules}/@qwen-code/qwen-code/cli-entry.js`],
      ...["--auth-type", "openai", "-m", "gpt-4o", "--yolo"],
      ...["--openai-base-url", "https://api.openai.com/v1", "-p", ASK],
    ],
    writes: [".qwen"],
    turn: () => ({
      tool: {
        name: "run_shell_command",
        args: {
          command: SHELL_COMMAND,
          description: "Write made.txt",
          is_background: false,
        },
      },
      text: SAID,
    }),
  },
  {
    name: "llm",
    flaws: ["missing", "expired", "tie"],
    package: "llm",
    part: "llm",
    ...OPENAI_CHAT,
    command: ({ python, home }) => [
      `${python}/llm/bin/python`,
      ...["-m", "llm", "-m", "gpt-4o", "--functions", `${home}/tools.py`, ASK],
    ],
    files: {
      "tools.py": `import subprocess

def shell(command: str) -> str:
    "Runs a command"
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
`,
    },
    writes: [".config/io.datasette.llm"],
    turn: () => ({
      tool: { name: "shell", args: { command: SHELL_COMMAND } },
      text: SAID,
    }),
  },
];

/** Hosts that some agent asks besides its model's: telemetry, updates, lists of models. */
export const OTHER_HOSTS: readonly string[] = [
  "ab.chatgpt.com",
  "api.continue.dev",
  "chatgpt.com",
  "data.cline.bot",
  "gb4w8c3ygj-default-sea.rum.aliyuncs.com",
  "models.opencode.ai",
  "otel.cline.bot",
  "play.googleapis.com",
  "raw.githubusercontent.com",
  "registry.npmjs.org",
];
