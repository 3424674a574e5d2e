/** @module */
import type { MatrixRecord } from "./row.ts";
export function writePage(_r: MatrixRecord): Promise<void> {
  return Promise.resolve();
}
