/**
 * What opening a broker and its vault loads, in one go: each dynamic import by itself costs about a millisecond.
 *
 * @module
 */
import "./keyring_file.ts";
import "./sqlite_store.ts";
import "../vault/vault.ts";
export { Broker } from "../broker.ts";
export { denoRuntime } from "./runtime.ts";
