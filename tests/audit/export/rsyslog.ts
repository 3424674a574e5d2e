/** The real rsyslogd on loopback, with a configuration of its own. @module */
import { createAuthority } from "../../../lib/wire/certificate_authority.ts";
import { freePort } from "../../support/free_port.ts";

/** What a message was when rsyslogd had parsed it. */
export interface SyslogMessage {
  input: string;
  priority: number;
  host: string;
  app: string;
  id: string;
  data: string;
  message: string;
}

/** A running rsyslogd. */
export interface Rsyslog {
  /** Addresses of its inputs. */
  udp: string;
  tcp: string;
  tls?: string;
  unix: string;
  /** PEM of the CA of `tls`, whose certificate is for `localhost`. */
  caPem: string;
  /** Waits until there are `count` messages, for ten seconds at most. */
  messages(count: number): Promise<SyslogMessage[]>;
  close(): Promise<void>;
}

/** Starts it in the folder `work`; with `tls`, which rsyslog-openssl adds to it, on one port more. */
export async function startRsyslog(
  work: string,
  { tls = false } = {},
): Promise<Rsyslog> {
  const authority = await createAuthority({ hosts: ["localhost"] });
  const { certPem, keyPem } = await authority.leafFor("localhost");
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(`${work}/${name}`, text, { mode: 0o600 });
    return `${work}/${name}`;
  };
  const [udp, tcp, secure] = [freePort(), freePort(), freePort()];
  const unix = `${work}/log.sock`;
  const out = write("messages", "");
  const config = write(
    "rsyslog.conf",
    `global(workDirectory="${work}" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="${write("rsyslog-ca.pem", authority.caPem)}"
  defaultNetstreamDriverCertFile="${write("rsyslog-cert.pem", certPem)}"
  defaultNetstreamDriverKeyFile="${write("rsyslog-key.pem", keyPem)}")
module(load="imudp")
module(load="imptcp")
module(load="imuxsock" sysSock.use="off")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imptcp" address="127.0.0.1" port="${tcp}" supportOctetCountedFraming="on")
input(type="imuxsock" socket="${unix}")
${
      tls
        ? `module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="${secure}")`
        : ""
    }
template(name="all" type="string" string="%inputname%\\t%pri%\\t%hostname%\\t%app-name%\\t%msgid%\\t%structured-data%\\t%msg%\\n")
action(type="omfile" file="${out}" template="all" asyncWriting="off" flushOnTXEnd="on")
`,
  );
  const child = new Deno.Command("rsyslogd", {
    args: ["-n", "-f", config, "-i", `${work}/rsyslog.pid`],
    env: { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const read = () =>
    Deno.readTextFileSync(out).split("\n").slice(0, -1).map(parsed);
  const until = async (isThere: () => boolean) => {
    for (let tries = 0; tries < 200 && !isThere(); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const answers = async (port: number) => {
    for (let tries = 0; tries < 200; tries++) {
      try {
        return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await answers(tcp);
  if (tls) await answers(secure);
  return {
    ...{ udp: `udp://127.0.0.1:${udp}`, tcp: `tcp://127.0.0.1:${tcp}` },
    ...tls ? { tls: `tls://localhost:${secure}` } : {},
    ...{ unix: `unix://${unix}`, caPem: authority.caPem },
    async messages(count) {
      await until(() => read().length >= count);
      return read();
    },
    async close() {
      try {
        child.kill("SIGTERM");
      } catch { /* It has ended. */ }
      await child.status;
    },
  };
}

function parsed(line: string): SyslogMessage {
  const [input, priority, host, app, id, data, ...message] = line.split("\t");
  return {
    ...{ input: input!, priority: Number(priority), host: host!, app: app! },
    ...{ id: id!, data: data!, message: message.join("\t").trim() },
  };
}
