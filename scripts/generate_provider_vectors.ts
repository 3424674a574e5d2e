/**
 * Writes `tests/vectors/providers.txt`: for each bundled provider the authorization URL, the token, refresh and
 * revocation requests, and what a request to its API carries. A change of it is to be read like a change of code.
 *
 * @module
 */
import { bundledProviders } from "../providers/mod.ts";
import { providerVectors } from "./generate/provider_vectors.ts";

const TARGET = new URL("../tests/vectors/providers.txt", import.meta.url);

const HEADER =
  `What goes over the wire for each bundled provider. Made by scripts/generate_provider_vectors.ts from the definitions
and the code that uses them; compare it with the providers' documentation. Names in capitals stand for values; a
Basic credential is shown decoded.`;

/** The text of the file. */
export async function allProviderVectors(): Promise<string> {
  const sections: string[] = [];
  for (const name of bundledProviders.names) {
    sections.push(
      await providerVectors(JSON.parse(bundledProviders.text(name)!)),
    );
  }
  return [HEADER, ...sections].join("\n\n") + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await allProviderVectors());
}
