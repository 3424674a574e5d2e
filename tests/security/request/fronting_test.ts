// Which server a request is for, said in four places: only where all four agree is anything sent.
import { expect } from "expect";
import { test } from "node:test";
import {
  keyCredential,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";

const A = "a.example.com";
const B = "b.example.com";
const TWO: RigOptions = {
  certificateFor: A,
  script: answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
  table: {
    routes: [
      route({ provider: "a", host: { kind: "exact", host: A } }),
      route({ provider: "b", host: { kind: "exact", host: B } }),
    ],
    forbidden: [],
  },
  fresh: (provider) => keyCredential(`sk-of-${provider}`),
};

const arrived = (rig: Rig) =>
  rig.upstream.connections.map(({ received }) => received).join("");

for (const serverName of [A, B, false] as const) {
  for (const host of [A, B]) {
    for (const target of ["/", `https://${A}/`, `https://${B}/`]) {
      const agreed = serverName === A && host === A && target === "/";
      test(
        `a tunnel to ${A} with the server name ${serverName}, Host ${host} and the target ${target} is ${
          agreed ? "served" : "refused"
        }`,
        () =>
          withRig(TWO, async (rig) => {
            const tunnel = await rig.tunnel(`${A}:443`, { serverName })
              .catch(() => undefined);
            expect(tunnel !== undefined).toBe(serverName === A);
            if (tunnel) {
              tunnel.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
              expect(await tunnel.until(/\r\n\r\n(ok|\{.*\}\n)$/)).toMatch(
                agreed ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 421 /,
              );
            }
            expect(arrived(rig).includes("sk-of-a")).toBe(agreed);
            expect(arrived(rig)).not.toContain("sk-of-b");
            expect(rig.events.map(({ event }) => event)).toEqual([
              agreed ? "inject" : "deny",
            ]);
          }),
      );
    }
  }
}

test("a redirect to another host is the client's to follow, and is decided anew there", () =>
  withRig({
    ...TWO,
    script: answering((head) =>
      head.startsWith("GET /away ")
        ? "HTTP/1.1 302 Found\r\nLocation: https://unrouted.test/next?x=1\r\nSet-Cookie: s=1\r\nContent-Length: 0\r\n\r\n"
        : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ),
  }, async (rig) => {
    const client = await rig.tunnel(`${A}:443`);
    client.send(`GET /away HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
    expect(await client.until(/\r\n\r\n$/)).toBe(
      "HTTP/1.1 302 Found\r\nLocation: https://unrouted.test/next?x=1\r\nSet-Cookie: s=1\r\nContent-Length: 0\r\n\r\n",
    );
    // Nobody was asked for the next page.
    expect(arrived(rig).match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1);
    // The client asks there, through a blind tunnel, and what it sends stays as it is.
    const next = await rig.dial();
    next.send(rig.connectHead("unrouted.test:443"));
    await next.until(/^HTTP\/1\.1 200 /);
    next.send("Authorization: Bearer authsome-proxy-managed");
    expect(rig.events.map(({ event, host }) => [event, host])).toEqual([
      ["inject", A],
      ["tunnel", "unrouted.test"],
    ]);
    expect(arrived(rig).match(/sk-of-/g)).toHaveLength(1);
  }));
