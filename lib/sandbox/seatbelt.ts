/**
 * The profile of `sandbox-exec` on macOS for what bubblewrap does on Linux. Of several rules that fit, the last one
 * counts. Never run on a real macOS by our tests; they read its text.
 *
 * @module
 */
import type { ViewFacts } from "./view.ts";
import { fileView } from "./view.ts";

/** Services that would act outside of the sandbox, or give secrets away. */
const SERVICES: readonly string[] = [
  "com.apple.SecurityServer",
  "com.apple.securityd",
  "com.apple.securityd.xpc",
  "com.apple.secd",
  "com.apple.coreservices.launchservicesd",
  "com.apple.coreservices.appleevents",
  "com.apple.lsd.open",
  "com.apple.lsd.mapdb",
  "com.apple.pasteboard.1",
  "com.apple.tccd",
];

/** Where every program writes. */
const DEVICES = '(literal "/dev/null") (literal "/dev/zero") ' +
  '(literal "/dev/tty") (literal "/dev/ptmx") (regex #"^/dev/(fd/|tty)")';

/** The profile. `port` is the proxy's on 127.0.0.1; without one there is no network. */
export function seatbeltProfile(
  facts: ViewFacts,
  { port, temporary }: { port?: number; temporary: string },
): string {
  const { steps } = fileView({ ...facts, emptyFolders: [] });
  const files = new Set(facts.allowedFiles);
  return [
    "(version 1)",
    "(allow default)",
    "(deny network*)",
    ...port === undefined
      ? []
      : [`(allow network-outbound (remote ip "localhost:${port}"))`],
    "(deny signal)",
    "(allow signal (target same-sandbox))",
    "(deny process-info*)",
    "(allow process-info* (target same-sandbox))",
    "(deny appleevent-send)",
    "(deny job-creation)",
    "(deny lsopen)",
    `(deny mach-lookup ${
      SERVICES.map((name) => `(global-name ${quote(name)})`).join(" ")
    })`,
    "(deny file-write*)",
    `(allow file-write* ${DEVICES})`,
    ...steps.flatMap((step) => {
      const place = quote(step.path);
      switch (step.kind) {
        case "writable":
          if (files.has(step.path)) {
            // A file is saved by one beside it, and a rename.
            const beside = `(regex #"${besideFile(step.path)}")`;
            return [
              `(allow file-read* file-write* (literal ${place}) ${beside})`,
            ];
          }
          return [
            `(allow file-read* file-write* (subpath ${place}))`,
            // A folder with protected files in it can be neither moved nor removed.
            `(deny file-write-unlink (literal ${place}))`,
          ];
        case "read-only":
          return [
            `(allow file-read* (subpath ${place}))`,
            `(deny file-write* (subpath ${place}) ${anyCase(step.path)})`,
          ];
        case "empty-folder":
        case "empty-file":
          return [
            `(deny file-read* file-write* (subpath ${place}) ${
              anyCase(step.path)
            })`,
          ];
        case "other-file":
          return [`(allow file-read* (literal ${place}))`];
        case "link":
        case "own-folder":
          return [];
      }
    }),
    `(allow file-read* file-write* (subpath ${quote(temporary)}))`,
    // Set-user-ID and set-group-ID bits.
    "(deny file-write-setugid)",
    "",
  ].join("\n");
}

/** Names that begin with the file's own: `x.tmp.1`, `x~`, `x-journal`. */
function besideFile(path: string): string {
  return `^${pattern(path)}[.~-][^/]*$`;
}

/**
 * A filter for a place by every name that means it on a volume that does not tell upper from lower case, as most of macOS
 * do: what is not there yet could be made by another.
 */
function anyCase(path: string): string {
  const name = pattern(path).replace(/[a-z]/gi, (letter) => {
    const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
    // The long s and the sign for kelvin are the same letter in another case.
    const other = { s: "|\u017f", k: "|\u212a" }[lower];
    return other ? `(${lower}|${upper}${other})` : `[${lower}${upper}]`;
  });
  return `(regex #"^${name}($|/)")`;
}

function pattern(path: string): string {
  return path.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll('"', ".");
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
