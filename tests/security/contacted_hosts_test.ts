// J5: nothing is sent anywhere but to the hosts that the person's connections and configuration name. The system calls
// of every command are watched.
import { expect } from "expect";
import { test } from "node:test";
import { CALLS, writeGivenExport } from "../support/calls.ts";
import { connect, withBroker } from "../support/connected.ts";
import { contactsIn, isLocal, traced } from "../support/contacts.ts";
import { missing } from "../support/missing.ts";
import { textCommand } from "../support/program.ts";
import { startLocalApi } from "../support/servers/local_api.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const KEY = `sk-${"c7".repeat(20)}`;
const COLLECTOR = "collector.acme.example";
const ROOT = new URL("../..", import.meta.url).pathname;

/** Variables by which other programs choose a destination of telemetry. */
const TEMPTING = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "https://telemetry.example",
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "https://telemetry.example/v1/logs",
  OTEL_LOGS_EXPORTER: "otlp",
  SENTRY_DSN: "https://key@sentry.example/1",
};

/** The hosts that a command contacts when it is called as in `CALLS`; none if it is not here. */
const CONTACTED: Readonly<Record<string, readonly string[]>> = {
  // The provider is asked whether it takes the key, and whether it answers.
  "login": ["api.groq.com"],
  "doctor": ["api.openai.com"],
};

const untraced = await missing("strace") || await missing("curl") ||
  await missing("strace", "-f", "-qq", "-o", "/dev/null", "true");

/** Serves these; anything else is refused by the proxy, and noted like them. */
const SERVED = ["api.openai.com", "api.groq.com", "mcp.linear.app", COLLECTOR];

async function fill(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    await connect(broker, "openai", KEY);
    await connect(broker, "openai", `${KEY}2`, "side");
    await broker.profiles.create("second");
  });
}

type Trace = (
  command: string,
  options?: { stdin?: string; env?: Record<string, string> },
) => Promise<string[]>;

/**
 * Gives `body` what runs a shell command and tells the hosts that it had the proxy connect to or asked a name server for.
 * Throws if it sent anything to another address than this machine's and the name servers'.
 */
async function watching(
  body: (trace: Trace, session: Session) => Promise<void>,
): Promise<void> {
  await using session = await Session.open();
  const api = await startLocalApi(
    SERVED,
    () => Response.json({ data: [] }),
  );
  Deno.writeTextFileSync(`${session.work}/ca.pem`, api.caPem);
  const { servers, domains } = nameServers();
  const file = `${session.work}/trace`;
  try {
    await body(async (command, { stdin, env } = {}) => {
      const before = api.tunnels.length;
      Deno.writeTextFileSync(`${session.work}/command.sh`, command);
      await session.run(`${traced(file).join(" ")} timeout 90 sh command.sh`, {
        ...stdin === undefined ? {} : { stdin },
        env: {
          ...{ HTTPS_PROXY: api.proxyUrl, AUTHSOME_NO_VERIFY: "" },
          AUTHSOME_CA_BUNDLE: `${session.work}/ca.pem`,
          ...{ AUTHSOME_NO_BROWSER: "1", ...TEMPTING, ...env },
        },
      });
      const { addresses, names } = contactsIn(Deno.readTextFileSync(file));
      const strange = addresses.filter((address) =>
        !isLocal(address) && !servers.has(address)
      );
      expect({ command, strange }).toEqual({ command, strange: [] });
      return [
        ...new Set([
          ...api.tunnels.slice(before).map((target) =>
            target.replace(/:443$/, "")
          ),
          ...names.map((name) =>
            domains.reduce(
              (name, domain) =>
                name.endsWith(`.${domain}`)
                  ? name.slice(0, -domain.length - 1)
                  : name,
              name,
            )
          ),
        ]),
      ].sort();
    }, session);
  } finally {
    await api.close();
  }
}

