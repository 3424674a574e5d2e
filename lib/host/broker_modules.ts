/** What `wiring.ts` loads to open a broker and its home, in one go. @module */
export { Broker } from "../broker/broker.ts";
export { systemClock } from "./clock.ts";
export { configFile } from "./home/config_file.ts";
export { definitionFiles } from "./home/definition_files.ts";
export { findHome, homePaths } from "./home/paths.ts";
export { ensureHome } from "./home/home_folder.ts";
export { exists } from "./home/private_file.ts";
export { fileKeyring } from "./vault/keyring_file.ts";
export { openSharedStore } from "./vault/sqlite_store.ts";
export { witnessFile } from "./vault/witness_file.ts";
