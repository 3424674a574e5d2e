// The SDKs of mail, chat and messages.
import { MESSAGES } from "./rows/messages.ts";
import { testRows } from "./table.ts";

testRows(MESSAGES);
