/** A key source that follows `config.json`: while this process runs, another may move the key. @module */
import { readConfig } from "../../config.ts";
import { effectiveEncryption, type Encryption } from "../../encryption.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { Keyring } from "../../ports/store.ts";

/**
 * Reads from the source that `first` describes, and from the second time on from the one that the home has then, without
 * a question: the terminal may be another program's by then.
 */
export async function followingKeyring(
  runtime: Pick<Runtime, "keyring" | "configFile" | "env">,
  first: Encryption,
): Promise<Keyring> {
  let described = JSON.stringify(first);
  let source = await runtime.keyring(first);
  let isFirst = true;
  return {
    async read() {
      const running = !isFirst;
      isFirst = false;
      if (running) {
        const { encryption } = await readConfig(runtime.configFile);
        const now = effectiveEncryption(encryption, runtime.env);
        if (JSON.stringify(now) !== described) {
          described = JSON.stringify(now);
          source = await runtime.keyring(now);
        }
      }
      return await source.read({ running });
    },
    create: (key) => source.create(key),
  };
}
