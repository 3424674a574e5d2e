// A run with more connections than it opens.
import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { Secret } from "../../lib/secret.ts";
import { decideNamed } from "../../lib/request/decide_named.ts";
import { isRoutedHost } from "../../lib/request/decide_route.ts";
import { planRun } from "../../lib/run/proxied_run.ts";
import { dryRun } from "../../lib/run/dry_run.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

const MANY = 60;

function keyOf(at: number): string {
  return `sk-same-start/+canary-${String(at).padStart(4, "0")}`;
}

/** A broker with many keys of openai and one of groq; and how often records were opened by name. */
async function filled(env: Record<string, string>) {
  const runtime = memoryRuntime(env);
  const broker = await Broker.open(runtime);
  const save = (provider: string, name: string, key: string, more = {}) =>
    broker.connections.save({
      ...{ provider, name, revision: 0, state: "connected" },
      credential: { type: "api_key", fields: { api_key: new Secret(key) } },
      ...{ createdAt: 0, updatedAt: 0, ...more },
    });
  await save("groq", "default", "gsk-canary-0123456789");
  await save("openai", "default", "sk-default-0123456789");
  for (let at = 0; at < MANY; at++) await save("openai", `n${at}`, keyOf(at));
  return { broker, save };
}

function planned(broker: Broker, opened: string[] = []) {
  const { profile, env, registry, connections, preferences } = broker;
  return planRun({ command: ["true"] }, {
    ...{ profile, env, registry, preferences, warn() {}, showsFiles: false },
    connections: {
      names: () => connections.names(),
      providers: () => connections.providers(),
      sketches: () => connections.sketches(),
      version: () => connections.version(),
      client: (provider, id) => connections.client(provider, id),
      get(provider, name) {
        opened.push(`${provider}/${name}`);
        return connections.get(provider, name);
      },
    },
  });
}

function named(target: string, name: string) {
  return {
    target,
    fields: [{
      name: "Authorization",
      value: `Bearer authsome-proxy-managed.${name}`,
    }],
  };
}

const OPENAI = { host: "api.openai.com", port: 443 };

test("a run opens the default connections, and routes every other by its name", async () => {
  const { broker } = await filled({});
  await using _ = broker;
  const opened: string[] = [];
  const { routes, others } = await planned(broker, opened);
  expect(opened.sort()).toEqual(["groq/undefined", "openai/undefined"]);
  expect(others.length).toBe(MANY);
  const table = await routes.current();
  for (const name of ["n0", "n59"]) {
    expect(decideNamed(table, OPENAI, named("/v1/models", name))).toMatchObject(
      { decision: { route: { provider: "openai", connection: name } } },
    );
  }
  expect(decideNamed(table, OPENAI, named("/v1/models", "nobody")).refusal)
    .toMatchObject({ reason: "credential_missing" });
  expect(isRoutedHost(table, "api.openai.com", 443)).toBe(true);
  expect(isRoutedHost(table, "example.com", 443)).toBe(false);
});

test("a secret of an unread connection does not stand in the environment of the command", async () => {
  const { broker } = await filled({
    COPY: keyOf(7),
    URL_OF: `https://user:${keyOf(8)}@example.com/`,
    ENCODED: `key=${encodeURIComponent(keyOf(9))}&more`,
    GROQ_COPY: "gsk-canary-0123456789",
    OTHER: "a value of no interest",
  });
  await using _ = broker;
  const opened: string[] = [];
  await planned(broker, opened);
  expect(opened.sort()).toEqual([
    ...["groq/undefined", "openai/n7", "openai/n8", "openai/n9"],
    "openai/undefined",
  ]);
  const { profile, env, registry, connections, preferences } = broker;
  const { replaced } = await dryRun({ command: ["true"] }, {
    ...{ profile, env, registry, connections, preferences, warn() {} },
  });
  expect(replaced).toEqual(["COPY", "ENCODED", "GROQ_COPY", "URL_OF"]);
});

test("a connection with a tenant of its own is read among the many, and its host is routed", async () => {
  const { broker, save } = await filled({});
  await using _ = broker;
  await save("openai", "tenant", "sk-tenant-0123456789", {
    baseUrl: "https://openai.example.com",
  });
  const opened: string[] = [];
  const { others } = await planned(broker, opened);
  expect(opened).toContain("openai/tenant");
  expect(others.find(({ connection }) => connection === "tenant")?.baseUrl)
    .toBe("https://openai.example.com");
});

test("what another process changes during a run is followed", async () => {
  const { broker, save } = await filled({});
  await using _ = broker;
  const { routes } = await planned(broker);
  await save("openai", "later", "sk-later-0123456789");
  const gone = await broker.connections.get("openai", "n3");
  await broker.connections.delete(gone);
  const table = await routes.current();
  expect(decideNamed(table, OPENAI, named("/v1/models", "later")))
    .toMatchObject(
      { decision: { route: { connection: "later" } } },
    );
  // It stays, so that the proxy answers and does not send the placeholder on.
  expect(decideNamed(table, OPENAI, named("/v1/models", "n3"))).toMatchObject(
    { decision: { route: { connection: "n3" } } },
  );
});

test("the choice of a default connection needs no listing, and a wrong one is not followed", async () => {
  const { broker } = await filled({});
  await using _ = broker;
  await broker.connections.setDefault("openai", "n5");
  expect(await broker.connections.defaultName("openai")).toBe("n5");
  await broker.connections.delete(await broker.connections.get("openai"));
  expect(await broker.connections.defaultName("openai")).toBe("default");
});
