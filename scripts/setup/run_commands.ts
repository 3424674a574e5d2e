/** Runs the commands of an installation. @module */

/**
 * Runs `commands` one after the other, without an input.
 *
 * @param limitMs how long each may take.
 * @returns why one failed, which is the last then; `undefined` if none did.
 */
export async function runCommands(
  commands: readonly (readonly string[])[],
  limitMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  for (const [program, ...args] of commands) {
    try {
      const { success, stderr } = await new Deno.Command(program!, {
        args,
        env: { ...env },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
        signal: AbortSignal.timeout(limitMs),
      }).output();
      if (!success) {
        return new TextDecoder().decode(stderr).trim() ||
          `${program} was ended`;
      }
    } catch (error) {
      return String(error);
    }
  }
}
