// Generated from the files in the folders beside it by scripts/generate/shims.ts. Do not edit.
// deno-fmt-ignore-file
/** The files of the helpers, by their path. */
export const SOURCES = {
  "node/preload.cjs": "// Loaded by Node before a program of `authsome run`.\n\"use strict\";\n",
} as const;
