import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import { testStoreContract } from "../../support/store_contract.ts";

testStoreContract("memoryStore()", (body) => body(memoryStore()));
