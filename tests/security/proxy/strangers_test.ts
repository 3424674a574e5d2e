// Who lacks the password has few places, and they are not the command's.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/missing.ts";
import { LIMITS } from "../../../lib/proxy/limits.ts";
import { BURST, GRACE_MS, Strangers } from "../../../lib/proxy/strangers.ts";
import {
  type Client,
  HOST,
  type Rig,
  withRig,
} from "../../support/proxy/proxy_rig.ts";

const CONNECTED = /^HTTP\/1\.1 200 /;

async function served(rig: Rig): Promise<Client> {
  const client = await rig.dial();
  client.send(rig.connectHead(`${HOST}:443`));
  await client.until(CONNECTED);
  return client;
}

test("strangers have 64 places when they take their time, and the oldest goes first", () => {
  const strangers = new Strangers<number>(LIMITS.strangers);
  let now = 0;
  // As slowly as they must come to stay.
  for (let one = 0; one < 300; one++) {
    const gone = strangers.add(one, now += GRACE_MS);
    expect(gone).toEqual(
      one < LIMITS.strangers ? [] : [one - LIMITS.strangers],
    );
  }
  expect(strangers.size).toBe(LIMITS.strangers);
  strangers.delete(299);
  expect(strangers.add(300, now)).toEqual([]);
});

test("connections that come at once have time to speak, but there is an end", () => {
  const strangers = new Strangers<number>(LIMITS.strangers);
  for (let one = 0; one < BURST; one++) {
    expect(strangers.add(one, 0)).toEqual([]);
  }
  expect(strangers.add(BURST, 0)).toEqual([0]);
  // Those that have not spoken make room.
  expect(strangers.add(BURST + 1, GRACE_MS).length)
    .toBe(BURST + 1 - LIMITS.strangers);
});

test("whatever strangers hold, the command has all of its places", () =>
  withRig({
    options: { limits: { ...LIMITS, connections: 3, strangers: 2 } },
  }, async (rig) => {
    const silent: Client[] = [];
    for (let at = 0; at < 100; at++) silent.push(await rig.dial());
    for (const client of silent.slice(0, 50)) client.send("CONNECT ");
    await Promise.all([served(rig), served(rig), served(rig)]);
    // The command's places are counted apart, too.
    const fourth = await rig.dial();
    fourth.send(rig.connectHead(`${HOST}:443`));
    expect(await fourth.closed()).toBe("");
  }));

test("a refused stranger keeps no place by reading nothing or by sending on", () =>
  withRig({
    options: {
      limits: {
        ...LIMITS,
        sweepMs: 5,
        phases: {
          ...LIMITS.phases,
          stranger: { ms: 100, absolute: true },
          linger: { ms: 3_600_000, absolute: true },
        },
      },
    },
  }, async (rig) => {
    using client = await Deno.connect({
      hostname: "127.0.0.1",
      port: rig.proxy.port,
    });
    const send = (text: string) => client.write(new TextEncoder().encode(text));
    await send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    // It never ends its side.
    for (let tries = 0; tries < 500; tries++) {
      try {
        await send("more");
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error("the stranger is still there");
  }));

test("300 connections at the same moment, each with the password, are all served", () =>
  withRig({}, async (rig) => {
    await Promise.all(Array.from({ length: 300 }, () => served(rig)));
  }));

test("curl that shows its password only when it is asked is served", {
  skip: await missing("curl"),
}, () =>
  withRig({
    tls: false,
    script: async (connection) => {
      await connection.until(/\r\n\r\n/);
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    },
  }, async (rig) => {
    const { stdout } = await new Deno.Command("curl", {
      args: [
        ...["-sS", "-m", "20", "--proxy-anyauth", "--proxy", rig.proxy.url],
        "http://plain.example.com/",
      ],
    }).output();
    expect(new TextDecoder().decode(stdout)).toBe("ok");
  }));
