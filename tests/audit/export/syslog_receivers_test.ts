// The audit log to the real rsyslogd, by every transport.
import { expect } from "expect";
import { test } from "node:test";
import { verifyAuditLog } from "../../../lib/audit/chain.ts";
import { missing } from "../../support/missing.ts";
import { type Rsyslog, startRsyslog } from "./rsyslog.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

/** In a folder that ordinary users' PATH may not have. */
const PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
Deno.env.set("PATH", PATH);

const absent = await missing("rsyslogd", "-v");
const noTls = absent || await withoutTls();

async function withoutTls(): Promise<string | false> {
  for (const folder of ["x86_64-linux-gnu/", "aarch64-linux-gnu/", ""]) {
    try {
      Deno.statSync(`/usr/lib/${folder}rsyslog/lmnsd_ossl.so`);
      return false;
    } catch { /* Elsewhere. */ }
  }
  return await missing("rsyslog-openssl");
}

async function withReceiver(
  transport: "udp" | "tcp" | "tls" | "unix",
  body: (session: Session, receiver: Rsyslog) => Promise<void>,
): Promise<void> {
  await using session = await Session.open();
  const work = `${session.work}/rsyslog`;
  Deno.mkdirSync(work);
  const receiver = await startRsyslog(work, { tls: transport === "tls" });
  try {
    Deno.writeTextFileSync(`${session.work}/ca.pem`, receiver.caPem);
    expect((await session.run("authsome init")).code).toBe(0);
    configure(session, { syslog: { address: receiver[transport]! } });
    await body(session, receiver);
  } finally {
    await receiver.close();
  }
}

function configure(session: Session, to: Record<string, unknown>): void {
  const path = `${session.work}/home/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(
    path,
    JSON.stringify({ ...config, audit: { export: to } }),
  );
}

/** What leaves three entries, the last of a failure. */
const WORK =
  "printf gsk_1234567890abcdefgh | authsome login groq --stdin; authsome token groq; authsome run -- true; authsome logout groq";

function logLines(session: Session): string[] {
  return Deno.readTextFileSync(`${session.work}/home/audit.log`).trimEnd()
    .split("\n");
}

for (const transport of ["udp", "tcp", "tls", "unix"] as const) {
  test(
    `rsyslogd gets every entry over ${transport}, and the chain can be verified there`,
    {
      skip: transport === "tls"
        ? noTls
        : transport === "unix"
        ? absent || await missing("logger")
        : absent,
    },
    () =>
      withReceiver(transport, async (session, receiver) => {
        const env = { AUTHSOME_CA_BUNDLE: `${session.work}/ca.pem` };
        await session.run(WORK, { env });
        const { stdout, stderr, code } = await session.run(
          "authsome log export --json",
          { env },
        );
        const lines = logLines(session);
        expect([code, stderr]).toEqual([0, ""]);
        expect(JSON.parse(stdout).destinations).toMatchObject([
          { name: "syslog", ok: true, seq: lines.length, missed: 0 },
        ]);
        const messages = await receiver.messages(lines.length);
        expect(messages.map(({ message }) => message)).toEqual(lines);
        expect(await verifyAuditLog(messages.map(({ message }) => message)))
          .toEqual({ ok: true, entries: lines.length });
        for (const { message, ...head } of messages) {
          const { ok, seq, event } = JSON.parse(message);
          // Facility authpriv.
          expect(head).toMatchObject({
            app: "authsome",
            priority: 10 * 8 + (ok ? 6 : 4),
          });
          if (transport === "unix") continue;
          expect(head).toMatchObject({
            id: event,
            data: `[meta sequenceId="${seq}"]`,
          });
        }
        expect((await session.run("authsome doctor", { env })).stdout)
          .toContain(
            `sent up to entry ${lines.length}`,
          );
      }),
  );
}

test(
  "what rsyslogd misses while it is away, it gets later, in order and once",
  {
    skip: absent,
  },
  () =>
    withReceiver("tcp", async (session, receiver) => {
      await receiver.close();
      const { code } = await session.run(WORK);
      expect(code).toBe(0);
      const failed = await session.run("authsome log export");
      expect(failed.code).toBe(8);
      expect(failed.stderr).toContain("Nothing is lost");
      const again = await startRsyslog(`${session.work}/rsyslog`);
      try {
        configure(session, { syslog: { address: again.tcp } });
        const sent = await session.run("authsome log export");
        expect([sent.code, sent.stderr]).toEqual([0, ""]);
        // The recovery is an entry too, and goes with the next command.
        await session.run("authsome log export");
        const lines = logLines(session);
        const messages = await again.messages(lines.length);
        expect(messages.map(({ message }) => message)).toEqual(lines);
        const failures = lines.filter((line) => line.includes('"log_export"'));
        expect(failures.map((line) => JSON.parse(line))).toMatchObject([
          { ok: false, reason: "unreachable", detail: "syslog" },
          { ok: true, detail: "syslog" },
        ]);
      } finally {
        await again.close();
      }
    }),
);

test("a receiver whose certificate is not trusted gets nothing", {
  skip: noTls,
}, () =>
  withReceiver("tls", async (session, receiver) => {
    await session.run(WORK);
    const { code, stderr } = await session.run("authsome log export");
    expect(code).toBe(8);
    expect(stderr).toContain("certificate");
    expect(await receiver.messages(0)).toEqual([]);
  }));
