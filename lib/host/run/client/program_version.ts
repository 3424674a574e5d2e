/** What a program says its version is. @module */

/** The first line of `program --version`; empty if it says none. */
export async function programVersion(program: string): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, {
      args: ["--version"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).split("\n", 1)[0]!.trim();
  } catch {
    return "";
  }
}
