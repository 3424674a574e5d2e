/** The version of this program; the same as in `deno.json` (a test keeps it so). */
export const VERSION = "0.1.0";
