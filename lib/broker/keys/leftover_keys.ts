/** Keys of a home that its mode has no use for, and what each of them opens. @module */
import type { EncryptionMode } from "../../encryption.ts";
import type { KeyLeftover, Store } from "../../ports/store.ts";
import { dataKeyBytes, opensVault } from "../../vault/rekey.ts";
import type { Broker } from "../broker.ts";

/** A key that is left. */
export interface LeftoverKey {
  /** The file, or the place. */
  where: string;
  /** Whether it opens the vault; `null` where that cannot be tried. */
  opens: boolean | null;
  /** What it is and what it opens, in a sentence. */
  message: string;
  /** How to be rid of it, in the order in which nothing is lost. */
  fix: string;
}

/** What is left of other modes; empty where nothing can be known. `store`: of the vault, if it opens. */
export async function leftoverKeys(
  { runtime, config }: Broker,
  store?: Store,
): Promise<LeftoverKey[]> {
  const found = await runtime.keyLeftovers?.(config.encryption) ?? [];
  const { mode } = config.encryption;
  return await Promise.all(found.map(async (leftover) => {
    const opens = store ? await isOpening(store, leftover) : null;
    leftover.masterKey?.fill(0);
    leftover.dataKey?.fill(0);
    return {
      where: leftover.where,
      opens,
      ...words(leftover, opens, mode),
    };
  }));
}

async function isOpening(
  store: Store,
  { masterKey, dataKey }: KeyLeftover,
): Promise<boolean | null> {
  try {
    if (dataKey) return await opensVault(store, dataKey);
    if (masterKey) return await dataKeyBytes(store, masterKey) !== undefined;
  } catch { /* The key record is damaged, which is told elsewhere. */ }
  return null;
}

function words(
  { where, remove }: KeyLeftover,
  opens: boolean | null,
  mode: EncryptionMode,
): { message: string; fix: string } {
  const left =
    `the key of this home is in mode ${mode}, and another is left: ${where}`;
  // After a rotation nothing but the key in its place opens the vault, so what is left can go.
  if (opens) {
    return {
      message: `${left}. It opens the vault, without what guards mode ${mode}`,
      fix: `authsome key rotate, and then: ${remove}`,
    };
  }
  return opens === false
    ? {
      message:
        `${left}. It does not open the vault, but may open older copies of it`,
      fix: `If no older copy of the vault needs it: ${remove}`,
    }
    : {
      message: `${left}. Whether it opens the vault cannot be tried here`,
      fix:
        `authsome key status must show the key of now; authsome key rotate, and then: ${remove}`,
    };
}
