import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import { testStoreContract } from "../../support/store_contract.ts";

// It has one process, and so is its own other one.
testStoreContract("memoryStore()", (body) => {
  const store = memoryStore();
  return body(store, () => store);
});
