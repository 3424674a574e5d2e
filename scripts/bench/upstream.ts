/** The upstream of every way: nginx with TLS and keep-alive on loopback, so that it is never the bottleneck. @module */
import { makeLeaf } from "./certificates.ts";
import { accepts, type Daemon, daemon, freePort } from "./process.ts";
import { HEADER, HOST } from "./way.ts";

/** Bytes of the small answer's body. */
export const SMALL_BYTES = 512;
/** Bytes of the download. */
export const LARGE_BYTES = 100 * 1024 * 1024;

/** A running upstream. */
export interface Upstream extends Daemon {
  port: number;
}

/** Starts nginx: `/small` and `/large` with the right `key` in {@linkcode HEADER}, 401 without. */
export async function startUpstream(
  folder: string,
  authority: { cert: string; key: string },
  key: string,
): Promise<Upstream> {
  const leaf = await makeLeaf(folder, authority);
  const port = freePort();
  await Deno.mkdir(`${folder}/www`);
  await Deno.writeTextFile(`${folder}/www/small`, "x".repeat(SMALL_BYTES));
  await Deno.writeTextFile(`${folder}/www/large`, "");
  await Deno.truncate(`${folder}/www/large`, LARGE_BYTES);
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid;
${Deno.uid() === 0 ? "user root;" : ""}
events { worker_connections 1024; }
http {
  access_log off; error_log stderr warn;
  keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on;
  open_file_cache max=8 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} ssl; server_name ${HOST};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:4m;
    ssl_certificate ${leaf.cert}; ssl_certificate_key ${leaf.key};
    root ${folder}/www;
    location / { if ($http_${
      HEADER.replaceAll("-", "_")
    } != "${key}") { return 401; } }
  }
}
`,
  );
  const nginx = await daemon(
    "nginx",
    ["-p", folder, "-c", `${folder}/nginx.conf`],
    { ready: accepts(port), logPath: `${folder}/nginx.log` },
  );
  return { ...nginx, port };
}
