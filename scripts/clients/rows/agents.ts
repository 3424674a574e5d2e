/** Coding agents, which `scripts/agents/install.ts` installs: each takes one turn without a person. @module */
import type { Row, VersionSource } from "../row.ts";

const MODULES = "{agents}/npm/node_modules";
const ASK = "Say hello.";

interface Agent extends Omit<Row, "name" | "version"> {
  version: VersionSource;
}

const AGENTS: Readonly<Record<string, Agent>> = {
  claude: {
    provider: "anthropic",
    command: [
      `${MODULES}/@anthropic-ai/claude-code-linux-x64/claude`,
      ...["-p", ASK],
    ],
    version: { npm: "@anthropic-ai/claude-code" },
    writes: [".claude"],
  },
  codex: {
    provider: "openai",
    command: [
      ...["{node24}", `${MODULES}/@openai/codex/bin/codex.js`, "exec"],
      ...["--skip-git-repo-check", "--sandbox", "danger-full-access", ASK],
    ],
    version: { npm: "@openai/codex" },
    writes: [".codex"],
  },
  gemini: {
    provider: "google-gemini",
    command: [
      ...["{node24}", `${MODULES}/@google/gemini-cli/bundle/gemini.js`],
      ...["--skip-trust", "-m", "gemini-2.5-flash", "-p", ASK],
    ],
    version: { npm: "@google/gemini-cli" },
    writes: [".gemini"],
  },
  "gemini-node20": {
    provider: "google-gemini",
    command: [
      ...["{node20}", `${MODULES}/@google/gemini-cli/bundle/gemini.js`],
      ...["--skip-trust", "-m", "gemini-2.5-flash", "-p", ASK],
    ],
    version: { npm: "@google/gemini-cli" },
    writes: [".gemini"],
  },
  opencode: {
    provider: "anthropic",
    command: [
      `${MODULES}/opencode-linux-x64/bin/opencode`,
      ...["run", "-m", "anthropic/claude-sonnet-4-5", ASK],
    ],
    version: { npm: "opencode-ai" },
    writes: [
      ".local/share/opencode",
      ".local/state/opencode",
      ".cache/opencode",
      ".config/opencode",
    ],
  },
  copilot: {
    provider: "github-pat",
    command: [
      `${MODULES}/@github/copilot-linux-x64/copilot`,
      ...["-p", ASK, "--model", "gpt-5-mini"],
    ],
    version: { npm: "@github/copilot" },
    writes: [".copilot"],
  },
  aider: {
    provider: "openai",
    command: [
      ...["{agents}/aider/bin/python", "-m", "aider"],
      ...["--model", "openai/gpt-4o", "--no-git", "--yes-always"],
      ...["--no-check-update", "--no-show-model-warnings"],
      ...["--message", ASK],
    ],
    version: { pypi: "aider-chat", in: "aider" },
    writes: [".aider"],
  },
  cline: {
    provider: "anthropic",
    command: [
      `${MODULES}/@cline/cli-linux-x64/bin/cline`,
      ...["-P", "anthropic", "-m", "claude-sonnet-4-5", ASK],
    ],
    version: { npm: "cline" },
    writes: [".cline"],
  },
  cn: {
    provider: "anthropic",
    command: [
      ...["{node24}", `${MODULES}/@continuedev/cli/dist/cn.js`],
      ...["--config", "{work}/config.yaml", "-p", ASK],
    ],
    files: {
      "config.yaml":
        "name: tried\nversion: 1.0.0\nschema: v1\nmodels:\n  - name: Claude\n    provider: anthropic\n    model: claude-sonnet-4-5\n    apiKey: authsome-proxy-managed\n    roles: [chat]\n",
    },
    version: { npm: "@continuedev/cli" },
    writes: [".continue"],
  },
  qwen: {
    provider: "openai",
    command: [
      ...["{node24}", `${MODULES}/@qwen-code/qwen-code/cli-entry.js`],
      ...["--auth-type", "openai", "-m", "gpt-4o"],
      ...["--openai-base-url", "https://api.openai.com/v1", "-p", ASK],
    ],
    version: { npm: "@qwen-code/qwen-code" },
    writes: [".qwen"],
  },
  llm: {
    provider: "openai",
    command: [
      ...["{agents}/llm/bin/python", "-m", "llm", "-m", "gpt-4o", ASK],
    ],
    version: { pypi: "llm", in: "llm" },
    writes: [".config/io.datasette.llm"],
  },
};

export const OF_AGENTS: readonly Row[] = Object.entries(AGENTS)
  .map(([name, row]) => ({ name: `agent-${name}`, limit: 150, ...row }));
