/** Every row of the matrix. @module */
import type { Row } from "../row.ts";
import { COMPILED } from "./compiled.ts";
import { OF_GIT } from "./git.ts";
import { JAVASCRIPT } from "./javascript.ts";
import { OF_PYTHON } from "./python.ts";
import { OF_REGISTRIES } from "./registries.ts";
import { TOOLS } from "./tools.ts";

/** In the order in which they are tried. */
export const ROWS: readonly Row[] = [
  ...TOOLS,
  ...OF_GIT,
  ...OF_REGISTRIES,
  ...JAVASCRIPT,
  ...OF_PYTHON,
  ...COMPILED,
];
