// The SDKs of search, scraping and vectors.
import { SEARCH } from "./rows/search.ts";
import { testRows } from "./table.ts";

testRows(SEARCH);
