/** Opens pages in the person's browser: an argument list, never a shell. @module */
import type { Browser } from "../../ports/conversation.ts";
import type { Env } from "../../ports/system.ts";
import { findProgram, programEnvironment } from "../run/programs.ts";

/** Milliseconds in which an opener that cannot open anything has said so. */
const VERDICT = 1500;

/** Whether a page opened on this machine would reach the person. */
export function browserReaches(
  env: Env,
  os: typeof Deno.build.os = Deno.build.os,
): boolean {
  if (env.get("AUTHSOME_NO_BROWSER")) return false;
  if (env.get("BROWSER")) return true;
  const display = Boolean(env.get("DISPLAY") || env.get("WAYLAND_DISPLAY"));
  if (env.get("CI") && !display) return false;
  // Over SSH a page would open on the remote machine, unless the display is forwarded too.
  if (env.get("SSH_CONNECTION") || env.get("SSH_TTY")) return display;
  return os === "darwin" || os === "windows" || display;
}

/** The commands to try for `url`, in order. `BROWSER` is a list as in xdg-open: `firefox:w3m %s`. */
export function openers(
  url: string,
  env: Env,
  os: typeof Deno.build.os = Deno.build.os,
): string[][] {
  const chosen = env.get("BROWSER");
  if (chosen) {
    const list = os === "windows" || isFile(chosen)
      ? [chosen]
      : chosen.split(":").filter(Boolean);
    return list.map((entry) => {
      const words = isFile(entry) ? [entry] : entry.trim().split(/\s+/);
      return words.some((word) => word.includes("%s"))
        ? words.map((word) => word.replaceAll("%s", () => url))
        : [...words, url];
    });
  }
  if (os === "darwin") return [["open", url]];
  if (os === "windows") {
    const system = `${env.get("SystemRoot") ?? "C:\\Windows"}\\System32`;
    return [[`${system}\\rundll32.exe`, "url.dll,FileProtocolHandler", url]];
  }
  return [["xdg-open", url], ["gio", "open", url], ["wslview", url]];
}

/** The browser that `BROWSER` names, else the system's. Opens `http:` and `https:` only. */
export function systemBrowser(env: Env): Browser {
  return {
    async open(text) {
      const url = webUrl(text);
      return url !== undefined && await startAny(url.href, env);
    },
    async openPrivately(text, until) {
      const url = webUrl(text);
      if (!url || until.aborted) return false;
      const { handOff } = await import("./browser_file.ts");
      const file = handOff(url, env);
      if (!file) return false;
      until.addEventListener("abort", () => file.remove(), { once: true });
      const started = await startAny(file.url, env);
      if (!started) file.remove();
      return started;
    },
  };
}

function webUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:"
    ? url
    : undefined;
}

async function startAny(url: string, env: Env): Promise<boolean> {
  for (const command of openers(url, env)) {
    if (await start(command, env)) return true;
  }
  return false;
}

async function start([name, ...args]: string[], env: Env): Promise<boolean> {
  const program = findProgram(name!, env);
  if (program === undefined) return false;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      // The browser needs neither the passphrase nor other secrets.
      clearEnv: true,
      env: Object.fromEntries(
        Object.entries(programEnvironment(env)).filter(([name]) =>
          !name.startsWith("AUTHSOME_")
        ),
      ),
      detached: true,
    }).spawn();
  } catch {
    return false;
  }
  // A browser that stays open must not keep this process alive.
  child.unref();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stays = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), VERDICT);
  });
  const ends = child.status.then(({ success }) => success);
  return await Promise.race([stays, ends]).finally(() => clearTimeout(timer));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
