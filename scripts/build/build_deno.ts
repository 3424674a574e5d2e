/** Makes the modules that `deno install` installs, in `build/deno/` or the folder that is named. @module */
import { bundleForDeno } from "./bundle.ts";

const [folder = new URL("../../build/deno", import.meta.url).pathname] =
  Deno.args;
await bundleForDeno(folder);
console.log(`${folder}/authsome.mjs`);
