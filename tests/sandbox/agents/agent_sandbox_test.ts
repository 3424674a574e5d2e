// What an agent may keep in a sandbox, with a shell in the place of the agent.
import { expect } from "expect";
import { type Sandbox, sandboxTest } from "../../support/sandbox/sandbox.ts";

const agentTest = (name: string, body: (sandbox: Sandbox) => Promise<void>) =>
  sandboxTest(name, { groq: "gsk_canary" }, [], () => new Response(), body);

const read = (path: string) => Deno.readTextFileSync(path);

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

function write(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

async function eventually(look: () => unknown): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      look();
      return;
    } catch { /* Not yet. */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not happen");
}

agentTest(
  "Claude Code keeps its sessions and settings, and nothing that runs outside",
  async ({ folder, sh, env }) => {
    write(`${folder}/.claude/settings.json`, '{"theme":"dark"}');
    write(`${folder}/.claude/.credentials.json`, "canary");
    write(`${folder}/.claude/plugins/own/hook`, "own");
    write(`${folder}/.claude.json`, '{"mcpServers":{"own":{}},"n":1}');
    const options = ["--agent", "claude"];
    const { stdout, stderr, code } = await sh(
      `cd ~/.claude
      cat settings.json .credentials.json plugins/own/hook
      echo 1 > projects/session; echo 1 >> history.jsonl
      echo '{"mcpServers":{"evil":{"command":"x"}},"n":2}' > ~/t; mv ~/t ~/.claude.json
      echo x 2>/dev/null > settings.json || echo read-only
      mv history.jsonl settings.json 2>/dev/null || echo not replaced
      echo x 2>/dev/null > plugins/own/hook || echo read-only
      mkdir skills hooks shell-snapshots; echo x > skills/SKILL.md; echo x > .env; echo x > settings.local.json
      echo new > .credentials.json; echo 2 >> history.jsonl`,
      { options },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      '{"theme":"dark"}{}\nownread-only\nnot replaced\nread-only\n',
    );
    expect(JSON.parse(read(`${folder}/.claude.json`)))
      .toEqual({ mcpServers: { own: {} }, n: 2 });
    expect(read(`${folder}/.claude/.credentials.json`)).toBe("canary");
    expect(read(`${folder}/.claude/history.jsonl`)).toBe("1\n2\n");
    expect(names(`${folder}/.claude`)).toEqual([
      ...[".credentials.json", "backups", "file-history", "history.jsonl"],
      ...["plans", "plugins", "projects", "sessions", "settings.json"],
      ...["tasks", "todos"],
    ]);
    // The next run has it, and another folder is another state.
    const again = await sh("cat ~/.claude/projects/session ~/.claude.json", {
      options,
    });
    expect(again.stdout).toContain('1\n{\n  "mcpServers"');
    const moved = { ...env, CLAUDE_CONFIG_DIR: `${folder}/moved` };
    const other = await sh(
      'echo 1 > $CLAUDE_CONFIG_DIR/projects/x; echo "{}" > $CLAUDE_CONFIG_DIR/.claude.json; ls ~/.claude/projects',
      { options, env: moved },
    );
    expect(other.stdout).toBe("session\n");
    expect(read(`${folder}/moved/projects/x`)).toBe("1\n");
    expect(read(`${folder}/moved/.claude.json`)).toBe("{}\n");
  },
);

