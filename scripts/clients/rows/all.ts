/** Every row of the matrix. @module */
import type { Row } from "../row.ts";
import { JAVASCRIPT } from "./javascript.ts";
import { OF_PYTHON } from "./python.ts";

/** In the order in which they are tried. */
export const ROWS: readonly Row[] = [...JAVASCRIPT, ...OF_PYTHON];
