/** Lays the project's small programs beside the packages that they import. @module */
import { PATHS } from "./installed.ts";

const SOURCES = new URL("programs/", import.meta.url).pathname;

/** Copies all of them anew. */
export function layPrograms(): void {
  copy(SOURCES, `${PATHS.programs}/`);
}

function copy(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copy(`${from}${name}/`, `${to}${name}/`);
    else Deno.copyFileSync(from + name, to + name);
  }
}
