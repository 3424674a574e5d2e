// What comes through the parent's proxy together with its own answer, before anything was asked.
import { expect } from "expect";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { HOST, withRig } from "../support/proxy/proxy_rig.ts";

test("a server that speaks before it is asked ends nothing but its own connection", async () => {
  const heads: string[] = [];
  const parent = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heads.push(String(bytes));
      socket.write("HTTP/1.1 200 Connected\r\n\r\nhello\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => parent.listen(0, "127.0.0.1", resolve));
  const { port } = parent.address() as AddressInfo;
  try {
    await withRig({
      options: { upstream: { proxy: new URL(`http://127.0.0.1:${port}`) } },
    }, async (rig) => {
      const [authorization] = /Proxy-Authorization: .*\r\n/
        .exec(rig.connectHead("a:1"))!;
      for (let time = 0; time < 2; time++) {
        const client = await rig.dial();
        client.send(
          `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n${authorization}\r\n`,
        );
        expect(await client.closed()).toMatch(
          /^HTTP\/1\.1 502 [\s\S]*upstream_unreachable/,
        );
      }
      expect(heads.filter((head) => head.startsWith("CONNECT ")).length)
        .toBe(2);
    });
  } finally {
    await new Promise((resolve) => parent.close(resolve));
  }
});
