/** Servers in the configuration of agents: what an installation would change, and what is installed. @module */
import { AuthsomeError } from "../../errors.ts";
import { type Agent, AGENTS, type Scope } from "../../mcp/agents/agents.ts";
import {
  entriesIn,
  remoteOf,
  servedBy,
  withEntry,
  withoutEntry,
} from "../../mcp/agents/entries.ts";
import { NotJson } from "../../mcp/agents/json_text.ts";
import { NotTables } from "../../mcp/agents/toml_text.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import { quoted } from "../../text.ts";
import type { Broker } from "../broker.ts";
import { isAddress, serverOf, serverUrl } from "./server_url.ts";

/** What is to be installed. */
export interface Installation {
  /** Its name in {@linkcode AGENTS}. */
  agent: string;
  /** URL, or name of a provider. */
  server: string;
  scope: Scope;
  /** Name of the entry. Default: one by the server. */
  name?: string;
  /** The command and its arguments that serve `server`. */
  words: string[];
}

/** A change of one file that was not made yet. */
export interface Change {
  path: string;
  /** Name of the entry. */
  name: string;
  /** `undefined`: there is no such file. */
  before: string | undefined;
  after: string;
  /** Name of the entry whose place it takes, and what that ran. */
  replaces?: "authsome" | "mcp-remote";
}

/** An entry of ours, or one of `mcp-remote`. */
export interface InstalledEntry {
  agent: string;
  scope: Scope;
  path: string;
  name: string;
  server: string;
  runs: "authsome" | "mcp-remote";
}

/** The agent called `name`. Throws `Usage`. */
export function agentCalled(name: string): Agent {
  if (Object.hasOwn(AGENTS, name)) return AGENTS[name]!;
  throw new AuthsomeError(
    "Usage",
    `Cannot install: there is no agent ${quoted(name, 40)}`,
    `Choose one of: ${Object.keys(AGENTS).join(", ")}`,
    { subject: { field: "agent" } },
  );
}

/**
 * What an installation would change; `after` is `before` if it is there already.
 *
 * @throws {AuthsomeError} `Usage` for an agent or scope that is not there, `ProviderNotFound`; `OperationNotAllowed` if
 * another server has that name, or the file is in a form that cannot be changed.
 */
