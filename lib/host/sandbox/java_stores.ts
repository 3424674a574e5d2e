/** The key stores of Java, which reads its trusted certificates from nowhere else. @module */
import type { Env } from "../../ports/system.ts";
import { OWN_ROOTS } from "../net/system_roots.ts";
import { realPath, realPaths } from "./places/sandbox_facts.ts";

/** The trusted certificates of the Java that a command finds first, and of the system's: real paths. */
export function javaStores(env: Env): string[] {
  const program = (env.get("PATH") ?? "").split(":")
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => realPath(`${folder}/java`)).find(Boolean);
  const home = env.get("JAVA_HOME");
  return realPaths([
    "/etc/ssl/certs/java/cacerts",
    ...home?.startsWith("/") ? [`${home}/lib/security/cacerts`] : [],
    ...program
      ? [program.replace(/\/bin\/java$/, "/lib/security/cacerts")]
      : [],
  ]);
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
