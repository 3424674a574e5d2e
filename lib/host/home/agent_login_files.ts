/** The {@linkcode LoginFiles} of Deno. @module */
import { hex } from "../../bytes.ts";
import type { LoginFiles } from "../../ports/login_files.ts";
import type { Env } from "../../ports/system.ts";
import { programEnvironment } from "../run/programs.ts";
import { writeFileAtomic } from "./atomic_file.ts";

/** More than any agent keeps, in bytes. */
const LIMIT = 1 << 20;
const SECURITY = "/usr/bin/security";

/** The places of the person whose environment `env` is. */
export function loginFiles(env: Env): LoginFiles {
  const { os } = Deno.build;
  return {
    env,
    os: os === "windows" || os === "darwin" ? os : "linux",
    userFolder: (env.get("HOME") || env.get("USERPROFILE") || "")
      .replace(/[\\/]+$/, ""),

    async read(place) {
      const entry = entryOf(place);
      return entry ? await readEntry(entry, env) : readFile(place);
    },

    async replace(place, before, text) {
      const entry = entryOf(place);
      if (entry) {
        return await readEntry(entry, env) === before &&
          await writeEntry(entry, text, env);
      }
      if (readFile(place) !== before) return false;
      try {
        const path = Deno.realPathSync(place);
        const mode = (Deno.statSync(path).mode ?? 0o600) & 0o777;
        writeFileAtomic(path, text, mode);
        return true;
      } catch {
        return false;
      }
    },
  };
}

function readFile(path: string): string | undefined {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile || info.size > LIMIT) return undefined;
    return new TextDecoder("utf-8", { fatal: true })
      .decode(Deno.readFileSync(path));
  } catch {
    return undefined;
  }
}

interface KeychainEntry {
  service: string;
  account: string;
}

function entryOf(place: string): KeychainEntry | undefined {
  const [, service, account] = /^keychain:([\w -]+):([\w.-]+)$/.exec(place) ??
    [];
  return service === undefined ? undefined : { service, account: account! };
}

async function readEntry(
  { service, account }: KeychainEntry,
  env: Env,
): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(SECURITY, {
      args: ["find-generic-password", "-a", account, "-w", "-s", service],
      clearEnv: true,
      env: programEnvironment(env),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return success
      ? new TextDecoder().decode(stdout).replace(/\n$/, "")
      : undefined;
  } catch {
    return undefined;
  }
}

/** By stdin, and in hexadecimal digits: arguments can be read by every user, and quotes would end the word. */
async function writeEntry(
  { service, account }: KeychainEntry,
  text: string,
  env: Env,
): Promise<boolean> {
  const digits = hex(new TextEncoder().encode(text));
  try {
    const child = new Deno.Command(SECURITY, {
      args: ["-i"],
      clearEnv: true,
      env: programEnvironment(env),
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(
      new TextEncoder().encode(
        `add-generic-password -U -a "${account}" -s "${service}" -X "${digits}"\n`,
      ),
    );
    await writer.close();
    return (await child.status).success;
  } catch {
    return false;
  }
}
