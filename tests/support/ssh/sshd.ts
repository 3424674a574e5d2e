/** The real sshd on a port of loopback, for the user of the tests, who may be root. @module */
import { freePort } from "../free_port.ts";
import { missing } from "../missing.ts";

const SSHD = "/usr/sbin/sshd";

/** Why tests with sshd are skipped, or `false`. */
export async function missingSshd(): Promise<string | false> {
  return await missingOpenssh() || await missing(SSHD, "-V") ||
    // Its empty folder in /run is made in a mount namespace: the machine stays as it is.
    Deno.uid() === 0 && await missing("unshare", "--mount", "true");
}

/** Why tests with the clients of OpenSSH are skipped, or `false`: one package has them all. */
export async function missingOpenssh(): Promise<string | false> {
  return await missing("ssh") || await missing("ssh-add") ||
    await missing("ssh-keygen");
}

/** A server that has started. */
export interface Sshd {
  port: number;
  /** The line for known_hosts. */
  known: string;
  /** Path of its host key. */
  hostKey: string;
  log(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a key pair by ssh-keygen. */
export function keygen(path: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command("ssh-keygen", {
    args: ["-q", "-f", path, "-N", "", "-C", "test", ...args],
    stdin: "null",
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Starts sshd in `folder`, which lets in who has a key of `authorized`. */
export async function startSshd(
  folder: string,
  { authorized, type = "ed25519", settings = [] }: {
    authorized: readonly string[];
    /** Of the host key. */
    type?: string;
    settings?: readonly string[];
  },
): Promise<Sshd> {
  const port = freePort();
  const base = `${folder}/sshd-${port}`;
  keygen(`${base}.key`, "-t", type);
  Deno.writeTextFileSync(`${base}.authorized`, `${authorized.join("\n")}\n`);
  Deno.writeTextFileSync(
    `${base}.conf`,
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${base}.key`,
      `AuthorizedKeysFile ${base}.authorized`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PidFile none",
      "AllowAgentForwarding yes",
      ...settings,
      "",
    ].join("\n"),
  );
  const words = [SSHD, "-D", "-E", `${base}.log`, "-f", `${base}.conf`];
  const [program, ...args] = Deno.uid() === 0
    ? [
      ...["unshare", "--mount", "sh", "-c"],
      'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"',
      ...["sh", ...words],
    ]
    : words;
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const log = () => {
    try {
      return Deno.readTextFileSync(`${base}.log`);
    } catch {
      return "";
    }
  };
  const ended = child.status;
  let hasEnded = false;
  ended.then(() => hasEnded = true);
  while (!log().includes("Server listening")) {
    if (hasEnded) throw new Error(`sshd did not start: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [kind, body] = Deno.readTextFileSync(`${base}.key.pub`).split(" ");
  return {
    port,
    known: `[127.0.0.1]:${port} ${kind} ${body}`,
    hostKey: `${base}.key`,
    log,
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGTERM");
      await ended;
    },
  };
}
