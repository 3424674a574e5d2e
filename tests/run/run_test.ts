import { expect } from "expect";
import { test } from "node:test";
import type { Broker } from "../../lib/broker/broker.ts";
import type { ProxyRequest, RunHost } from "../../lib/ports/run_host.ts";
import { run, type RunRequest } from "../../lib/run/proxied_run.ts";
import { decideRoute } from "../../lib/request/routes.ts";
import { connect, withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

const CA = "-----BEGIN CERTIFICATE-----\nrun\n-----END CERTIFICATE-----";
const ROOT = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----";

/** Runs with a host that only records; `during` is what happens while the command runs. */
async function record(
  broker: Broker,
  request: Partial<RunRequest>,
  options: {
    env?: Record<string, string>;
    during?: (proxy: ProxyRequest) => Promise<void>;
    prepareCommand?: RunHost["prepareCommand"];
  } = {},
) {
  const events: string[] = [];
  const warnings: string[] = [];
  let proxy: ProxyRequest | undefined;
  let bundle: readonly string[] = [];
  let env: Record<string, string> = {};
  const runHost: RunHost = {
    trustedRoots: () => Promise.resolve([ROOT]),
    clientRoots: () => Promise.resolve([ROOT]),
    ...options.prepareCommand ? { prepareCommand: options.prepareCommand } : {},
    startProxy(request) {
      events.push("proxy");
      proxy = request;
      return Promise.resolve({
        url: "http://authsome:pw@127.0.0.1:9",
        caPem: `${CA}\n`,
        close: () => (events.push("proxy closed"), Promise.resolve()),
      });
    },
    probe: () => Promise.reject(new Error("nobody asks")),
    writeCaBundle(certificates) {
      events.push("bundle");
      bundle = certificates;
      return {
        caBundlePath: "/ca.pem",
        wgetrcPath: "/wgetrc",
        folder: "/",
        remove: () => events.push("bundle removed"),
      };
    },
    async runCommand(command, childEnv) {
      events.push(command.join(" "));
      env = childEnv;
      await options.during?.(proxy!);
      return 7;
    },
  };
  const parent = options.env ?? {};
  const result = run({ command: ["agent", "-x"], ...request }, {
    profile: broker.profile,
    env: { get: (name) => parent[name], toObject: () => parent },
    registry: broker.registry,
    connections: broker.connections,
    preferences: broker.preferences,
    credentials: await broker.credentialSource(),
    audit: broker.audit,
    runHost,
    warn: (message) => warnings.push(message),
  });
  const code = await result.catch((error) => {
    expect(events.filter((event) => event.startsWith("proxy")).length % 2).toBe(
      0,
    );
    throw error;
  });
  return { code, events, warnings, proxy: proxy!, bundle, env };
}

async function whoServes(proxy: ProxyRequest, host: string) {
  const request = { host, port: 443, path: "/" };
  const decision = decideRoute(await proxy.routes(), request);
  return decision.kind === "route" ? decision.route.provider : decision.kind;
}

async function served(proxy: ProxyRequest): Promise<string[]> {
  const { routes } = await proxy.routes();
  return routes.map(({ host, provider, connection }) =>
    `${
      host.kind === "exact" ? host.host : host.pattern
    } ${provider}/${connection}`
  ).sort();
}

function inHome(body: (broker: Broker, home: string) => Promise<void>) {
  return () =>
    withHome((home) => withBroker(home, (broker) => body(broker, home)));
}

test(
  "the proxy is there before the command and gone after it, with its roots",
  inHome(async (broker) => {
    await connect(broker, "groq", "sk-real");
    const { code, events, bundle, env, proxy, warnings } = await record(
      broker,
      {},
      { env: { GROQ_API_KEY: "sk-real", HOME: "/h" } },
    );
    expect(code).toBe(7);
    expect(events).toEqual([
      "proxy",
      "bundle",
      "agent -x",
      "bundle removed",
      "proxy closed",
    ]);
    expect(bundle).toEqual([ROOT, CA]);
    expect(env).toMatchObject({
      HOME: "/h",
      GROQ_API_KEY: "authsome-proxy-managed",
      HTTPS_PROXY: "http://authsome:pw@127.0.0.1:9",
      SSL_CERT_FILE: "/ca.pem",
      AUTHSOME_PROXY_MODE: "true",
    });
    expect(Object.values(env)).not.toContain("sk-real");
    expect(await served(proxy)).toEqual(["api.groq.com groq/default"]);
    expect(proxy.hosts).toEqual([{ kind: "exact", host: "api.groq.com" }]);
    expect(proxy).toMatchObject({ policy: "open", profile: "default" });
    expect(warnings).toEqual([]);
  }),
);

test(
  "what prepares the command knows its environment before the proxy starts",
  inHome(async (broker) => {
    await connect(broker, "groq", "sk-real");
    const prepared: unknown[] = [];
    const { events, env } = await record(broker, {}, {
      env: { GROQ_API_KEY: "sk-real", HOME: "/h" },
      prepareCommand(start) {
        const { command, env } = start({
          proxyUrl: "http://authsome:pw@127.0.0.1:9",
          caBundlePath: "/ca.pem",
          wgetrcPath: "/wgetrc",
          folder: "/",
        });
        prepared.push(command, env);
        return Promise.resolve();
      },
    });
    expect(prepared).toEqual([["agent", "-x"], env]);
    expect(events[0]).toBe("proxy");
  }),
);

test(
  "nothing connected runs anyway, with a note",
  inHome(async (broker) => {
    const { code, warnings, proxy } = await record(broker, {});
    expect(code).toBe(7);
    expect(await served(proxy)).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining("authsome login <provider>"),
    ]);
  }),
);

