/**
 * `deno task sdk`: installs the SDKs, tries the whole table, and writes `docs/sdks.md` if every row does what the table says.
 *
 * @module
 */
import { ROWS } from "../../tests/sdk/rows/all.ts";
import { installSdks } from "./install.ts";
import { sdkPage } from "./page.ts";

const PAGE = new URL("../../docs/sdks.md", import.meta.url);

if (!await installSdks()) Deno.exit(1);
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "scripts/test.ts", "--no-check", "tests/sdk"],
  cwd: new URL("../..", import.meta.url).pathname,
  env: { AUTHSOME_TEST_SDK: "all" },
}).spawn().status;
if (!success) Deno.exit(1);
Deno.writeTextFileSync(
  PAGE,
  await sdkPage(ROWS, new Date().toISOString().slice(0, 10)),
);
