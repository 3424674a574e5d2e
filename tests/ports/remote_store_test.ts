// That the port fits a store on a server: the contract, and what a lost connection changes.
import { expect } from "expect";
import { logOut } from "../../lib/broker/ending/log_out.ts";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { connect } from "../support/connected.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";
import { settlesWithoutWaiting } from "../support/microtasks.ts";
import { RemoteStore, StoreServer } from "../support/remote_store.ts";
import { testStoreContract } from "../support/store_contract.ts";

testStoreContract("RemoteStore", (body) => {
  const server = new StoreServer();
  return body(new RemoteStore(server), () => new RemoteStore(server));
});

test("a RemoteStore that gets no more notifications asks for its version", async () => {
  const server = new StoreServer();
  const [store, other] = [new RemoteStore(server), new RemoteStore(server)];
  const before = await store.version();
  store.unlisten();
  await other.put("a", "x", 0);
  expect(await settlesWithoutWaiting(() => store.version())).toBe(false);
  const after = await store.version();
  expect(after).not.toBe(before);
  await other.put("a", "y", 1);
  store.listen();
  expect(await store.version()).not.toBe(after);
  expect(await settlesWithoutWaiting(() => store.version())).toBe(true);
});

test("a broker works over a store on a server, and sees a logout elsewhere", async () => {
  const server = new StoreServer();
  const stores: RemoteStore[] = [];
  const runtime = {
    ...memoryRuntime(),
    openStore() {
      stores.push(new RemoteStore(server));
      return Promise.resolve(stores.at(-1)!);
    },
  };
  await using here = await Broker.open(runtime);
  await using elsewhere = await Broker.open(runtime);
  await connect(elsewhere, "openai", "sk-first");
  const credentials = await here.credentialSource();
  const fresh = () => credentials.fresh("openai", "default");
  expect(await fresh()).toMatchObject({ ok: true });
  expect(await settlesWithoutWaiting(fresh)).toBe(true);
  // Before the server can tell, a reader learns of it too.
  await logOut(elsewhere, "openai");
  expect(await here.connections.names()).toEqual([]);
  expect(await fresh()).toMatchObject({ ok: false });

  await connect(elsewhere, "openai", "sk-second");
  expect(await here.connections.names()).toHaveLength(1);
  expect(await fresh()).toMatchObject({ ok: true });
  // Nobody tells any more: the store is asked at each request.
  stores[0]!.unlisten();
  await logOut(elsewhere, "openai");
  expect(await fresh()).toMatchObject({ ok: false });
});
