// The SDKs of language models.
import { MODELS } from "./rows/models.ts";
import { testRows } from "./table.ts";

testRows(MODELS);
