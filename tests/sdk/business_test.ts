// The SDKs of payments, customers and projects.
import { BUSINESS } from "./rows/business.ts";
import { testRows } from "./table.ts";

testRows(BUSINESS);