export async function planInstallation(
  broker: Broker,
  files: AgentFiles,
  { agent: called, server, scope, name, words }: Installation,
): Promise<Change> {
  const agent = agentCalled(called);
  const url = await urlOf(broker, server);
  const { path, before } = fileOf(agent, called, scope, files);
  return changing(path, before, () => {
    const text = before ?? "";
    const entries = entriesIn(text, agent.form);
    const isSame = (other: string | undefined) =>
      other !== undefined && (other === server || sameUrl(other, url));
    const old = entries.find((entry) =>
      (name === undefined || entry.name === name) &&
      (isSame(servedBy(entry.words)) || isSame(remoteOf(entry.words)))
    );
    const chosen = old?.name ?? name ?? entryName(server, url);
    const taken = old ?? entries.find((entry) => entry.name === chosen);
    const replaces = !taken
      ? undefined
      : servedBy(taken.words) !== undefined
      ? "authsome"
      : isSame(remoteOf(taken.words))
      ? "mcp-remote"
      : undefined;
    if (taken && (!replaces || !old && name === undefined)) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot install ${server}: "${path}" has another server called ${
          quoted(chosen, 40)
        }`,
        "Choose another name with --name",
        { subject: { file: path } },
      );
    }
    const same = taken && JSON.stringify(taken.words) === JSON.stringify(words);
    const after = same ? text : withEntry(
      text,
      agent.form,
      { name: chosen, words },
      replaces === "mcp-remote",
    );
    return { name: chosen, after, ...(replaces ? { replaces } : {}) };
  });
}

/** What the removal of a server would change. Throws as {@linkcode planInstallation}, and `ProviderNotFound` if it is not there. */
export function planRemoval(
  files: AgentFiles,
  called: string,
  scope: Scope,
  server: string,
): Change {
  const agent = agentCalled(called);
  const { path, before } = fileOf(agent, called, scope, files);
  return changing(path, before, () => {
    const found = entriesIn(before ?? "", agent.form).find((entry) => {
      const serves = servedBy(entry.words);
      return serves !== undefined &&
        (entry.name === server || serves === server ||
          isAddress(server) && sameUrl(serves, new URL(server)));
    });
    if (!found) {
      throw new AuthsomeError(
        "ProviderNotFound",
        `Cannot uninstall ${
          quoted(server, 80)
        }: "${path}" has no entry of authsome for it`,
        "authsome mcp list",
      );
    }
    const { name } = found;
    return { name, after: withoutEntry(before ?? "", agent.form, name) };
  });
}

/** Every entry of ours and of `mcp-remote`; `warn` is told of files that cannot be read. */
export function installedEntries(
  files: AgentFiles,
  warn: (message: string) => void,
): InstalledEntry[] {
  const found: InstalledEntry[] = [];
  for (const [name, agent] of Object.entries(AGENTS)) {
    for (const scope of ["user", "project"] as const) {
      for (const path of agent.files[scope]?.(files) ?? []) {
        try {
          const text = files.read(path);
          if (text === undefined) continue;
          for (const entry of entriesIn(text, agent.form)) {
            const ours = servedBy(entry.words);
            const server = ours ?? remoteOf(entry.words);
            if (server === undefined) continue;
            found.push({
              ...{ agent: name, scope, path, name: entry.name, server },
              runs: ours === undefined ? "mcp-remote" : "authsome",
            });
          }
        } catch (error) {
          if (isUnread(error)) {
            warn(`"${path}" is left out: ${error.message}`);
          } else if (error instanceof AuthsomeError) warn(error.message);
          else throw error;
        }
      }
    }
  }
  return found;
}

async function urlOf(broker: Broker, server: string): Promise<URL> {
  return isAddress(server)
    ? serverUrl(server)
    : serverOf((await broker.registry.get(server)).definition);
}

function fileOf(
  { display, files: places }: Agent,
  called: string,
  scope: Scope,
  files: AgentFiles,
): { path: string; before: string | undefined } {
  const paths = places[scope]?.(files);
  if (!paths) {
    throw new AuthsomeError(
      "Usage",
      `Cannot install for this folder: ${display} has no configuration for one`,
      `authsome mcp install ${called} … --scope user`,
      { subject: { field: "scope" } },
    );
  }
  for (const path of paths) {
    const before = files.read(path);
    if (before !== undefined) return { path, before };
  }
  return { path: paths[0]!, before: undefined };
}

function changing(
  path: string,
  before: string | undefined,
  change: () => Omit<Change, "path" | "before">,
): Change {
  try {
    return { path, before, ...change() };
  } catch (error) {
    if (!isUnread(error)) throw error;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot change "${path}": ${error.message}`,
      "Correct the file, or change it by hand; nothing was written",
      { cause: error, subject: { file: path } },
    );
  }
}

function isUnread(error: unknown): error is Error {
  return error instanceof NotJson || error instanceof NotTables;
}

function sameUrl(text: string, url: URL): boolean {
  const plain = (each: URL) => each.href.replace(/\/$/, "");
  return URL.canParse(text) && plain(new URL(text)) === plain(url);
}

/** `linear-mcp` and `https://mcp.linear.app/mcp` are both `linear`. */
function entryName(server: string, url: URL): string {
  const name = isAddress(server)
    ? url.hostname.split(".").find((label) =>
      !/^(?:mcp|www|api|app|remote|server)$/.test(label)
    ) ?? url.hostname
    : server.replace(/[-_]mcp$/, "");
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "-");
}
