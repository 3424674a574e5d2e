/** The key stores of Java, which reads its trusted certificates from nowhere else. @module */
import type { Env } from "../../ports/system.ts";
import { OWN_ROOTS } from "../net/system_roots.ts";
import { realPath, realPaths } from "./places/sandbox_facts.ts";

/** Where installers put each Java in a folder of its own; `~` is the person's. */
const FOLDERS = [
  ...["/usr/lib/jvm", "/usr/java", "/opt/java"],
  ...["~/.sdkman/candidates/java", "~/.jdks", "~/.gradle/jdks"],
  ...["~/.asdf/installs/java", "~/.local/share/mise/installs/java"],
];
/** Within such a folder; the second is that of a JDK until Java 8. */
const STORES = ["lib/security/cacerts", "jre/lib/security/cacerts"];
/** Each costs a copy and a mount. */
const MOST = 16;

/** The trusted certificates of the system's Java, and of each that a command finds or that is in a usual place: real paths. */
export function javaStores(env: Env): string[] {
  const home = env.get("HOME");
  const javaHome = env.get("JAVA_HOME");
  const onPath = (env.get("PATH") ?? "").split(":")
    .filter((folder) => folder.startsWith("/"))
    .flatMap((folder) =>
      realPath(`${folder}/java`)?.replace(/\/bin\/java$/, "") ?? []
    );
  const installed = FOLDERS
    .filter((folder) => folder.startsWith("/") || home?.startsWith("/"))
    .flatMap((folder) => foldersIn(folder.replace("~", home ?? "")));
  const javas = [
    ...javaHome?.startsWith("/") ? [javaHome] : [],
    ...onPath,
    ...installed,
  ];
  return realPaths([
    "/etc/ssl/certs/java/cacerts",
    ...new Set(
      javas.flatMap((java) => STORES.map((path) => `${java}/${path}`)),
    ),
  ]).slice(0, MOST);
}

function foldersIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .map(({ name }) => `${folder}/${name}`).sort();
  } catch {
    return [];
  }
}

/** Writes a copy of each that trusts the CA of the run besides, and what the person's variables name. */
export async function writeJavaStores(
  stores: readonly { store: string; copy: string }[],
  env: Env,
  { roots, caPem }: { roots: readonly string[]; caPem: string },
): Promise<void> {
  if (stores.length === 0) return;
  // It loads node:crypto, which takes long where the proxy has not loaded it yet.
  const { isJavaKeystore, javaKeystore } = await import(
    "../../sandbox/java_keystore.ts"
  );
  const named = OWN_ROOTS.some((name) => env.get(name)) ? roots : [];
  for (const { store, copy } of stores) {
    const there = Deno.readFileSync(store);
    Deno.writeFileSync(
      copy,
      // One of another format (PKCS #12) is not extended: it gets the certificates of the system.
      isJavaKeystore(there)
        ? javaKeystore([...named, caPem], there)
        : javaKeystore([...roots, caPem]),
    );
  }
}
