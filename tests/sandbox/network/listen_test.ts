// `authsome run --listen`: a proxy for a command in a container.
import { expect } from "expect";
import { test } from "node:test";
import { noSandbox } from "../../support/sandbox/sandbox.ts";
import {
  missing,
  type Scenario,
  withScenario,
} from "../../support/scenario.ts";

const KEY = `gsk_${"c4".repeat(20)}`;
const GUIDE = Deno.readTextFileSync(
  new URL("../../../docs/guides/containers.md", import.meta.url),
);
/** The compose file of the guide. */
const COMPOSE = /```yaml\n([\s\S]*?)```/.exec(GUIDE)![1]!;

function listening(body: (scenario: Scenario, path: string) => Promise<void>) {
  return () =>
    withScenario(
      { groq: KEY },
      ["api.groq.com"],
      (request) =>
        new Response(
          request.headers.get("authorization") === `Bearer ${KEY}`
            ? "with the key"
            : "without",
        ),
      (scenario) => body(scenario, `${scenario.folder}/authsome.sock`),
    );
}

test(
  "the socket is this user's alone, asks for the password, and ends with the command",
  { skip: await missing("socat", "-V") },
  listening(async ({ authsome, home }, path) => {
    const script =
      `stat -c %a '${path}'; echo "$AUTHSOME_PROXY_SOCKET"; test "http://127.0.0.1:$AUTHSOME_PROXY_PORT" = "$(echo "$HTTPS_PROXY" | sed 's#//.*@#//#')" && echo same port;
       for auth in '' 'Proxy-Authorization: Basic bm86bm8=\\r\\n'; do printf "CONNECT api.groq.com:443 HTTP/1.1\\r\\nHost: api.groq.com:443\\r\\n$auth\\r\\n" | socat -t 3 - 'UNIX-CONNECT:${path}' | head -c 12; echo; done`;
    const { code, stdout } = await authsome([
      ...["run", "--listen", `unix:${path}`, "--", "sh", "-c", script],
    ]);
    expect([code, stdout]).toEqual([
      0,
      `600\n${path}\nsame port\nHTTP/1.1 407\nHTTP/1.1 407\n`,
    ]);
    expect(() => Deno.statSync(path)).toThrow();
    // What is there already is not taken over.
    Deno.writeTextFileSync(path, "mine");
    const refused = await authsome([
      ...["run", "--listen", `unix:${path}`, "--", "true"],
    ]);
    expect([refused.code, Deno.readTextFileSync(path)]).toEqual([9, "mine"]);
    expect(home).not.toBe("");
  }),
);

/** A stand-in for a container: its own processes, files and network, made by bubblewrap. */
const CONTAINER = [
  ...["bwrap", "--unshare-all", "--die-with-parent", "--clearenv"],
  ...["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"],
  ...["--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"],
  ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/etc", "--tmpfs", "/run"],
];

test(
  "a command in a container works through the mounted socket, and no secret comes in",
  { skip: noSandbox || await missing("socat", "-V") || await missing("curl") },
  listening(async ({ authsome, api, home }, path) => {
    // The bridge is the command of the guide's compose file.
    const [, bridge = ""] = /\n {4}command: (.*)\n/.exec(COMPOSE) ?? [];
    expect(bridge).toContain("tcp-listen:");
    const inside = `
      export PATH=/usr/bin:/bin
      socat ${bridge} &
      i=0; until curl -sS https://api.groq.com/ 2>/dev/null; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.05; done
      echo; curl -gsS -m 3 --noproxy '*' https://127.0.0.1:${api.port}/ -k 2>/dev/null && echo reached $((1+1))
      ls '${home}' 2>/dev/null; env; cat /proc/*/environ; ls /sys/class/net 2>/dev/null; true`;
    const script = `set -- ${
      [
        ...CONTAINER,
        ...["--bind", `"$AUTHSOME_PROXY_SOCKET"`, "/run/authsome.sock"],
        ...["--ro-bind", `"$SSL_CERT_FILE"`, "/etc/authsome/ca.pem"],
        ...["HTTPS_PROXY", "AUTHSOME_PROXY_PORT", "GROQ_API_KEY", "NO_PROXY"]
          .flatMap((name) => ["--setenv", name, `"$${name}"`]),
        ...["--setenv", "CURL_CA_BUNDLE", "/etc/authsome/ca.pem"],
        ...["--setenv", "SSL_CERT_FILE", "/etc/authsome/ca.pem"],
      ].join(" ")
    }; exec "$@" sh -c "$INSIDE"`;
    const { code, stdout, stderr } = await authsome(
      ["run", "--listen", `unix:${path}`, "--", "sh", "-c", script],
      { env: { INSIDE: inside } },
    );
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^with the key\n/);
    expect(stdout).not.toMatch(/reached 2|master\.key/);
    expect(stdout).toContain("GROQ_API_KEY=authsome-proxy-managed");
    expect(stdout).not.toContain(KEY);
    expect(api.requests.length).toBe(1);
  }),
);

test(
  "a client of the socket does not reach servers of this machine",
  { skip: await missing("curl") },
  listening(async ({ authsome, api }, path) => {
    const script =
      `curl -sk -f -m 5 --noproxy '' https://127.0.0.1:${api.port}/ >/dev/null && echo reached; true`;
    const ran = async (...options: string[]) =>
      (await authsome(["run", ...options, "--", "sh", "-c", script], {
        // Straight to the destination, past the parent's proxy of the other tests.
        env: { HTTPS_PROXY: "" },
      })).stdout;
    expect(await ran()).toBe("reached\n");
    expect(await ran("--listen", `unix:${path}`)).toBe("");
  }),
);

test(
  "Docker reads the compose file of the guide",
  { skip: await missing("docker", "compose", "version") },
  listening(async ({ authsome, folder }, path) => {
    Deno.writeTextFileSync(`${folder}/compose.yaml`, COMPOSE);
    const { code, stdout, stderr } = await authsome([
      ...["run", "--listen", `unix:${path}`, "--"],
      ...["docker", "compose", "-f", `${folder}/compose.yaml`, "config"],
    ], { env: { GROQ_API_KEY: KEY } });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(stdout).toContain("network_mode: service:way-out");
    expect(stdout).toContain(path);
    expect(stdout).not.toContain(KEY);
  }),
);
