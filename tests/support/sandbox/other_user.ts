/** Another user of this machine. @module */
import { missing } from "../missing.ts";
import { processOf } from "../program.ts";

/** Not the user of the tests, and of nothing else. */
const UID = 1234;

/** Why there is nobody to play that part, or `false`. */
export const NO_OTHER_USER = Deno.uid() !== 0
  ? "only root can start a program as another user"
  : await missing("setpriv") || await missing("curl");

/** Runs a shell script as that user; its output. */
export async function asOtherUser(script: string): Promise<string> {
  const { stdout } = await processOf([
    ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
    ...["sh", "-c", script],
  ], { stdin: "null", stderr: "null", cwd: "/" }).output();
  return new TextDecoder().decode(stdout);
}

/** Every argument of every process that the other user can read, empty ones left out. */
export async function seenArguments(): Promise<string[]> {
  const all = await asOtherUser("cat /proc/[0-9]*/cmdline");
  return all.split("\0").filter(Boolean);
}

/** The status that the other user gets, and the text. */
export async function visitAsOtherUser(
  url: string,
  ...options: string[]
): Promise<{ status: string; text: string }> {
  const words = ["curl", "-s", "-w", "\\n%{http_code}", ...options, url];
  const answer = await asOtherUser(
    words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "),
  );
  const at = answer.lastIndexOf("\n");
  return { text: answer.slice(0, at), status: answer.slice(at + 1) };
}
