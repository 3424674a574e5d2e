// One process of the concurrency tests: adds its name to a shared record a number of times.
import { fileKeyring } from "../../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../../lib/host/vault/sqlite_store.ts";
import { Vault } from "../../../lib/vault/vault.ts";

const [home, name, times] = Deno.args;
const vault = await Vault.open(
  openSqliteStore(`${home}/vault.db`),
  fileKeyring(`${home}/master.key`),
);
for (let i = 0; i < Number(times); i++) {
  const own = await vault.put(`own/${name}/${i}`, name, 0);
  if (own === undefined) throw new Error("a record of our own was taken");
  for (let tries = 0;; tries++) {
    if (tries > 10_000) throw new Error("never won");
    const record = await vault.get("shared");
    const names = record ? JSON.parse(record.text) : [];
    if (
      await vault.put(
        "shared",
        JSON.stringify([...names, `${name}/${i}`]),
        record?.revision ?? 0,
      )
    ) break;
  }
  console.log(i);
}
