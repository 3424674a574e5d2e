import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { connect } from "../support/connected.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

test("a refresh during a rename is not lost", async () => {
  const runtime = memoryRuntime();
  await using main = await Broker.open(runtime);
  await main.profiles.create("old");
  await using old = await Broker.open(runtime, { profile: "old" });
  await connect(old, "openai", "before");
  await connect(old, "stripe", "other");
  // Another process writes at the moment when everything was copied and nothing deleted.
  const vault = await main.vault();
  const remove = vault.delete.bind(vault);
  let written = false;
  vault.delete = async (key, revision) => {
    if (!written) {
      written = true;
      await connect(old, "openai", "after");
    }
    return await remove(key, revision);
  };
  await main.profiles.rename("old", "new");
  expect(written).toBe(true);
  await using renamed = await Broker.open(runtime, { profile: "new" });
  const { credential } = await renamed.connections.get("openai");
  expect(credential.type === "api_key" && credential.fields.api_key!.reveal())
    .toBe("after");
  expect((await renamed.connections.names()).length).toBe(2);
  expect(await vault.keys("profile/old/")).toEqual([]);
  expect(await main.profiles.list()).toEqual(["default", "new"]);
});