/** Where this machine asks for names, and the domains that its resolver tries behind a name that is not found. */
function nameServers(): { servers: Set<string>; domains: string[] } {
  let text = "";
  try {
    text = Deno.readTextFileSync("/etc/resolv.conf");
  } catch { /* It has none. */ }
  const values = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}\\s+(.*)$`, "gm"))]
      .flatMap(([, value]) => value!.trim().split(/\s+/));
  const servers = values("nameserver").map((address) =>
    address.includes(":") ? `[${address}]:53` : `${address}:53`
  );
  return {
    servers: new Set(servers),
    domains: [...values("search"), ...values("domain")],
  };
}

test(
  "no command contacts a host but those that it is for",
  { skip: untraced },
  () =>
    watching(async (trace, session) => {
      const home = `${session.work}/home`;
      const found: Record<string, string[]> = {};
      Deno.writeTextFileSync(`${session.work}/acme.json`, "{}");
      await writeGivenExport(session.work);
      for (const [name, { argv, stdin }] of Object.entries(CALLS)) {
        // What was asked for may destroy what is asked next.
        await Deno.remove(home, { recursive: true }).catch(() => {});
        await fill(home);
        const hosts = await trace(
          `authsome ${argv}`,
          stdin === undefined ? {} : { stdin },
        );
        // A build that is released asks for releases: that is what the command is for.
        if (hosts.length > 0 && name !== "upgrade") found[name] = hosts;
      }
      expect(found).toEqual(CONTACTED);
    }),
);

test(
  "a run contacts what its command does, and the audit log goes to the configured collector alone",
  { skip: untraced },
  () =>
    watching(async (trace, session) => {
      const home = `${session.work}/home`;
      await fill(home);
      const curl = (host: string) =>
        `curl -sS --max-time 20 https://${host}/v1/models`;
      const run = `authsome run -- ${curl("api.openai.com")}`;
      expect(await trace(run)).toEqual(["api.openai.com"]);
      expect(await trace("authsome run -- true")).toEqual([]);
      configure(home, { otlp: { endpoint: `https://${COLLECTOR}/v1/logs` } });
      // A busy machine may be too slow for them to reach it: then they leave it to the next.
      expect(["api.openai.com", COLLECTOR])
        .toEqual(expect.arrayContaining(await trace(run)));
      expect([COLLECTOR])
        .toEqual(expect.arrayContaining(await trace("authsome token openai")));
      expect(await trace("authsome log export --all")).toEqual([COLLECTOR]);
      expect(await trace("authsome list; authsome log")).toEqual([]);
      expect(await trace("authsome mcp https://mcp.linear.app/mcp </dev/null"))
        .toEqual([]);
    }),
);

test(
  "the library contacts what its caller does",
  { skip: untraced },
  () =>
    watching(async (trace, session) => {
      await fill(`${session.work}/home`);
      const program = (body: string) =>
        textCommand(`
        const { Authsome } = await import("${ROOT}mod.ts");
        const authsome = await Authsome.open();
        ${body}
        await authsome.close();
      `).map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
      expect(
        await trace(program(`
        await authsome.listProviders();
        await authsome.listConnections();
        await authsome.getAccessToken("openai");
        await authsome.getAuthHeaders("openai");
        await authsome.exportCredentials();
      `)),
      ).toEqual([]);
      expect(
        await trace(program(`
        const response = await authsome.fetch("https://api.openai.com/v1/models");
        await response.text();
      `)),
      ).toEqual(["api.openai.com"]);
    }),
);

test(
  "what contacts another host is found, by way of the proxy and around it",
  { skip: untraced },
  () =>
    watching(async (trace) => {
      const ask = "curl -sS --max-time 5 https://updates.example/latest";
      expect(await trace(ask)).toEqual(["updates.example"]);
      const around = `${ask} --noproxy '*' --connect-to`;
      // An address of no network (RFC 5737).
      await expect(trace(`${around} ::192.0.2.7:443`))
        .rejects.toThrow("192.0.2.7:443");
      const named = await trace(`${ask} --noproxy '*'`)
        .catch((error) => [String(error)]);
      expect(named.join()).toMatch(/updates\.example|:53/);
    }),
);

function configure(home: string, to: Record<string, unknown>): void {
  const path = `${home}/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(
    path,
    JSON.stringify({ ...config, audit: { export: to } }),
  );
}
