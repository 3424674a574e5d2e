/** `ssh-agent add`, `generate`, `list`, `restrict`, `remove`: the keys of the agent. @module */
import type { GivenLimits } from "../../../broker/ssh/manage_ssh_keys.ts";
import {
  argument,
  defineCommand,
  option,
  optionalArgument,
  options,
  toggle,
} from "../../kit/define_command.ts";

interface LimitFlags {
  host?: string[];
  namespace?: string[];
  confirm?: boolean;
}

interface AddFlags extends LimitFlags {
  name?: string;
  stdin?: boolean;
  passphraseStdin?: boolean;
  force?: boolean;
}

const LIMIT_FLAGS = {
  host: options(
    "Log in to this host only; its key is taken from known_hosts",
    "[user@]host[:port]",
  ),
  namespace: options("Sign files of this namespace only: git, file", "name"),
  confirm: toggle("Ask before each use"),
} as const;

/** `ssh-agent add <file>`. */
export const add = defineCommand<AddFlags, [file?: string]>({
  description:
    "Copies a private key into the vault: Ed25519, ECDSA or RSA of 2048 bits or more, in the format of OpenSSH or in PEM. Its passphrase is asked for once; in the vault the key is sealed like every credential. The file stays as it is. With --host or --namespace the key can be used for those alone. The host keys are remembered as known_hosts has them now.",
  usage: "<file> [--name <name>] [--host <host>]… [--namespace <name>]…",
  examples: [
    ["authsome ssh-agent add ~/.ssh/id_ed25519", "by the name id_ed25519"],
    [
      "authsome ssh-agent add deploy.pem --host git@github.com --confirm",
      "for one user of one host, and only when you say yes",
    ],
    [
      "pass show ssh/work | authsome ssh-agent add --stdin --name work",
      "from a password manager",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [optionalArgument("The private key", "file", "file")],
    },
    flags: {
      name: option("Name of the key (default that of the file)", "name"),
      stdin: toggle("Read the private key from stdin"),
      passphraseStdin: toggle("Read its passphrase from stdin, one line"),
      ...LIMIT_FLAGS,
      force: toggle("Replace a key of the same name"),
    },
  },

  async run(context, flags, file) {
    const { runAdd } = await import("./run_ssh_agent_keys.ts");
    await runAdd(context, flags, limitsOf(flags), file);
  },
});

/** `ssh-agent generate <name>`. */
export const generate = defineCommand<
  LimitFlags & { comment?: string; force?: boolean },
  [name: string]
>({
  description:
    "Makes an Ed25519 key in the vault and prints the public key, for authorized_keys or the settings of GitHub. The private key is never shown.",
  examples: [
    ["authsome ssh-agent generate work", "a key; its public part is printed"],
    [
      "authsome ssh-agent generate signing --namespace git",
      "a key that only signs commits",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the key", "name")],
    },
    flags: {
      comment: option("What follows the public key (default the name)", "text"),
      ...LIMIT_FLAGS,
      force: toggle("Replace a key of the same name"),
    },
  },

  async run(context, flags, name) {
    const { runGenerate } = await import("./run_ssh_agent_keys.ts");
    await runGenerate(context, flags, limitsOf(flags), name);
  },
});

/** `ssh-agent list`. */
export const list = defineCommand<{ public?: boolean }>({
  examples: [
    ["authsome ssh-agent list", "every key, and what it may be used for"],
    ["authsome ssh-agent list --public", "the public keys, one in a line"],
  ],
  parameters: {
    flags: { public: toggle("Print the public keys, as ssh-add -L does") },
  },

  async run(context, flags) {
    const { runList } = await import("./run_ssh_agent_keys.ts");
    await runList(context, flags.public ?? false);
  },
});

/** `ssh-agent restrict <name>`. */
export const restrict = defineCommand<
  LimitFlags & { noConfirm?: boolean; any?: boolean },
  [name: string]
>({
  description:
    "Sets what a key may be used for, from now on, in running agents too. --host replaces all hosts of before, and --namespace all namespaces. With either, everything else is refused: other hosts, other namespaces, clients that do not say which server they log in to (OpenSSH before 8.9), and forwarded agents.",
  examples: [
    [
      "authsome ssh-agent restrict work --host github.com --namespace git",
      "GitHub and commits, nothing else",
    ],
    ["authsome ssh-agent restrict work --confirm", "ask before each use"],
    ["authsome ssh-agent restrict work --any", "for everything again"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the key", "name")],
    },
    flags: {
      ...LIMIT_FLAGS,
      noConfirm: toggle("Do not ask"),
      any: toggle("Allow every host and namespace"),
    },
  },

  async run(context, flags, name) {
    const { runRestrict } = await import("./run_ssh_agent_keys.ts");
    await runRestrict(context, flags, name);
  },
});

/** `ssh-agent remove <name>`. */
export const remove = defineCommand<{ yes?: boolean }, [name: string]>({
  description:
    "Deletes a key from the vault. Running agents do not have it any more. The private key cannot be had back, unless the file that it came from is still there.",
  examples: [["authsome ssh-agent remove work", "delete it"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the key", "name")],
    },
    flags: { yes: toggle("Delete it without asking") },
  },

  async run(context, flags, name) {
    const { runRemove } = await import("./run_ssh_agent_keys.ts");
    await runRemove(context, flags.yes ?? false, name);
  },
});

function limitsOf(
  { host = [], namespace = [], confirm = false }: LimitFlags,
): GivenLimits {
  return { hosts: host, namespaces: namespace, confirm };
}
