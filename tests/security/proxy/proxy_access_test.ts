// Who is let in to the proxy, and what is left behind by those who are not.
import { expect } from "expect";
import { createServer } from "node:net";
import { test } from "node:test";
import { MAX_EVENTS } from "../../../lib/proxy/bounded_audit.ts";
import { withHome } from "../../support/home.ts";
import { HOST, type Rig, withRig } from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";
import { freePort } from "../../support/free_port.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

test("who lacks the password, or cannot be read, is in the log with what they wanted and without what they sent", () =>
  withRig({ script: OK }, async (rig) => {
    for (
      const head of [
        `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n`,
        "GET http://a.test/p?token=secret HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a.test\r\n\r\n",
      ]
    ) {
      const client = await rig.dial();
      client.send(head);
      await client.closed();
    }
    const tunnel = await rig.tunnel();
    tunnel.send("not http at all\r\n\r\n");
    await tunnel.closed();
    const deny = { event: "deny", ok: false, profile: "default" };
    const unauthenticated = {
      ...deny,
      reason: "proxy_authentication_required",
      status: 407,
    };
    expect(rig.events).toEqual([
      { ...unauthenticated, method: "CONNECT", host: HOST },
      { ...unauthenticated, method: "GET", host: "a.test" },
      { ...deny, reason: "bad_request", status: 505 },
      { ...deny, reason: "bad_request", status: 400, host: HOST },
    ]);
  }));

test("the password is let in whatever the case of its scheme and the white space behind it, and nothing else is", () =>
  withRig({ script: OK }, async (rig) => {
    const { username, password } = new URL(rig.proxy.url);
    const right = btoa(`${username}:${password}`);
    const answer = async (value: string) => {
      const client = await rig.dial();
      client.send(
        `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nProxy-Authorization:${value}\r\n\r\n`,
      );
      const head = await client.until(/\r\n\r\n/);
      return head.split(" ", 2)[1];
    };
    for (
      const value of [
        ` Basic ${right}`,
        ` basic ${right}`,
        ` BASIC ${right}`,
        `basic   ${right}`,
        ` bAsIc\t${right}\t `,
      ]
    ) expect([value, await answer(value)]).toEqual([value, "200"]);
    for (
      const value of [
        ` ${right}`,
        ` basic${right}`,
        ` Bearer ${right}`,
        ` basic basic ${right}`,
        ` xbasic ${right}`,
        ` basic, ${right}`,
        ` basic ${right} ${right}`,
        ` basic ${right.toLowerCase()}`,
        ` basic ${btoa(`${username}:x`)}`,
        ` basic ${right}\r\nProxy-Authorization: basic ${right}`,
        " basic ",
      ]
    ) expect([value, await answer(value)]).toEqual([value, "407"]);
  }));

test("a flood of refusals does not fill the log, and its size is in it", async () => {
  let events: Rig["events"] = [];
  const flood = MAX_EVENTS + 30;
  await withRig({ script: OK }, async (rig) => {
    events = rig.events;
    for (let at = 0; at < flood; at++) {
      const client = await rig.dial();
      client.send("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
      await client.closed();
    }
    expect(events.length).toBe(MAX_EVENTS);
  });
  expect(events.slice(MAX_EVENTS)).toEqual([{
    event: "dropped",
    profile: "default",
    ok: false,
    detail: "30 refusals by the proxy",
  }]);
});

test("the proxy listens on 127.0.0.1 and on no other address", {
  skip: Deno.build.os !== "linux" && "this is not Linux",
}, () =>
  withRig({}, (rig) => {
    const port = rig.proxy.port.toString(16).toUpperCase().padStart(4, "0");
    const listening = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
      Deno.readTextFileSync(file).split("\n")
    ).map((line) => line.trim().split(/\s+/)).filter(([, local, , state]) =>
      state === "0A" && local!.endsWith(`:${port}`)
    );
    expect(listening.map(([, local]) => local)).toEqual([`0100007F:${port}`]);
    return Promise.resolve();
  }));

/** The first line of the answer to `head` on the socket at `path`. */
async function askSocket(path: string, head: string): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path });
  await conn.write(new TextEncoder().encode(head));
  const bytes = new Uint8Array(4_096);
  const size = await conn.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, size)).split("\r\n")[0]!;
}

test("a socket lets in this user alone, and still wants the password", () =>
  withHome((home) => {
    const path = `${home}/proxy.sock`;
    const umask = Deno.umask(0);
    return withRig({ options: { socket: { path } } }, async (rig) => {
      expect(Deno.umask(umask)).toBe(0);
      const info = Deno.lstatSync(path);
      expect([info.isSocket, info.mode! & 0o777]).toEqual([true, 0o600]);
      expect(
        await askSocket(
          path,
          `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`,
        ),
      ).toBe("HTTP/1.1 407 Proxy Authentication Required");
      expect(await askSocket(path, rig.connectHead(`${HOST}:443`))).toBe(
        "HTTP/1.1 200 Connection Established",
      );
    });
  }));

test("with a port that others lead to the socket, nothing listens on TCP", () =>
  withHome(async (home) => {
    // A port that is free: the rig's own relay to it is never used.
    const port = freePort();
    const path = `${home}/proxy.sock`;
    await withRig({ options: { socket: { path, port } } }, async (rig) => {
      expect(new URL(rig.proxy.url).port).toBe(String(port));
      await expect(Deno.connect({ hostname: "127.0.0.1", port })).rejects
        .toBeInstanceOf(Deno.errors.ConnectionRefused);
      expect(await askSocket(path, rig.connectHead(`${HOST}:443`))).toBe(
        "HTTP/1.1 200 Connection Established",
      );
    });
    expect(() => Deno.lstatSync(path)).toThrow(Deno.errors.NotFound);
  }));

test("a socket that a killed run left is replaced; what others hold or planted there is not", () =>
  withHome(async (home) => {
    const refused = (path: string) =>
      expect(withRig({ options: { socket: { path } } }, async () => {}))
        .rejects.toMatchObject({ code: "PortUnavailable", exitCode: 9 });

    const path = `${home}/proxy.sock`;
    const other = createServer();
    await new Promise<void>((resolve) =>
      other.listen(`${home}/other.sock`, resolve)
    );
    await refused(`${home}/other.sock`);
    // Under another name it is not removed when its listener ends.
    Deno.renameSync(`${home}/other.sock`, path);
    await new Promise((resolve) => other.close(resolve));
    expect(Deno.lstatSync(path).isSocket).toBe(true);
    await withRig({ options: { socket: { path } } }, async (rig) => {
      expect(await askSocket(path, rig.connectHead(`${HOST}:443`))).toContain(
        " 200 ",
      );
    });

    Deno.writeTextFileSync(`${home}/file`, "precious");
    Deno.symlinkSync(`${home}/file`, `${home}/link`);
    Deno.mkdirSync(`${home}/folder`);
    for (const name of ["file", "link", "folder"]) {
      await refused(`${home}/${name}`);
    }
    expect(Deno.readTextFileSync(`${home}/file`)).toBe("precious");
    await refused(`${home}/${"x".repeat(120)}`);
    await refused(`${home}/missing/proxy.sock`);
  }));
