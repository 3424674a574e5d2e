// One process of the refresh tests: asks for fresh access tokens and prints what it got, one JSON line each.
import { fileKeyring } from "../../lib/adapters/keyring_file.ts";
import { openSqliteStore } from "../../lib/adapters/sqlite_store.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { ensureFresh } from "../../lib/connection/refresh.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import { sleep } from "../../lib/flow/sleep.ts";
import type { Fetch } from "../../lib/ports.ts";
import { Vault } from "../../lib/vault/vault.ts";

const [home, times, skew = "0", mode = "work"] = Deno.args;
const vault = await Vault.open(
  openSqliteStore(`${home}/vault.db`),
  fileKeyring(`${home}/master.key`),
);
const clock = { now: () => Date.now() + Number(skew) };
const definition = JSON.parse(
  await Deno.readTextFile(`${home}/definition.json`),
);
const connections = new Connections(vault, "default", clock);

/** Takes the server's answer and never gives it on. */
const swallow: Fetch = async (input, init) => {
  await (await fetch(input, init)).text();
  console.log(JSON.stringify("answered"));
  return await new Promise(() => setInterval(() => {}, 1000));
};

const context = {
  vault,
  connections,
  registry: {
    get: () =>
      Promise.resolve({ definition, source: "custom" as const, warnings: [] }),
  },
  fetch: mode === "swallow" ? swallow : fetch,
  clock,
  sleep,
};

async function token(): Promise<unknown> {
  try {
    const connection = await connections.get("acme", "default");
    const fresh = await ensureFresh(context, connection);
    return fresh.credential.type === "oauth2" && {
      token: fresh.credential.accessToken.reveal(),
    };
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return { code: error.code, hint: error.hint };
  }
}

const results = await Promise.all(Array.from({ length: Number(times) }, token));
for (const result of results) console.log(JSON.stringify(result));
