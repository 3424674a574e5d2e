import { AuthsomeError } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import { defineCommand, toggle } from "../kit/define_command.ts";

const INDEX = "AUTHSOME_RELEASE_INDEX";
/** An index names a handful of files. */
const LIMIT = 65_536;

/** `upgrade --check`: asks whether there is a newer version. Nothing else ever asks. */
export default defineCommand<{ check?: boolean }>({
  description:
    "authsome never checks for new versions by itself and never updates itself: install a new version the way you installed this one. --check queries the release index that AUTHSOME_RELEASE_INDEX names; without that variable it contacts no server.",
  examples: [["authsome upgrade --check", "check for a newer version"]],
  parameters: {
    flags: { check: toggle("Query the release index") },
  },

  async run(context, { check }) {
    const { output, machine } = context;
    if (!check) {
      throw new AuthsomeError(
        "Usage",
        "authsome does not update itself",
        "authsome upgrade --check",
      );
    }
    const url = machine.env.get(INDEX);
    if (!url) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot check for a newer version: ${INDEX} is not set`,
        `export ${INDEX}=https://…/index.json`,
        { subject: { field: INDEX } },
      );
    }
    const { fetchText } = await import("../kit/download.ts");
    const { fetch } = await context.runtime();
    const latest = versionIn(
      await fetchText(fetch, url, LIMIT, {
        what: "the release index",
        hint: "Check the project's releases page",
      }),
    );
    const newer = isNewer(latest, VERSION);
    if (output.asJson) output.json({ version: VERSION, latest, newer });
    else {
      output.data(
        newer
          ? `authsome ${latest} is available; this is ${VERSION}`
          : `authsome ${VERSION} is the latest version`,
      );
    }
  },
});

function versionIn(text: string): string {
  let version: unknown;
  try {
    version = JSON.parse(text)?.version;
  } catch { /* Said below. */ }
  if (typeof version === "string" && /^\d{1,6}(\.\d{1,6}){2}$/.test(version)) {
    return version;
  }
  throw new AuthsomeError(
    "EndpointUnreachable",
    "Cannot read the release index: it contains no version",
    `Check ${INDEX}`,
    { subject: { field: INDEX } },
  );
}

/** Whether version `a` comes after `b`; both are three numbers. */
function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (const [at, number] of left!.entries()) {
    if (number !== right![at]) return number > right![at]!;
  }
  return false;
}
