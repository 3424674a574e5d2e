/** What the processes of the suite share. @module */
import { homedir } from "node:os";

/**
 * Where the processes of the suite agree with each other, those of other copies of this project too. It outlives them,
 * and holds nothing but locks.
 */
export const SUITE_FOLDER: string = `${
  Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`
}/authsome-tests`;
