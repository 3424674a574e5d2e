// One process of the tests of key commands: runs one, and kills itself before its write of that number. With "during" it
// only says that the write comes, so that the test kills it in the middle.
import { Broker } from "../../../lib/broker/broker.ts";
import { moveKey } from "../../../lib/broker/keys/move_key.ts";
import { rotateKey } from "../../../lib/broker/keys/rotate_key.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";
import type { Keyring } from "../../../lib/ports/store.ts";

const [home, command, number, moment] = Deno.args;
let left = Number(number);

function die(): Promise<never> {
  Deno.kill(Deno.pid, "SIGKILL");
  return new Promise(() => setInterval(() => {}, 1000));
}

async function write<T>(done: () => Promise<T>): Promise<T> {
  if (left-- !== 0) return await done();
  if (moment === "during") {
    await Deno.stdout.write(new TextEncoder().encode("now\n"));
    return await done();
  }
  return await die();
}

const runtime = await openRuntime({ home: home! });
const { configFile } = runtime;

/** A place beside the home, as a keychain is. */
function placeBeside(path: string): Keyring {
  return {
    read() {
      try {
        return Promise.resolve(Deno.readFileSync(path));
      } catch {
        return Promise.resolve(undefined);
      }
    },
    create: (key) =>
      Promise.resolve(Deno.writeFileSync(path, key, { createNew: true })),
    replace: (key) => Promise.resolve(Deno.writeFileSync(path, key)),
    remove() {
      try {
        Deno.removeSync(path);
      } catch { /* It is gone. */ }
      return Promise.resolve();
    },
  };
}

await using broker = await Broker.open({
  ...runtime,
  configFile: {
    ...configFile,
    write: (text) => write(() => configFile.write(text)),
  },
  async openStore() {
    const store = await runtime.openStore();
    return {
      get: store.get.bind(store),
      keys: store.keys.bind(store),
      revisions: store.revisions.bind(store),
      version: store.version.bind(store),
      close: store.close.bind(store),
      put: (...change) => write(() => store.put(...change)),
      delete: (...change) => write(() => store.delete(...change)),
      transact: (...changes) => write(() => store.transact(...changes)),
    };
  },
  async keyring(encryption) {
    const keyring = encryption.mode === "keyring"
      ? placeBeside(`${home}/beside.key`)
      : await runtime.keyring(encryption);
    return {
      read: () => keyring.read(),
      create: (key) => write(() => keyring.create(key)),
      replace: (key) => write(() => keyring.replace!(key)),
      remove: () => write(() => keyring.remove!()),
    };
  },
});
if (command === "rotate") await rotateKey(broker);
else if (command === "move") await moveKey(broker, { mode: "keyring" });
else {
  const found = await broker.connections.list();
  const state = { mode: broker.encryption.mode, connections: found.length };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(state)));
}
