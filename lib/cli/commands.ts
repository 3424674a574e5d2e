/** The table of commands: names, one line each, and how to load them. @module */
import { APPROVE_COMMANDS } from "./commands/approve/approve_commands.ts";
import { POLICY_COMMANDS } from "./commands/policy/policy_commands.ts";
import type { CommandEntry, CommandTable } from "./kit/define_command.ts";

/** Every command by the words that call it, in the order of `authsome --help`. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "login": {
    brief: "Connect an account",
    group: "Connect",
    load: async () => (await import("./commands/login/login.ts")).default,
  },
  "import": {
    brief: "Import credentials from other programs",
    group: "Connect",
    load: async () => (await import("./commands/import/import.ts")).default,
  },
  "logout": {
    brief: "Delete a connection from the vault",
    group: "Connect",
    load: async () => (await import("./commands/logout.ts")).default,
  },
  "revoke": {
    brief: "Revoke access at the provider and delete it here",
    group: "Connect",
    load: async () => (await import("./commands/revoke.ts")).default,
  },
  "set-default": {
    brief: "Choose which connection is used",
    group: "Connect",
    load: async () => (await import("./commands/set_default.ts")).default,
  },
  "prefer": {
    brief: "Choose between providers that serve the same hosts",
    group: "Connect",
    load: async () => (await import("./commands/prefer.ts")).default,
  },
  "run": {
    brief: "Run a command behind the proxy",
    group: "Use",
    runsOther: [
      ...["--only", "--connection", "--allow-minting", "--policy"],
      ...["--allow-write", "--allow-read", "--deny-read", "--allow-private"],
      ...["--policy-file", "--max-usd"],
      ...["--agent", "--listen"],
    ],
    load: async () => (await import("./commands/run/run.ts")).default,
  },
  "mcp": {
    brief: "Serve a remote MCP server on stdin and stdout",
    group: "Use",
    load: async () => (await import("./commands/mcp/mcp.ts")).default,
  },
  "mcp install": {
    brief: "Write a remote MCP server into an agent's settings",
    group: "Use",
    load: async () => (await import("./commands/mcp/mcp_install.ts")).default,
  },
  "mcp list": {
    brief: "List the MCP servers that agents run by authsome",
    group: "Use",
    load: async () => (await import("./commands/mcp/mcp_list.ts")).default,
  },
  "mcp uninstall": {
    brief: "Remove an MCP server from an agent's settings",
    group: "Use",
    load: async () => (await import("./commands/mcp/mcp_uninstall.ts")).default,
  },
  "ssh-agent": {
    brief: "Sign with the SSH keys of the vault",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent.ts")).default,
  },
  "ssh-agent add": {
    brief: "Copy a private key into the vault",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent_keys.ts")).add,
  },
  "ssh-agent generate": {
    brief: "Make a key, and print its public part",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent_keys.ts")).generate,
  },
  "ssh-agent list": {
    brief: "List the keys and what they may be used for",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent_keys.ts")).list,
  },
  "ssh-agent restrict": {
    brief: "Set what a key may be used for",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent_keys.ts")).restrict,
  },
  "ssh-agent remove": {
    brief: "Delete a key from the vault",
    group: "Use",
    load: async () =>
      (await import("./commands/ssh_agent/ssh_agent_keys.ts")).remove,
  },
  "token": {
    brief: "Print a fresh access token or API key, for scripts",
    group: "Use",
    load: async () => (await import("./commands/token.ts")).default,
  },
  "export": {
    brief: "Print access tokens and API keys as variables",
    group: "Use",
    load: async () => (await import("./commands/export.ts")).default,
  },
  "credential git": {
    brief: "Answer git, outside of a run",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_git.ts")).default,
  },
  "credential docker": {
    brief: "Answer Docker, outside of a run",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_docker.ts")).default,
  },
  "credential aws": {
    brief: "Give the AWS CLI the keys of a connection",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_aws.ts")).default,
  },
  "credential kubectl": {
    brief: "Give kubectl the token of its cluster",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_kubectl.ts")).default,
  },
  "credential cargo": {
    brief: "Give Cargo the token of a registry",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_cargo.ts")).default,
  },
  "credential pip": {
    brief: "Give pip and uv the password of an index",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_pip.ts")).default,
  },
  "credential npm": {
    brief: "Print the token of an npm registry, for pnpm and scripts",
    group: "Use",
    load: async () =>
      (await import("./commands/credential/credential_npm.ts")).default,
  },
  ...APPROVE_COMMANDS,
  "list": {
    brief: "List providers and connections",
    group: "Look",
    load: async () => (await import("./commands/list.ts")).default,
  },
  "get": {
    brief: "Show a connection, secrets redacted",
    group: "Look",
    load: async () => (await import("./commands/get.ts")).default,
  },
  "inspect": {
    brief: "Print the definition of a provider",
    group: "Look",
    load: async () => (await import("./commands/inspect.ts")).default,
  },
  "log": {
    brief: "Show the audit log",
    group: "Look",
    load: async () => (await import("./commands/log.ts")).default,
  },
  "log export": {
    brief: "Send the audit log to the configured destinations",
    group: "Look",
    load: async () => (await import("./commands/log/log_export.ts")).default,
  },
  "runs list": {
    brief: "Show what runs behind the proxy now",
    group: "Look",
    load: async () => (await import("./commands/runs/runs_list.ts")).default,
  },
  "runs stop": {
    brief: "End a run as Ctrl-C does",
    group: "Manage",
    load: async () => (await import("./commands/runs/runs_stop.ts")).default,
  },
  "ui": {
    brief: "Open the local page",
    group: "Look",
    load: async () => (await import("./commands/ui/ui.ts")).default,
  },
  "explain": {
    brief: "Show which credential a request would get, and why",
    group: "Look",
    load: async () => (await import("./commands/explain/explain.ts")).default,
  },
  ...POLICY_COMMANDS,
  "scan": {
    brief: "Find keys in .env files and compare with the vault",
    group: "Look",
    load: async () => (await import("./commands/scan/scan.ts")).default,
  },
  "whoami": {
    brief: "Show the home and the profile in use",
    group: "Look",
    load: async () => (await import("./commands/whoami.ts")).default,
  },
  "doctor": {
    brief: "Check the installation and suggest fixes",
    group: "Look",
    runsOther: [],
    load: async () => (await import("./commands/doctor/doctor.ts")).default,
  },
  "init": {
    brief: "Create the home, its key and its vault",
    group: "Manage",
    load: async () => (await import("./commands/init.ts")).default,
  },
  "onboard": {
    brief: "Create the home and import keys: init, scan --import",
    group: "Manage",
    load: async () => (await import("./commands/onboard.ts")).default,
  },
  "setup": {
    brief: "Set up an agent or a tool to use authsome",
    group: "Manage",
    load: async () => (await import("./commands/setup/setup.ts")).default,
  },
  "setup list": {
    brief: "List the agents and tools that are set up",
    group: "Manage",
    load: async () => (await import("./commands/setup/setup_list.ts")).default,
  },
  "register": {
    brief: "Install the definition of a provider",
    group: "Manage",
    load: async () => (await import("./commands/register/register.ts")).default,
  },
  "override": {
    brief: "Edit the definition of a provider",
    group: "Manage",
    load: async () => (await import("./commands/override/override.ts")).default,
  },
  "remove": {
    brief: "Uninstall a definition and its connections",
    group: "Manage",
    load: async () => (await import("./commands/remove.ts")).default,
  },
  "provider new": {
    brief: "Write the definition of another provider",
    group: "Manage",
    load: async () =>
      (await import("./commands/provider/provider_new.ts")).default,
  },
  "provider test": {
    brief: "Show where a definition puts its credential, and try it",
    group: "Manage",
    load: async () =>
      (await import("./commands/provider/provider_test.ts")).default,
  },
  "profile list": {
    brief: "List profiles",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).list,
  },
  "profile create": {
    brief: "Make a profile",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).create,
  },
  "profile use": {
    brief: "Use a profile from now on",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).use,
  },
  "profile rename": {
    brief: "Give a profile another name",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).rename,
  },
  "profile bind": {
    brief: "Use a profile in this folder",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).bind,
  },
  "profile delete": {
    brief: "Delete a profile and everything in it",
    group: "Manage",
    load: async () => (await import("./commands/profile.ts")).remove,
  },
  "key status": {
    brief: "Show where the master key is",
    group: "Manage",
    load: async () => (await import("./commands/key.ts")).status,
  },
  "key move": {
    brief: "Move the master key to another place",
    group: "Manage",
    load: async () => (await import("./commands/key/key_changes.ts")).move,
  },
  "key rotate": {
    brief: "Make new keys and seal everything anew",
    group: "Manage",
    load: async () => (await import("./commands/key/key_changes.ts")).rotate,
  },
  "key backup": {
    brief: "Write the key that opens the vault to a file",
    group: "Manage",
    load: async () => (await import("./commands/key/key_changes.ts")).backup,
  },
  "key restore": {
    brief: "Open the vault again with a backup of its key",
    group: "Manage",
    load: async () => (await import("./commands/key/key_changes.ts")).restore,
  },
  "key passphrase": {
    brief: "Choose another passphrase",
    group: "Manage",
    load: async () => (await import("./commands/key/passphrase.ts")).passphrase,
  },
  "key unlock": {
    brief: "Do not ask for the passphrase for a time",
    group: "Manage",
    load: async () => (await import("./commands/key/passphrase.ts")).unlock,
  },
  "key lock": {
    brief: "Ask for the passphrase again",
    group: "Manage",
    load: async () => (await import("./commands/key/passphrase.ts")).lock,
  },
  "vault verify": {
    brief: "Check that every record opens",
    group: "Manage",
    load: async () =>
      (await import("./commands/vault/vault_verify.ts")).default,
  },
  "vault export": {
    brief: "Write an encrypted copy for another machine",
    group: "Manage",
    load: async () =>
      (await import("./commands/vault/vault_export.ts")).default,
  },
  "vault import": {
    brief: "Read a copy from another machine",
    group: "Manage",
    load: async () =>
      (await import("./commands/vault/vault_import.ts")).default,
  },
  "completions": {
    brief: "Print a completion script for a shell",
    group: "Manage",
    load: async () =>
      (await import("./commands/completions/completions.ts")).default,
  },
  "upgrade": {
    brief: "Check for a newer version",
    group: "Manage",
    load: async () => (await import("./commands/upgrade.ts")).default,
  },
  "__complete": {
    brief: "Suggest completions to a shell",
    load: async () =>
      (await import("./commands/completions/complete.ts")).completeFrom(TABLE),
  },
};

const PROVIDER_ALIASES = ["list", "inspect", "register", "remove", "revoke"];

/** Other words for commands, by those words. */
export const ALIASES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    PROVIDER_ALIASES.filter((name) => Object.hasOwn(COMMANDS, name))
      .map((name) => [`provider ${name}`, name]),
  ),
  "connections list": "list",
  "connections inspect": "get",
  "connections set-default": "set-default",
};

/** The entry called by the first one or two words of `words`, and how many words that took. */
export function findCommand(
  words: readonly string[],
): { name: string; entry: CommandEntry; length: number } | undefined {
  for (const length of [2, 1]) {
    const typed = words.slice(0, length).join(" ");
    const name = Object.hasOwn(ALIASES, typed) ? ALIASES[typed]! : typed;
    if (words.length >= length && Object.hasOwn(COMMANDS, name)) {
      return { name, entry: COMMANDS[name]!, length };
    }
  }
}

/** Subcommands of a group such as `profile`; empty when there is no such group. */
export function subcommands(group: string): string[] {
  return [...Object.keys(COMMANDS), ...Object.keys(ALIASES)]
    .filter((name) => name.startsWith(`${group} `));
}

/** The flags with a value of a command that runs another one; `undefined` for any other. */
export function runsOther(name: string): readonly string[] | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name]!.runsOther : undefined;
}

const TABLE: CommandTable = {
  commands: COMMANDS,
  aliases: ALIASES,
  find: findCommand,
  runsOther,
};