agentTest(
  "Codex keeps its databases; what it must not make is not there afterwards either",
  async ({ folder, sh, work }) => {
    const { stdout, code } = await sh(
      `cd ~/.codex
      echo 1 > state_9.sqlite; mkdir sessions; echo 1 > sessions/s
      for each in config.toml hooks.json AGENTS.md auth.json .env; do
        echo x 2>/dev/null > $each || echo read-only
        ln -sf /etc/passwd $each 2>/dev/null || echo not replaced
        rm -f $each 2>/dev/null || echo not removed
      done
      for each in hooks plugins rules; do
        touch $each/x 2>/dev/null || echo read-only
        mv $each other 2>/dev/null || echo not moved
      done
      mkdir -p tmp/arg0 skills/.system && ls -d tmp/arg0 skills/.system`,
      { options: ["--agent", "codex"] },
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      "read-only\nnot replaced\nnot removed\n".repeat(5) +
        "read-only\nnot moved\n".repeat(3) + "skills/.system\ntmp/arg0\n",
    );
    expect(names(`${folder}/.codex`))
      .toEqual(["sessions", "skills", "state_9.sqlite"]);
    expect(names(`${folder}/.codex/skills`)).toEqual([]);
    write(`${folder}/.codex/auth.json`, "canary");
    write(`${folder}/.codex/config.toml`, "own = 1\n");
    const next = await sh(
      "cat ~/.codex/state_9.sqlite ~/.codex/auth.json ~/.codex/config.toml",
      { options: ["--agent", "codex"] },
    );
    expect(next.stdout).toBe("1\n{}\nown = 1\n");
    expect(names(work)).toEqual([]);
  },
);

agentTest(
  "what must not be made stays so while another run of the agent ends",
  async ({ folder, sh, work }) => {
    const options = ["--agent", "codex"];
    const wait = (name: string) =>
      `n=0; until [ -e ${name} ] || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done`;
    const first = sh(`touch first; ${wait("second")}`, { options });
    // What stands in for missing files is the first one's.
    await eventually(() => Deno.statSync(`${work}/first`));
    const second = sh(
      `touch second; ${wait("ended")}
      echo x 2>/dev/null > ~/.codex/hooks.json || echo read-only
      touch ~/.codex/hooks/x 2>/dev/null || echo read-only`,
      { options },
    );
    const { code, stderr } = await first;
    // What the second one still needs was not made by the command.
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    Deno.writeTextFileSync(`${work}/ended`, "");
    expect((await second).stdout).toBe("read-only\nread-only\n");
    expect(names(`${folder}/.codex`)).toEqual(["skills"]);
  },
);

agentTest(
  "an agent is shown before it runs, and named where it is forgotten",
  async ({ folder, work, authsome, sh }) => {
    const dry = await authsome([
      ...["run", "--dry-run", "--json", "--sandbox", "--agent", "gemini"],
      ...["--", "gemini"],
    ], { cwd: work });
    const { sandbox } = JSON.parse(dry.stdout);
    expect(sandbox.agent.name).toBe("gemini");
    expect(sandbox.agent.keeps).toContain(`${folder}/.gemini/history/`);
    expect(sandbox.agent.ends_with_run).toEqual([`${folder}/.gemini`]);
    expect(sandbox.agent.login).toContain(`${folder}/.gemini/oauth_creds.json`);
    expect(sandbox.writable).toContain(`${folder}/.gemini/history`);
    expect(names(folder)).not.toContain(".gemini");
    const text = await authsome([
      ...["run", "--dry-run", "--sandbox", "--agent", "claude", "--", "claude"],
    ], { cwd: work });
    expect(text.stdout).toContain(`${folder}/.claude.json: mcpServers`);
    expect(text.stdout).toContain("(handled by authsome)");
    const explained = await authsome([
      "explain",
      "--agent",
      "gemini",
      "--json",
    ]);
    expect(JSON.parse(explained.stdout).agent).toEqual(sandbox.agent);
    write(`${work}/claude`, "#!/bin/sh\n");
    Deno.chmodSync(`${work}/claude`, 0o755);
    const hinted = await authsome(["run", "--sandbox", "./claude"], {
      cwd: work,
    });
    expect(hinted.stderr).toContain("add --agent claude");
    const quiet = await sh("true");
    expect(quiet.stderr).not.toContain("--agent");
    const alone = await authsome(["run", "--agent", "claude", "true"]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("need --sandbox");
  },
);
