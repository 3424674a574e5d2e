/** The machine of a reader: a home with connections, files to work with, and the APIs, all on loopback. @module */
import { openRuntime } from "../../lib/host/wiring.ts";
import { Broker } from "../../lib/broker/broker.ts";
import type { Credential } from "../../lib/connection/connection.ts";
import { Secret } from "../../lib/secret.ts";
import {
  type LocalApi,
  startLocalApi,
} from "../../tests/support/servers/local_api.ts";
import { missingOf, programsIn } from "../../tests/support/missing.ts";
import { noSandbox } from "../../tests/support/sandbox/sandbox.ts";
import {
  matches,
  Session,
} from "../../tests/support/terminal/terminal_script.ts";
import { answer, HOSTS } from "./internet.ts";
import type { Block, Page } from "./page.ts";

/** Connections that a reader of the pages has: provider, name, and whether it is a key. */
const CONNECTIONS = [
  ["openai", "default", "api_key"],
  ["openai", "work", "api_key"],
  ["anthropic", "default", "api_key"],
  ["github", "default", "oauth2"],
  ["github", "work", "oauth2"],
] as const;

const AGENT = `import json, os, urllib.request
request = urllib.request.Request("https://api.github.com/user")
request.add_header("Authorization", "Bearer " + os.environ["GH_TOKEN"])
print("I am", json.load(urllib.request.urlopen(request))["login"])
`;

/** Longest that one block may take, in seconds; then it and all that it started is ended. */
const LIMIT = 60;

/** What became of a block. */
export interface Outcome {
  ran: boolean;
  /** What was expected and what came; absent when all is well. */
  problem?: string;
}

/** Runs the pages of one check. */
export class Reader {
  private constructor(
    readonly api: LocalApi,
    readonly folder: string,
  ) {}

  static async open(): Promise<Reader> {
    const api = await startLocalApi(HOSTS, answer);
    const folder = await Deno.makeTempDir({ prefix: "authsome-docs-" });
    await seed(`${folder}/home`);
    await Deno.writeTextFile(`${folder}/ca.pem`, api.caPem);
    return new Reader(api, folder);
  }

  /** Runs the blocks of one page in order, in a folder and a home of their own. */
  async read(page: Page): Promise<Outcome[]> {
    await using session = await Session.open();
    await this.#prepare(session.work);
    const outcomes: Outcome[] = [];
    for (const block of page.blocks) {
      outcomes.push(await this.#block(session, block));
    }
    return outcomes;
  }

  /** What each of `commands` prints, in a folder and a home of their own. */
  async outputs(commands: readonly string[]): Promise<string[]> {
    await using session = await Session.open();
    await this.#prepare(session.work);
    const outputs: string[] = [];
    for (const command of commands) {
      outputs.push((await this.#run(session, command)).output);
    }
    return outputs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api.close();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #prepare(work: string): Promise<void> {
    await Deno.mkdir(`${work}/.authsome/providers`, {
      recursive: true,
      mode: 0o700,
    });
    for await (const { name, isFile } of Deno.readDir(`${this.folder}/home`)) {
      if (!isFile) continue;
      await Deno.copyFile(
        `${this.folder}/home/${name}`,
        `${work}/.authsome/${name}`,
      );
    }
    await Deno.mkdir(`${work}/project`);
    await Deno.writeTextFile(`${work}/project/agent.py`, AGENT);
    await Deno.writeTextFile(
      `${work}/project/key.txt`,
      "sk-key-of-the-file\n",
    );
    const python = Deno.env.get("AUTHSOME_TEST_PYTHON");
    if (python) await program(work, "python3", python);
    const node = Deno.env.get("AUTHSOME_TEST_NODE");
    if (node) await program(work, "node", node);
  }

  async #block(session: Session, block: Block): Promise<Outcome> {
    if (block.file) {
      await Deno.writeTextFile(
        `${session.work}/project/${block.file}`,
        block.text,
      );
      return { ran: false };
    }
    const runs = block.language === "sh" || block.language === "console";
    if (!runs || block.notRun) return { ran: false };
    const absent = await this.#absent(session, block);
    if (absent) {
      console.log(`A block of the pages is skipped: ${absent}`);
      return { ran: false };
    }
    if (block.language === "sh") {
      const { code, output } = await this.#run(
        session,
        `set -e\n${block.text}`,
      );
      return code === 0
        ? { ran: true }
        : { ran: true, problem: `exit code ${code}\n${output}` };
    }
    for (const { command, expected } of parseConsole(block.text)) {
      const { output } = await this.#run(session, command);
      if (!matches(expected.map(wildcards), output)) {
        const problem = `$ ${command}\n--- expected\n${
          expected.join("\n")
        }\n--- got\n${output}`;
        return { ran: true, problem };
      }
    }
    return { ran: true };
  }

  /** Why a block is not run here: a program that it starts, or what it says that it needs. */
  async #absent(
    session: Session,
    { language, text, needs }: Block,
  ): Promise<string | false> {
    const commands = language === "sh"
      ? text
      : parseConsole(text).map(({ command }) => command).join("\n");
    const module = /^python3 (\S+)$/.exec(needs ?? "")?.[1];
    const reason = needs === "bwrap" && noSandbox ||
      await missingOf(programsIn(commands));
    if (reason || !module) return reason;
    const { code } = await this.#run(session, `python3 -c 'import ${module}'`);
    return code !== 0 && `Python has no ${module}`;
  }

