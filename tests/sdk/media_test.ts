// The SDKs of speech and images.
import { MEDIA } from "./rows/media.ts";
import { testRows } from "./table.ts";

testRows(MEDIA);
