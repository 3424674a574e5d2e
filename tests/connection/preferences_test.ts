import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { withBroker } from "../support/connected.ts";
import type { Broker } from "../../lib/broker/broker.ts";

function inHome(body: (broker: Broker, home: string) => Promise<void>) {
  return () => withHome((home) => withBroker(home, (b) => body(b, home)));
}

test(
  "the last choice between two stands, whichever was made before",
  inHome(async ({ preferences }) => {
    expect(await preferences.read()).toEqual({});
    await preferences.prefer("b", ["a", "c"]);
    await preferences.prefer("b", ["c"]);
    expect(await preferences.read()).toEqual({ b: ["a", "c"] });
    await preferences.prefer("a", ["b"]);
    expect(await preferences.read()).toEqual({ a: ["b"], b: ["c"] });
    await preferences.forget("b");
    expect(await preferences.read()).toEqual({ a: ["b"] });
    await preferences.forget();
    await preferences.forget();
    expect(await preferences.read()).toEqual({});
  }),
);

test(
  "choices that are made at once are all kept",
  inHome(async ({ preferences }, home) => {
    const names = Array.from({ length: 10 }, (_, at) => `p${at}`);
    await Promise.all(names.map((name) =>
      withBroker(
        home,
        (broker) => broker.preferences.prefer(name, [`${name}-other`]),
      )
    ));
    expect(Object.keys(await preferences.read())).toEqual(names);
  }),
);

test(
  "a damaged record is an error with a way out; a newer one is left alone",
  inHome(async (broker) => {
    const { preferences } = broker;
    const vault = await broker.vault();
    const key = "profile/default/preferences";
    for (
      const text of [
        "{",
        "null",
        "[]",
        '{"v":1}',
        '{"v":1,"over":{"../x":[]}}',
        '{"v":1,"over":{"a":[1]}}',
        '{"v":1,"over":{"a":"b"}}',
      ]
    ) {
      await vault.put(key, text, await vault.revision(key) ?? 0);
      await expect(preferences.read()).rejects.toMatchObject({
        code: "RecordCorrupt",
        hint: "authsome prefer --reset",
      });
    }
    await preferences.forget();
    expect(await preferences.read()).toEqual({});
    const newer = '{"v":2,"over":{},"more":1}';
    await vault.put(key, newer, 0);
    await expect(preferences.prefer("a", ["b"])).rejects.toMatchObject({
      code: "StoreUnavailable",
    });
    expect((await vault.get(key))?.text).toBe(newer);
  }),
);
