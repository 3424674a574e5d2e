import { expect } from "expect";
import { test } from "node:test";
import type { DefinitionFiles } from "../../lib/ports/home_files.ts";
import { ProviderRegistry } from "../../lib/provider/registry.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { bundledOperations } from "../../providers/operations.ts";
import { bundledSummaries } from "../../providers/summaries.ts";

const ACME = JSON.stringify({
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme.com",
  api_key: {},
});

/** A folder in memory that refuses what no file may be called. */
function folder(files: Record<string, string> = {}) {
  const texts = new Map(Object.entries(files));
  const seen: string[] = [];
  const use = (name: string) => {
    seen.push(name);
    return name;
  };
  const port: DefinitionFiles = {
    names: () => Promise.resolve([...texts.keys()]),
    read: (name) => Promise.resolve(texts.get(use(name))),
    write: (name, text) => {
      texts.set(use(name), text);
      return Promise.resolve();
    },
    remove: (name) => Promise.resolve(texts.delete(use(name))),
    path: (name) => `/home/providers/${name}.json`,
  };
  return {
    texts,
    seen,
    registry: new ProviderRegistry(
      {
        bundledProviders: () => Promise.resolve(bundledProviders),
        bundledSummaries: () => Promise.resolve(bundledSummaries),
        bundledOperations: () => Promise.resolve(bundledOperations),
      },
      port,
    ),
  };
}

test("ProviderRegistry gives a bundled provider without warnings", async () => {
  const { registry } = folder();
  const { definition, source, warnings } = await registry.get("atlassian");
  expect([definition.name, source, warnings]).toEqual([
    "atlassian",
    "bundled",
    [],
  ]);
});

test("the user's file wins over the bundled definition, at once", async () => {
  const { registry, texts } = folder();
  const { definition } = await registry.get("openai");
  texts.set(
    "openai",
    JSON.stringify({ ...definition, api_url: "eu.api.openai.com" }),
  );
  const mine = await registry.get("openai");
  expect([mine.source, mine.definition.api_url]).toEqual([
    "custom",
    "eu.api.openai.com",
  ]);
  expect(
    (await registry.list()).find((one) => one.definition.name === "openai")!
      .source,
  )
    .toBe("custom");
  expect(await registry.remove("openai")).toBe("reset");
  expect((await registry.get("openai")).source).toBe("bundled");
});

test("every bundled definition survives inspect > file", async () => {
  const { registry, texts } = folder();
  for (const name of await registry.names()) {
    const { definition } = await registry.get(name);
    texts.set(name, JSON.stringify(definition, null, 2) + "\n");
    const mine = await registry.get(name);
    expect(mine.source).toBe("custom");
    expect(mine.definition).toEqual(definition);
  }
});

const CLOSE: [wrong: string, right: string][] = [
  ["githb", "github"],
  ["Atlassian", "atlassian"],
  ["opneai", "openai"],
  ["notion-dcr", "notion_dcr"],
  ["sendgird", "sendgrid"],
];
for (const [wrong, right] of CLOSE) {
  test(`ProviderNotFound for ${wrong} suggests ${right}`, async () => {
    const error = await folder().registry.get(wrong).catch((error) => error);
    expect([error.code, error.exitCode]).toEqual(["ProviderNotFound", 4]);
    expect(error.hint).toContain(`"${right}"`);
  });
}

test("ProviderNotFound for a name like no other suggests list", async () => {
  const error = await folder().registry.get("qqqqqqqqqqqqqqq").catch((error) =>
    error
  );
  expect(error.hint).toContain("authsome list");
});

test("a name that could leave the folder never reaches the files", async () => {
  const { registry, seen } = folder();
  for (
    const name of [
      "../secret",
      "a/b",
      "..",
      "",
      "con.json",
      "a\0b",
      "__proto__",
      "A",
    ]
  ) {
    expect(await registry.find(name)).toBeUndefined();
    await expect(registry.remove(name)).rejects.toMatchObject({
      code: "ProviderNotFound",
    });
  }
  for (const name of ["constructor", "hasownproperty", "tostring"]) {
    expect(await registry.find(name)).toBeUndefined();
  }
  expect(seen).toEqual(["constructor", "hasownproperty", "tostring"]);
});

test("register() installs once, and again only by force", async () => {
  const { registry, texts } = folder();
  expect(await registry.register(ACME)).toMatchObject({
    source: "custom",
    warnings: [],
  });
  expect((await registry.get("acme")).definition.api_url).toBe("api.acme.com");
  const before = texts.get("acme");
  const again = ACME.replace("api.acme.com", "api2.acme.com");
  await expect(registry.register(again)).rejects.toMatchObject({
    code: "ProviderExists",
    exitCode: 7,
  });
  expect(texts.get("acme")).toBe(before);
  await registry.register(again, { force: true });
  expect((await registry.get("acme")).definition.api_url).toBe("api2.acme.com");
  expect(await registry.remove("acme")).toBe("removed");
  expect(await registry.find("acme")).toBeUndefined();
});

test("register() does not replace a bundled provider without `force`", async () => {
  const { registry, texts } = folder();
  const evil = ACME.replace('"acme"', '"github"');
  await expect(registry.register(evil)).rejects.toMatchObject({
    code: "ProviderExists",
  });
  expect(texts.size).toBe(0);
  expect((await registry.register(evil, { force: true })).definition.name).toBe(
    "github",
  );
});

test("register() writes nothing that is not valid", async () => {
  const { registry, texts } = folder();
  for (
    const text of [
      "{",
      ACME.replace("api.acme.com", "localhost"),
      ACME.replace('"acme"', '"../x"'),
    ]
  ) {
    await expect(registry.register(text, { force: true })).rejects
      .toMatchObject({
        code: "InvalidDefinition",
      });
  }
  expect(texts.size).toBe(0);
  const local = ACME.replace("api.acme.com", "localhost:8443");
  await registry.register(local, { allowPrivate: true });
  expect((await registry.get("acme")).definition.api_url).toBe(
    "localhost:8443",
  );
});

test("remove() of a bundled provider without a file says so", async () => {
  await expect(folder().registry.remove("github")).rejects.toMatchObject({
    code: "OperationNotAllowed",
    exitCode: 4,
  });
});

test("a broken file names itself and breaks only its own provider", async () => {
  const { registry } = folder({ acme: "{", other: ACME, "bad name": ACME });
  await expect(registry.get("acme")).rejects.toMatchObject({
    code: "InvalidDefinition",
    message: expect.stringContaining("/home/providers/acme.json"),
  });
  await expect(registry.get("other")).rejects.toMatchObject({
    message: expect.stringContaining('"name"'),
  });
  await expect(registry.list()).rejects.toMatchObject({
    code: "InvalidDefinition",
  });
  const broken: string[] = [];
  const listed = await registry.list((name) => broken.push(name));
  expect(broken).toEqual(["acme", "other"]);
  expect(listed.length).toBe(bundledProviders.names.length);
  expect(await registry.names()).not.toContain("bad name");
});