  /** Both streams in one, as a terminal shows them. */
  async #run(
    session: Session,
    command: string,
  ): Promise<{ code: number; output: string }> {
    const child = new Deno.Command("timeout", {
      args: ["-k", "5", `${LIMIT}`, "/bin/sh", "-c", `exec 2>&1\n${command}`],
      cwd: `${session.work}/project`,
      clearEnv: true,
      env: {
        ...session.environment,
        AUTHSOME_HOME: `${session.work}/.authsome`,
        AUTHSOME_CA_BUNDLE: `${this.folder}/ca.pem`,
        AUTHSOME_NO_BROWSER: "1",
        HTTPS_PROXY: this.api.proxyUrl,
        NO_COLOR: "1",
        PYTHONDONTWRITEBYTECODE: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    const { code, stdout } = await child.output();
    const output = new TextDecoder().decode(stdout)
      .replaceAll(`${session.work}/`, "~/");
    return { code, output };
  }
}

/** Whether a block is shell, so that it must run or say why not. */
export function isShell({ language }: Block): boolean {
  return /^(sh|bash|zsh|fish|shell|console|powershell|pwsh|cmd|bat)$/
    .test(language);
}

/** The commands of a session and what each printed; `…` stands for any text, alone on a line for any lines. */
export function parseConsole(
  text: string,
): { command: string; expected: string[] }[] {
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of text.split("\n")) {
    const step = steps.at(-1);
    if (line.startsWith("$ ")) {
      steps.push({ command: line.slice(2), expected: [] });
    } else if (!step) throw new SyntaxError(`no command before "${line}"`);
    else if (line.startsWith("> ")) step.command += `\n${line.slice(2)}`;
    else step.expected.push(line);
  }
  return steps;
}

function wildcards(line: string): string {
  return line === "…" ? "..." : line.replaceAll("…", "[..]");
}

async function seed(home: string): Promise<void> {
  await using broker = await Broker.open(await openRuntime({ home }), {
    profile: "default",
  });
  const now = broker.clock.now();
  for (const [provider, name, type] of CONNECTIONS) {
    const secret = new Secret(`${provider}-secret-of-${name}`);
    const credential: Credential = type === "api_key"
      ? { type, fields: { api_key: secret } }
      : {
        type,
        accessToken: secret,
        scopes: ["repo", "read:user"],
        requestedScopes: [],
        captured: {},
      };
    await broker.connections.save({
      provider,
      name,
      revision: 0,
      credential,
      state: "connected",
      createdAt: now,
      updatedAt: now,
    });
  }
}

async function program(work: string, name: string, path: string) {
  await Deno.writeTextFile(
    `${work}/bin/${name}`,
    `#!/bin/sh\nexec ${path} "$@"\n`,
    { mode: 0o755 },
  );
}
