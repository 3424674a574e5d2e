// The SDKs of files, boards and networks.
import { PEOPLE } from "./rows/people.ts";
import { testRows } from "./table.ts";

testRows(PEOPLE);