test(
  "--only and --connection choose; what is not there is refused by name",
  inHome(async (broker) => {
    await connect(broker, "groq", "sk-one");
    await connect(broker, "groq", "sk-two", "work");
    await connect(broker, "anthropic", "sk-ant");
    const of = async (request: Partial<RunRequest>) =>
      await served((await record(broker, request)).proxy);
    expect(await of({})).toEqual([
      "api.anthropic.com anthropic/default",
      "api.groq.com groq/default",
    ]);
    expect(await of({ only: ["groq"], connections: { groq: "work" } }))
      .toEqual(["api.groq.com groq/work"]);
    expect(await of({ connections: { groq: "work" } })).toEqual([
      "api.anthropic.com anthropic/default",
      "api.groq.com groq/work",
    ]);
    const { env } = await record(broker, { only: ["groq"] }, {
      env: { ANTHROPIC_API_KEY: "sk-ant" },
    });
    expect(env).not.toHaveProperty("ANTHROPIC_API_KEY");

    await expect(record(broker, { only: ["nope"] })).rejects.toMatchObject({
      code: "ProviderNotFound",
    });
    await expect(record(broker, { only: ["github"] })).rejects.toMatchObject({
      code: "ConnectionNotFound",
    });
    await expect(record(broker, { connections: { groq: "nope" } })).rejects
      .toMatchObject({ code: "ConnectionNotFound" });
    await expect(
      record(broker, { only: ["groq"], connections: { anthropic: "x" } }),
    ).rejects.toMatchObject({ code: "Usage" });
    await expect(record(broker, { command: [] })).rejects.toMatchObject({
      code: "Usage",
    });
  }),
);

test(
  "two providers that serve the same requests are said before the command runs",
  inHome(async (broker) => {
    await broker.registry.register(
      JSON.stringify({
        schema_version: 1,
        name: "groq-too",
        display_name: "Too",
        auth_type: "api_key",
        flow: "api_key",
        api_url: "api.groq.com",
        api_key: {},
      }),
    );
    await connect(broker, "groq", "sk-one");
    await connect(broker, "groq-too", "sk-two");
    expect((await record(broker, {})).warnings).toEqual([
      expect.stringMatching(/^groq and groq-too .*authsome prefer/),
    ]);
    expect((await record(broker, { only: ["groq"] })).warnings).toEqual([]);

    await broker.preferences.prefer("groq-too", ["groq"]);
    let before: string | undefined;
    let after: string | undefined;
    const { warnings } = await record(broker, {}, {
      during: async (proxy) => {
        before = await whoServes(proxy, "api.groq.com");
        await broker.preferences.prefer("groq", ["groq-too"]);
        after = await whoServes(proxy, "api.groq.com");
      },
    });
    expect({ warnings, before, after }).toEqual({
      warnings: [],
      before: "groq-too",
      after: "groq",
    });
  }),
);

test(
  "variables and exemptions that were taken away are said by name, never by value",
  inHome(async (broker) => {
    await connect(broker, "groq", "sk-one");
    const { warnings, env } = await record(broker, {}, {
      env: { ANTHROPIC_API_KEY: "sk-secret", NO_PROXY: "groq.com,corp" },
    });
    expect(warnings).toEqual([
      expect.stringContaining("ANTHROPIC_API_KEY"),
      expect.stringContaining("groq.com"),
    ]);
    expect(warnings.join()).not.toContain("sk-secret");
    expect(env.NO_PROXY).toBe("localhost,127.0.0.1,::1,corp");
  }),
);

test(
  "one damaged definition keeps no other provider from working",
  inHome(async (broker, home) => {
    await connect(broker, "groq", "sk-one");
    await connect(broker, "anthropic", "sk-ant");
    Deno.mkdirSync(`${home}/providers`, { recursive: true });
    Deno.writeTextFileSync(`${home}/providers/anthropic.json`, "{");
    const { proxy, warnings } = await record(broker, {});
    expect(await served(proxy)).toEqual(["api.groq.com groq/default"]);
    expect(warnings).toEqual([
      expect.stringMatching(/^anthropic is left out: /),
    ]);
    await expect(record(broker, { only: ["anthropic"] })).rejects
      .toMatchObject({ code: "InvalidDefinition" });
  }),
);

test(
  "during the run another process's changes are followed, but only to the hosts of the start",
  inHome(async (broker, home) => {
    await connect(broker, "groq", "sk-one");
    await connect(broker, "groq", "sk-two", "work");
    await record(broker, {}, {
      during: async (proxy) => {
        const before = await proxy.routes();
        expect(await proxy.routes()).toBe(before);
        await withBroker(home, async (other) => {
          await other.connections.setDefault("groq", "work");
          await connect(other, "anthropic", "sk-ant");
        });
        expect(await served(proxy)).toEqual(["api.groq.com groq/work"]);

        // The command itself may write definitions: the one of the start stays.
        const { definition } = await broker.registry.get("groq");
        Deno.mkdirSync(`${home}/providers`, { recursive: true });
        Deno.writeTextFileSync(
          `${home}/providers/groq.json`,
          JSON.stringify({
            ...definition,
            api_key: { header_name: "x-other", header_prefix: "" },
          }),
        );
        await withBroker(
          home,
          (other) => other.connections.setDefault("groq", "default"),
        );
        expect((await proxy.routes()).routes[0].injections).toEqual(
          before.routes[0].injections,
        );

        // After a logout the proxy must still answer for the host.
        await withBroker(home, async (other) => {
          for (const name of ["default", "work"]) {
            await other.connections.discard("groq", name);
          }
        });
        expect(await served(proxy)).toEqual(["api.groq.com groq/default"]);
      },
    });
  }),
);
