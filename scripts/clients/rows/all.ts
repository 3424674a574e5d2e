/** Every row of the matrix. @module */
import type { Row } from "../row.ts";
import { OF_AGENTS } from "./agents.ts";
import { COMPILED } from "./compiled.ts";
import { OF_GIT } from "./git.ts";
import { JAVASCRIPT } from "./javascript.ts";
import { OF_PYTHON } from "./python.ts";
import { OF_REGISTRIES } from "./registries.ts";
import { TOOLS } from "./tools.ts";

const from = (rows: readonly Row[], prefix: RegExp) =>
  rows.filter(({ name }) => prefix.test(name));

/** In the order in which they are tried and written down. */
export const GROUPS: readonly { title: string; rows: readonly Row[] }[] = [
  { title: "Agents", rows: OF_AGENTS },
  { title: "Programs and scripts", rows: TOOLS },
  { title: "git, and what fetches by it", rows: OF_GIT },
  { title: "Package registries", rows: OF_REGISTRIES },
  { title: "Node 18 and 20", rows: from(JAVASCRIPT, /^node(18|20)-/) },
  { title: "Node 22", rows: from(JAVASCRIPT, /^node22-/) },
  { title: "Node 24", rows: from(JAVASCRIPT, /^node24-/) },
  { title: "Bun", rows: from(JAVASCRIPT, /^bun-/) },
  { title: "Deno", rows: from(JAVASCRIPT, /^deno-/) },
  { title: "Python", rows: OF_PYTHON },
  { title: "Go", rows: from(COMPILED, /^go-/) },
  { title: "Java", rows: from(COMPILED, /^java8?-/) },
  { title: "Rust", rows: from(COMPILED, /^rust-/) },
];

export const ROWS: readonly Row[] = GROUPS.flatMap(({ rows }) => rows);
