// The SDKs of monitoring, traces and identities.
import { WATCHING } from "./rows/watching.ts";
import { testRows } from "./table.ts";

testRows(WATCHING);
