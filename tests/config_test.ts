import { expect } from "expect";
import { test } from "node:test";
import { ensureConfig, readConfig, updateConfig } from "../lib/config.ts";
import type { ConfigFile } from "../lib/ports/home_files.ts";

function file(text?: string): ConfigFile & { text: string | undefined } {
  return {
    path: "/home/config.json",
    text,
    read() {
      return Promise.resolve(this.text);
    },
    write(value) {
      this.text = value;
      return Promise.resolve();
    },
  };
}

test("a home without config.json has the defaults, and they are what is written", async () => {
  const config = file();
  const defaults = {
    defaultProfile: "default",
    encryption: { mode: "local_key" },
  };
  expect(await readConfig(config)).toEqual(defaults);
  expect(config.text).toBe(undefined);
  expect(await ensureConfig(config)).toBe(true);
  expect(JSON.parse(config.text!)).toEqual({
    spec_version: 1,
    default_profile: "default",
    encryption: { mode: "local_key" },
  });
  expect(await ensureConfig(config)).toBe(false);
  expect(await readConfig(config)).toEqual(defaults);
});

test("updateConfig() keeps what it does not know", async () => {
  const config = file(
    '{"future":{"a":1},"spec_version":1,"encryption":{"mode":"keyring","service":"x"}}',
  );
  await updateConfig(config, { defaultProfile: "work" });
  expect(JSON.parse(config.text!)).toEqual({
    future: { a: 1 },
    spec_version: 1,
    default_profile: "work",
    encryption: { mode: "keyring", service: "x" },
  });
});

test("a damaged or newer config.json is refused with exit 9 and never rewritten", async () => {
  const damaged: [string, string | undefined][] = [
    ["", undefined],
    ["{", undefined],
    ["[]", undefined],
    ["null", undefined],
    ["{}", "spec_version"],
    ['{"spec_version":"1"}', "spec_version"],
    ['{"spec_version":1.5}', "spec_version"],
    ['{"spec_version":2}', "spec_version"],
    ['{"spec_version":1,"default_profile":7}', "default_profile"],
    ['{"spec_version":1,"default_profile":"a/b"}', "default_profile"],
    ['{"spec_version":1,"encryption":"none"}', "encryption.mode"],
    ['{"spec_version":1,"encryption":{"mode":"none"}}', "encryption.mode"],
    ['{"spec_version":1,"client_metadata_url":7}', "client_metadata_url"],
    [
      '{"spec_version":1,"client_metadata_url":"http://client.acme.com/c.json"}',
      "client_metadata_url",
    ],
  ];
  for (const [text, field] of damaged) {
    const config = file(text);
    const refused = {
      code: "StoreUnavailable",
      // It may hold the key of the vault.
      hint: expect.not.stringContaining("delete"),
      exitCode: 9,
      subject: { file: "/home/config.json", ...(field ? { field } : {}) },
    };
    await expect(readConfig(config)).rejects.toMatchObject(refused);
    await expect(updateConfig(config, { defaultProfile: "x" })).rejects
      .toMatchObject(refused);
    expect(config.text).toBe(text);
  }
});
