/** The upload tokens of `~/.pypirc`, in the format that twine 7.0 reads (https://packaging.python.org/specifications/pypirc/). @module */
import { Secret } from "../../secret.ts";
import { connectionNameOf, type Harvest } from "../found.ts";
import { firstFile, type ImportSource } from "../source.ts";
import { parseIni } from "./ini.ts";

/** What twine takes for the sections of these names that give no address. */
const USUAL: Readonly<Record<string, string>> = {
  pypi: "https://upload.pypi.org/legacy/",
  testpypi: "https://test.pypi.org/legacy/",
};

/** Where the tokens of the provider pypi are sent. */
const SERVED = ["upload.pypi.org", "test.pypi.org"];

/** Reads the file. */
export const pypirc: ImportSource = {
  harvest(world): Harvest {
    const file = firstFile(world, [`${world.userFolder}/.pypirc`]);
    const result: Harvest = { found: [], skipped: [] };
    for (const [name, members] of parseIni(file.text)) {
      if (name === "distutils") continue;
      const from = `pypirc ${name}`;
      const skip = (reason: string, hint = "") =>
        result.skipped.push({ from, reason, hint });
      const address = members.get("repository") ||
        (Object.hasOwn(USUAL, name) ? USUAL[name]! : "");
      const password = members.get("password");
      const host = URL.canParse(address) ? new URL(address).hostname : "";
      if (!SERVED.includes(host)) {
        skip("no provider serves this repository");
      } else if (!password) {
        skip(
          "it has no password here, so the keyring may have one",
          "authsome login pypi --stdin",
        );
      } else if (members.get("username") !== "__token__") {
        skip(
          "it is a name and a password, and no API token",
          "authsome login pypi",
        );
      } else {
        const connection = name === "pypi" ? undefined : connectionNameOf(name);
        result.found.push({
          provider: "pypi",
          ...connection === undefined ? {} : { connection },
          credential: {
            type: "api_key",
            fields: { api_key: new Secret(password) },
          },
          from,
        });
      }
    }
    return result;
  },
};
