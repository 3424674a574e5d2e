/** Which file a command's name means on Windows. @module */

const EXTENSIONS = ".COM;.EXE;.BAT;.CMD";

/**
 * The file that `program` means, as `cmd.exe` looks for it: `claude` may be `claude.cmd`, which the system itself starts
 * only by its whole name. Unlike there, the working folder is not searched: a file that an agent wrote must not be taken
 * for a program of the system. The name as it was if nothing is found.
 */
export function windowsProgram(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  isFile: (path: string) => boolean,
): string {
  for (const path of windowsPrograms(program, env, isFile)) return path;
  return program;
}

/** Every such file, in the order of `PATH`. */
export function* windowsPrograms(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  isFile: (path: string) => boolean,
): Generator<string> {
  const variable = (name: string) =>
    Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1];
  const extensions = (variable("PATHEXT") || EXTENSIONS).split(";")
    .filter((extension) => extension.startsWith("."));
  const named = extensions.some((extension) =>
    program.toUpperCase().endsWith(extension.toUpperCase())
  );
  const endings = named ? ["", ...extensions] : extensions;
  const folders = /[\\/]/.test(program) || /^[A-Za-z]:/.test(program)
    ? [""]
    : (variable("PATH") ?? "").split(";")
      .map((folder) => folder.replace(/^"(.*)"$/, "$1"))
      .filter((folder) => /^[A-Za-z]:[\\/]|^\\\\/.test(folder))
      .map((folder) => folder.replace(/[\\/]*$/, "\\"));
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder + program + ending;
      if (isFile(path)) yield path;
    }
  }
}
