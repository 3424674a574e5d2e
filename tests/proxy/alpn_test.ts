// What a client offers by ALPN (RFC 7301), and what it is served with.
import { expect } from "expect";
import { test } from "node:test";
import { KEY, withRig } from "../support/proxy/proxy_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

for (
  const [offered, chosen] of [
    [["http/1.0"], "http/1.0"],
    [["http/1.0", "http/1.1"], "http/1.1"],
    [["unheard-of", "http/1.0"], "http/1.0"],
    [["http/0.9"], false],
    [["unheard-of", "h3"], false],
    [undefined, false],
  ] as const
) {
  test(`a client that offers ${offered?.join(" and ") ?? "nothing"} is served`, () =>
    withRig({ script: OK }, async (rig) => {
      const socket = await rig.secure(undefined, {
        ...offered && { protocols: [...offered] },
      });
      expect(socket.alpnProtocol).toBe(chosen);
      const answer = new Promise<string>((resolve) => {
        let text = "";
        socket.on("data", (bytes) => {
          text += bytes;
          if (text.endsWith("ok")) resolve(text);
        });
      });
      socket.write("GET / HTTP/1.0\r\nHost: api.example.com\r\n\r\n");
      expect(await answer).toMatch(/^HTTP\/1\.[01] 200 /);
      expect(rig.upstream.connections[0]!.received).toContain(KEY);
    }));
}
