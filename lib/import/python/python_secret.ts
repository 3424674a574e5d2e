/** Where the master key, or master secret, of authsome for Python may be. @module */
import type { ImportWorld } from "../../ports/other_programs.ts";

/** What to do when none of them opens the home. */
export const SECRET_HINT =
  'Give its key: AUTHSOME_PYTHON_MASTER_KEY="$(keyring get authsome master_key)" authsome import python-authsome --path <home>';

/** How the keyrings of the systems, and the keyring package of Python, are asked for it. */
const KEYRINGS: readonly (readonly string[])[] = [
  ["secret-tool", "lookup", "service", "authsome", "username", "master_key"],
  [
    ...["/usr/bin/security", "find-generic-password"],
    ...["-s", "authsome", "-a", "master_key", "-w"],
  ],
  ["keyring", "get", "authsome", "master_key"],
];

/** A secret, and where it was found, for people. */
export interface PythonSecret {
  secret: string;
  place: string;
}

/**
 * The secrets in the order in which the releases look for theirs; the keyring is asked only when the others did not do.
 * Its own variable is first, since the releases' is that of this program's vault too. Of a file all of its text is the secret, since 0.5: the JSON that an older release left there too.
 */
export async function* pythonSecrets(
  { env, read, output }: ImportWorld,
  home: string,
): AsyncGenerator<PythonSecret> {
  const seen = new Set<string>();
  const fresh = (text: string | undefined, place: string): PythonSecret[] => {
    const secret = text?.trim();
    if (!secret || seen.has(secret)) return [];
    seen.add(secret);
    return [{ secret, place }];
  };
  const names = ["AUTHSOME_PYTHON_MASTER_KEY", "AUTHSOME_MASTER_KEY"];
  for (const name of names) yield* fresh(env.get(name), name);
  for (
    const path of [
      ...names.map((name) => env.get(`${name}_FILE`)).filter((path) => path),
      ...[`${home}/server/master.key`, `${home}/master.key`],
    ]
  ) {
    if (path) yield* fresh(read(path)?.text, path);
  }
  for (const command of KEYRINGS) {
    yield* fresh(await output(command), "the keyring");
  }
}
