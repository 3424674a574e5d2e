/** The ways that others built: no proxy, squid with `ssl_bump`, mitmproxy with an addon. @module */
import { makeAuthority } from "./certificates.ts";
import { accepts, command, daemon, freePort } from "./process.ts";
import { HEADER, type Way } from "./way.ts";

/** What every way is made from. */
export interface Setting {
  /** A new folder of this way's own. */
  folder: string;
  /** PEM file of the authority that issued the upstream's certificate. */
  upstreamCa: string;
  /** Where the upstream listens. */
  upstreamPort: number;
  /** The value that the upstream wants in {@linkcode HEADER}. */
  key: string;
}

/** No proxy: the client itself sends the header. */
export function startDirect({ upstreamCa, key }: Setting): Promise<Way> {
  return Promise.resolve({
    name: "direct",
    caPath: upstreamCa,
    headers: { [HEADER]: key },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** squid, adding the header by `request_header_add`; no cache, no access log. */
export async function startSquid(setting: Setting): Promise<Way> {
  const { folder, upstreamCa, key } = setting;
  const port = freePort();
  const ca = await makeAuthority(folder, "squid");
  const certgen = "/usr/lib/squid/security_file_certgen";
  await command(certgen, ["-c", "-s", `${folder}/certificates`, "-M", "4MB"]);
  await Deno.writeTextFile(
    `${folder}/squid.conf`,
    `http_port 127.0.0.1:${port} ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=4MB cert=${ca.cert} key=${ca.key}
sslcrtd_program ${certgen} -s ${folder}/certificates -M 4MB
sslcrtd_children 2 startup=1 idle=1
acl first at_step SslBump1
ssl_bump peek first
ssl_bump bump all
tls_outgoing_options cafile=${upstreamCa}
request_header_add ${HEADER} "${key}" all
http_access allow all
cache deny all
access_log none
cache_log ${folder}/cache.log
cache_store_log none
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
pinger_enable off
visible_hostname bench
shutdown_lifetime 0 seconds
`,
  );
  if (Deno.uid() === 0) {
    // squid drops root for the user `proxy`, who must be able to write here.
    await command("chown", ["-R", "proxy:proxy", folder]);
  }
  const squid = await daemon("squid", ["-N", "-f", `${folder}/squid.conf`], {
    ready: accepts(port),
    logPath: `${folder}/squid.log`,
  });
  return {
    ...squid,
    name: "squid",
    proxy: { port },
    caPath: ca.cert,
    headers: {},
  };
}

/** mitmproxy with an addon of five lines; large bodies are streamed, as they are by the others. */
export async function startMitmproxy(setting: Setting): Promise<Way> {
  const { folder, upstreamCa, key } = setting;
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/addon.py`,
    `class AddHeader:
    def request(self, flow):
        flow.request.headers["${HEADER}"] = "${key}"

addons = [AddHeader()]
`,
  );
  const options = [
    `confdir=${folder}`,
    `ssl_verify_upstream_trusted_ca=${upstreamCa}`,
    "stream_large_bodies=1m",
  ];
  const mitmproxy = await daemon("mitmdump", [
    ...["--quiet", "--listen-host", "127.0.0.1", "--listen-port", `${port}`],
    ...["--scripts", `${folder}/addon.py`],
    ...options.flatMap((option) => ["--set", option]),
  ], { ready: accepts(port), logPath: `${folder}/mitmproxy.log` });
  return {
    ...mitmproxy,
    name: "mitmproxy",
    proxy: { port },
    caPath: `${folder}/mitmproxy-ca-cert.pem`,
    headers: {},
  };
}
