import { expect } from "expect";
import { test } from "node:test";
import {
  keepPlanned,
  leftOut,
  planImport,
} from "../../lib/broker/import_credentials.ts";
import { Broker } from "../../lib/broker/broker.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import type { Found } from "../../lib/import/found.ts";
import { Secret } from "../../lib/secret.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

const FOUND: Found = {
  provider: "openai",
  credential: { type: "api_key", fields: { api_key: new Secret("sk-1") } },
  from: ".netrc",
};

test("what is wrong with one credential leaves it out; what is wrong with the home ends the import", () => {
  const refused = new AuthsomeError(
    "OperationNotAllowed",
    "Cannot import openai from .netrc: it is no key",
    "authsome login openai",
  );
  expect(leftOut(FOUND, refused)).toEqual({
    provider: "openai",
    from: ".netrc",
    reason: "it is no key",
    hint: "authsome login openai",
  });
  for (
    const error of [
      new AuthsomeError("StoreUnavailable", "Cannot open the vault"),
      new TypeError("a bug"),
    ]
  ) expect(() => leftOut(FOUND, error)).toThrow(error);
});

test("what another user put in the usual place is read only if it is named", async () => {
  const runtime = memoryRuntime();
  const netrc = {
    path: "/home/me/.netrc",
    text: "machine api.openai.com login x password canary",
    modifiedAt: 0,
    isForeign: true,
  };
  const world = {
    env: { get: () => undefined, toObject: () => ({}) },
    userFolder: "/home/me",
    read: (path: string) => path === netrc.path ? netrc : undefined,
    list: () => [],
    output: () => Promise.resolve(undefined),
    databaseRows: () => Promise.resolve([]),
    md5: () => "",
  };
  await using broker = await Broker.open(
    Object.assign(runtime, { importWorld: () => Promise.resolve(world) }),
  );
  const error = await planImport(broker, { source: "netrc" })
    .catch((error) => error);
  expect(error).toMatchObject({ code: "OperationNotAllowed", exitCode: 4 });
  expect(error.message).toContain("belongs to another user");
  expect(error.message).not.toContain("canary");
  const named = await planImport(broker, {
    source: "netrc",
    path: netrc.path,
  });
  expect(named.planned.map(({ found }) => found.provider)).toEqual(["openai"]);
  // A typo is said before anything is read, unless the source may bring that definition.
  await expect(planImport(broker, { source: "netrc", provider: "opneai" }))
    .rejects.toMatchObject({ code: "ProviderNotFound" });
});

test("an import is kept when the audit log has noted it", async () => {
  const runtime = memoryRuntime();
  await using broker = await Broker.open(runtime);
  await expect(planImport(broker, { source: "netrc" })).rejects.toMatchObject({
    code: "OperationNotAllowed",
  });
  await keepPlanned(broker, [
    { found: FOUND, connection: "default", replaces: false },
  ]);
  expect(runtime.audited.map((line) => JSON.parse(line))).toMatchObject([
    { event: "import", provider: "openai", detail: ".netrc", ok: true },
  ]);
  expect((await broker.connections.get("openai")).state).toBe("connected");
});
