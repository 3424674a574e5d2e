/** What the commands for the keys of an SSH agent do. @module */
import {
  addSshKey,
  type GivenLimits,
  limitSshKey,
  listSshKeys,
  makeSshKey,
  removeSshKey,
  type SshKeySummary,
} from "../../../broker/ssh/manage_ssh_keys.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";
import { shorten } from "../../kit/terminal_text.ts";

/** Bytes of a private key: one of RSA with 16,384 bits has 13,000. */
const MAX_KEY = 65_536;

/** `ssh-agent add`. */
export async function runAdd(
  context: CliContext,
  flags: {
    name?: string;
    stdin?: boolean;
    passphraseStdin?: boolean;
    force?: boolean;
  },
  limits: GivenLimits,
  file: string | undefined,
): Promise<void> {
  const { output } = context;
  if (flags.stdin ? file !== undefined : file === undefined) {
    throw usage(
      "give either the file of the private key or --stdin",
      "authsome ssh-agent add ~/.ssh/id_ed25519",
    );
  }
  if (flags.stdin && flags.passphraseStdin) {
    throw usage(
      "--stdin and --passphrase-stdin read the same",
      "Give the key as a file",
    );
  }
  const name = flags.name ?? file?.replace(/^.*[\\/]/, "");
  if (name === undefined) {
    throw usage("it has no name", "Give it one: --name work");
  }
  const text = file === undefined
    ? await readStdin(context)
    : readKeyFile(context, file);
  const key = await addSshKey(
    await context.broker(),
    {
      ...{ name, text },
      passphrase: () =>
        askPassphrase(context, flags.passphraseStdin ?? false, file),
    },
    limits,
    flags.force ?? false,
  );
  tellKey(context, key);
  if (file !== undefined) {
    output.say(
      `The file ${
        shorten(file)
      } is still there. Once logins work through the agent you may remove it`,
    );
  }
}

/** `ssh-agent generate`. */
export async function runGenerate(
  context: CliContext,
  { comment, force }: { comment?: string; force?: boolean },
  limits: GivenLimits,
  name: string,
): Promise<void> {
  const broker = await context.broker();
  tellKey(
    context,
    await makeSshKey(
      broker,
      { name, comment: comment ?? name },
      limits,
      force ?? false,
    ),
  );
}

/** `ssh-agent list`. */
export async function runList(
  context: CliContext,
  asPublic: boolean,
): Promise<void> {
  const { output } = context;
  const keys = await listSshKeys(await context.broker());
  if (output.asJson) return output.json({ keys: keys.map(asJson) });
  if (keys.length === 0) {
    return output.say(
      "No SSH key yet: authsome ssh-agent generate <name>, or ssh-agent add <file>",
    );
  }
  if (asPublic) {
    return output.data(keys.map(({ publicKey }) => publicKey).join("\n"));
  }
  output.styled(table([
    ["NAME", "TYPE", "FINGERPRINT", "ALLOWED", "CONFIRM"],
    ...keys.map((key) => [
      ...[key.name, key.type, key.fingerprint, allowed(key)],
      key.confirm ? "yes" : "no",
    ]),
  ], context.width));
}

/** `ssh-agent restrict`. */
export async function runRestrict(
  context: CliContext,
  flags: {
    host?: string[];
    namespace?: string[];
    confirm?: boolean;
    noConfirm?: boolean;
    any?: boolean;
  },
  name: string,
): Promise<void> {
  const { host, namespace, any } = flags;
  if (flags.confirm && flags.noConfirm) {
    throw usage("--confirm and --no-confirm do not go together");
  }
  if (any && (host || namespace)) {
    throw usage("--any does not go with --host or --namespace");
  }
  const confirm = flags.confirm ? true : flags.noConfirm ? false : undefined;
  const limits = defined({
    hosts: any ? [] : host,
    namespaces: any ? [] : namespace,
    confirm,
  });
  if (Object.keys(limits).length === 0) {
    throw usage(
      "nothing to change",
      `authsome ssh-agent restrict ${shorten(name)} --host <host>`,
    );
  }
  tellKey(context, await limitSshKey(await context.broker(), name, limits));
}

/** `ssh-agent remove`. */
export async function runRemove(
  context: CliContext,
  yes: boolean,
  name: string,
): Promise<void> {
  const { output } = context;
  const broker = await context.broker();
  if (
    !yes &&
    !await context.confirm(`Delete SSH key "${name}" from the vault?`, "--yes")
  ) throw new AuthsomeError("InputCancelled", "Nothing was deleted");
  await removeSshKey(broker, name);
  if (output.asJson) output.json({ name, removed: true });
  else output.say(`Deleted SSH key "${name}".`);
}

function readKeyFile(context: CliContext, file: string): string {
  const { machine, output } = context;
  let text: string;
  try {
    text = machine.readTextFile(file, MAX_KEY);
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      `Cannot read the private key "${shorten(file, 200)}"`,
      "Give the file of a private key, such as ~/.ssh/id_ed25519",
      { cause, subject: { file } },
    );
  }
  const { mode = 0, kind } = machine.inspectPath(file) ?? {};
  if (kind === "file" && (mode & 0o077) !== 0) {
    output.warn(
      `Others could read ${
        shorten(file)
      }: make another key if somebody may have it`,
    );
  }
  return text;
}

async function readStdin(context: CliContext): Promise<string> {
  try {
    return await context.machine.terminal.readAll(MAX_KEY);
  } catch (cause) {
    throw new AuthsomeError(
      "Usage",
      "Cannot read the private key from stdin: it is too long, or no text",
      "Give a private key in PEM or in the format of OpenSSH",
      { cause },
    );
  }
}

async function askPassphrase(
  context: CliContext,
  fromStdin: boolean,
  file: string | undefined,
): Promise<string> {
  if (fromStdin) return await context.machine.terminal.readLine() ?? "";
  if (!context.canAsk) {
    throw new AuthsomeError(
      "Usage",
      "Cannot open the SSH key: it has a passphrase, and there is no terminal to ask on",
      "Give the key as a file, and its passphrase with --passphrase-stdin",
    );
  }
  const questions = await context.questions();
  return await questions.masked(`Passphrase of ${shorten(file ?? "the key")}`);
}

function tellKey({ output }: CliContext, key: SshKeySummary): void {
  if (output.asJson) return output.json(asJson(key));
  output.data(key.publicKey);
  output.say(
    `SSH key "${key.name}": ${key.fingerprint}; ${allowed(key)}${
      key.confirm ? "; asks before each use" : ""
    }`,
  );
}

function allowed({ hosts, namespaces }: SshKeySummary): string {
  const all = [...hosts, ...namespaces.map((each) => `files of ${each}`)];
  return all.length > 0 ? all.join(", ") : "everything";
}

function asJson(key: SshKeySummary): Record<string, unknown> {
  return {
    name: key.name,
    type: key.type,
    fingerprint: key.fingerprint,
    public_key: key.publicKey,
    hosts: key.hosts,
    namespaces: key.namespaces,
    confirm: key.confirm,
    created_at: new Date(key.createdAt).toISOString(),
  };
}

function usage(
  problem: string,
  hint = "See: authsome ssh-agent --help",
): AuthsomeError {
  return new AuthsomeError("Usage", `Cannot do this: ${problem}`, hint);
}
