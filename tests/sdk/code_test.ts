// The SDKs of code and its machines.
import { CODE } from "./rows/code.ts";
import { testRows } from "./table.ts";

testRows(CODE);
