// `authsome log export` and the export of other commands, as a person has them.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../../support/connected.ts";
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const KEY = "gsk_canary0123456789abcdef";

interface Rig {
  session: Session;
  api: LocalApi;
  /** Sets `audit.export` of the home. */
  configure(to: unknown): void;
  authsome(
    command: string,
    env?: Record<string, string>,
  ): Promise<{ stdout: string; stderr: string; code: number }>;
}

async function withCollector(
  answer: () => Response | Promise<Response>,
  body: (rig: Rig) => Promise<void>,
): Promise<void> {
  await using session = await Session.open();
  const api = await startLocalApi(
    ["api.groq.com", "collector.example"],
    async (request) => {
      await request.text();
      return await answer();
    },
  );
  try {
    Deno.writeTextFileSync(`${session.work}/ca.pem`, api.caPem);
    await withBroker(
      `${session.work}/home`,
      (broker) => connect(broker, "groq", KEY),
    );
    await body({
      ...{ session, api },
      configure(to) {
        const path = `${session.work}/home/config.json`;
        const config = JSON.parse(Deno.readTextFileSync(path));
        const audit = { export: to };
        Deno.writeTextFileSync(path, JSON.stringify({ ...config, audit }));
      },
      authsome: (command, env = {}) =>
        session.run(`authsome ${command}`, {
          env: {
            HTTPS_PROXY: api.proxyUrl,
            AUTHSOME_CA_BUNDLE: `${session.work}/ca.pem`,
            ...env,
          },
        }),
    });
  } finally {
    await api.close();
  }
}

test("a collector is opened by the connection that is for its host, and by no other", () =>
  withCollector(() => Response.json({}), async ({ api, ...rig }) => {
    const connection = "groq";
    rig.configure({
      otlp: { endpoint: "https://api.groq.com/v1/logs", connection },
    });
    expect((await rig.authsome("token groq")).stdout).toBe(`${KEY}\n`);
    expect((await rig.authsome("log export --all")).code).toBe(0);
    const asked = new Set(api.requests.map(({ url, headers }) =>
      [
        url.pathname,
        headers.get("authorization"),
      ].join(" ")
    ));
    expect([...asked]).toEqual([`/v1/logs Bearer ${KEY}`]);
    const { length } = api.requests;
    // That the credential was used for it is no disclosure, and no entry that would be exported in its turn.
    const { entries } = JSON.parse((await rig.authsome("log --json")).stdout);
    const events = entries.map(({ event }: { event: string }) => event);
    expect(events.filter((event: string) => event !== "log_export"))
      .toEqual(["get"]);
    rig.configure({
      otlp: { endpoint: "https://collector.example/v1/logs", connection },
    });
    const refused = await rig.authsome("log export --all");
    expect(refused).toMatchObject({ code: 5, stdout: "" });
    expect(refused.stderr).toContain(
      "the credential of groq is not for collector.example",
    );
    rig.configure({
      otlp: {
        endpoint: "https://api.groq.com/v1/logs",
        connection: "groq/nobody",
      },
    });
    expect((await rig.authsome("log export --all")).code).toBe(5);
    expect(api.requests.length).toBe(length);
  }));

test("a variable alone exports nothing, and a home without destinations says how to name one", () =>
  withCollector(() => Response.json({}), async ({ api, ...rig }) => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = "https://collector.example";
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_LOGS_EXPORTER: "otlp" };
    await rig.authsome("token groq", env);
    const { code, stderr } = await rig.authsome("log export", env);
    expect(code).toBe(4);
    expect(stderr).toContain('"audit.export"');
    expect(api.tunnels).toEqual([]);
    expect((await rig.authsome("doctor")).stdout).not.toContain("audit export");
  }));

test("settings that cannot be used stop every command that would export, with the field", () =>
  withCollector(() => Response.json({}), async (rig) => {
    rig.configure({
      otlp: {
        endpoint: "https://collector.example/v1/logs",
        headers: { authorization: "Bearer canary" },
      },
    });
    for (const command of ["token groq", "log export", "run -- true"]) {
      const { code, stderr, stdout } = await rig.authsome(command);
      expect([command, code, stdout]).toEqual([command, 9, ""]);
      expect(stderr).toContain("audit.export.otlp.headers");
      expect(stderr).not.toContain("canary");
    }
    expect((await rig.authsome("doctor")).stdout).toContain("otlp.headers");
  }));

test("a collector that is down or says no delays nobody for long and loses nothing", () =>
  withCollector(
    () => new Response("no", { status: 401 }),
    async ({ api, session, ...rig }) => {
      const endpoint = "https://collector.example/v1/logs";
      rig.configure({ otlp: { endpoint } });
      expect(await rig.authsome("token groq")).toMatchObject({
        ...{ code: 0, stdout: `${KEY}\n`, stderr: "" },
      });
      const json = await rig.authsome("log export --json");
      expect(json.code).toBe(8);
      expect(JSON.parse(json.stdout)).toMatchObject({
        v: 1,
        destinations: [{
          ...{ name: "otlp", place: "collector.example", ok: false },
          ...{ problem: "refused", sent: 0 },
        }],
      });
      // It is not asked again by each command.
      const { length } = api.requests;
      expect((await rig.authsome("token groq")).code).toBe(0);
      expect(api.requests.length).toBe(length);
      const doctor = await rig.authsome("doctor");
      expect(doctor.code).not.toBe(0);
      expect(doctor.stdout).toContain("collector.example answered 401");
      const { stdout } = await session.run("authsome log --verify");
      expect(stdout).toMatch(/^ok: /);
    },
  ));
