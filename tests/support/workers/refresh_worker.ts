// One process of the refresh tests: asks for fresh access tokens and prints what it got, one JSON line each.
import { fileKeyring } from "../../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../../lib/host/vault/sqlite_store.ts";
import type { Connection } from "../../../lib/connection/connection.ts";
import { Connections } from "../../../lib/connection/connections.ts";
import { ensureFresh } from "../../../lib/connection/refresh/refresh.ts";
import { machineProcesses } from "../../../lib/host/process_names.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
import { sleep } from "../../../lib/login/sleep.ts";
import type { Fetch } from "../../../lib/ports/net.ts";
import { Vault } from "../../../lib/vault/vault.ts";

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

/** Says that the step was reached, and never goes on: the test kills the process here. */
async function stop(): Promise<never> {
  console.log(JSON.stringify("here"));
  return await new Promise(() => setInterval(() => {}, 1000));
}

const stopping: Fetch = async (input, init) => {
  if (mode === "before the request") await stop();
  const answer = await fetch(input, init);
  if (mode === "before the answer is read") {
    await answer.text();
    await stop();
  }
  return answer;
};

const context = {
  vault: {
    get: vault.get.bind(vault),
    put: vault.put.bind(vault),
    revision: vault.revision.bind(vault),
    delete: (key: string, revision: number) =>
      mode === "before the lease is given back"
        ? stop()
        : vault.delete(key, revision),
  },
  connections: {
    profile: connections.profile,
    find: connections.find.bind(connections),
    client: connections.client.bind(connections),
    save: (connection: Connection) =>
      mode === "before the save" ? stop() : connections.save(connection),
  },
  registry: {
    get: () =>
      Promise.resolve({ definition, source: "custom" as const, warnings: [] }),
  },
  fetch: stopping,
  clock,
  sleep,
  processes: machineProcesses(),
};

async function token(): Promise<unknown> {
  try {
    const connection = await connections.get("acme", "default");
    const fresh = await ensureFresh(context, connection, {
      force: mode === "in turn",
    });
    return fresh.credential.type === "oauth2" && {
      token: fresh.credential.accessToken.reveal(),
    };
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return { code: error.code, hint: error.hint };
  }
}

const results: unknown[] = [];
if (mode === "in turn") {
  for (let at = 0; at < Number(times); at++) results.push(await token());
} else {
  const all = Array.from({ length: Number(times) }, token);
  results.push(...await Promise.all(all));
}
for (const result of results) console.log(JSON.stringify(result));
