/** The whole table. @module */
import type { Row } from "../row.ts";
import { BUSINESS } from "./business.ts";
import { CODE } from "./code.ts";
import { MEDIA } from "./media.ts";
import { MESSAGES } from "./messages.ts";
import { MODELS } from "./models.ts";
import { PEOPLE } from "./people.ts";
import { SEARCH } from "./search.ts";
import { WATCHING } from "./watching.ts";

export const ROWS: readonly Row[] = [
  ...MODELS,
  ...MEDIA,
  ...SEARCH,
  ...CODE,
  ...WATCHING,
  ...MESSAGES,
  ...BUSINESS,
  ...PEOPLE,
];
