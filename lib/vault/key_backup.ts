/** The file that `key backup` writes: the data key of a vault, in clear. @module */
import { isObject } from "../object.ts";

/** The data key in the text of a backup; `undefined` if it is none. */
export function keyBackup(text: string): Uint8Array<ArrayBuffer> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const encoded = isObject(value) && value.v === 1 ? value.data_key : undefined;
  const key = typeof encoded === "string" && /^[\w+/]{43}=$/.test(encoded)
    ? Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
    : undefined;
  return key?.length === 32 ? key : undefined;
}
