/** A person's own settings files, and what is found in them. @module */

/** The person's files, as far as they are read. */
export interface PersonFiles {
  /** The working folder. */
  working: string;
  /** The text of a regular file; `undefined` where there is none, or it cannot be read. */
  read(path: string): string | undefined;
}

/** Programs with such settings. */
export type SettingsProgram =
  | "git"
  | "curl"
  | "wget"
  | "pip"
  | "uv"
  | "conda"
  | "gem"
  | "gcloud"
  | "maven"
  | "npm"
  | "pnpm"
  | "yarn"
  | "cargo";

/** Settings of one file. */
export interface PersonSettings {
  program: SettingsProgram;
  path: string;
  /** As the file names them, each once: `http.proxy`, `noproxy`. Never their values. */
  keys: string[];
}
