/** How this program starts itself once more. @module */

/** The command, an argument list, that runs this program with `args` as it was started. */
export function selfCommand(
  args: readonly string[],
  /** What is run where this program is not a single file. */
  module: string = Deno.build.standalone ? "" : Deno.mainModule,
): string[] {
  const program = Deno.execPath();
  if (Deno.build.standalone) return [program, ...args];
  if ("serve" in Deno) {
    // Only a checkout has a deno.json of its own; one in a folder above a bundle is anybody's.
    const checkout = /^file:.*\/lib\/host\/run\/self\.ts$/.test(
      import.meta.url,
    );
    return [
      ...[program, "run", "--quiet", "--allow-all"],
      ...checkout ? [] : ["--no-config", "--no-lock"],
      // As in deno.json, which a bundle does not have.
      ...["--unstable-lazy-dynamic-imports", "--unstable-net", module],
      ...args,
    ];
  }
  return [program, ...process.execArgv, filePath(module), ...args];
}

function filePath(module: string): string {
  return module.startsWith("file:")
    ? process.getBuiltinModule("node:url").fileURLToPath(module)
    : module;
}
