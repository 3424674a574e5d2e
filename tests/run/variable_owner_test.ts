// Two connected providers with one variable or one file: whom it stands for, and that nothing of it is silent.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import type { RouteInput } from "../../lib/request/routes.ts";
import { configFiles } from "../../lib/run/config_files.ts";
import { placeholderVariables } from "../../lib/run/child_env.ts";
import { sharersOf, variableOwners } from "../../lib/run/variable_owner.ts";

function input(
  name: string,
  more: Partial<ProviderDefinition> = {},
  preferredOver?: string[],
): RouteInput {
  return {
    definition: {
      ...{ schema_version: 1, name, display_name: name },
      ...{ auth_type: "api_key", flow: "api_key" },
      api_url: `api.${name}.com`,
      api_key: { base_url: `https://${name}.com` },
      ...more,
    } as ProviderDefinition,
    connection: "default",
    ...preferredOver ? { preferredOver } : {},
  };
}

const exporting = { export: { env: { SHARED_KEY: "api_key" } } };
const reading = { api_key: { env_var: "SHARED_KEY" } };

function ownerOf(...inputs: RouteInput[]): string {
  return variableOwners(inputs, placeholderVariables)[0]!.owner.definition.name;
}

test("the first by name, in whatever order they come", () => {
  expect(ownerOf(input("a", exporting), input("b", exporting))).toBe("a");
  expect(ownerOf(input("b", exporting), input("a", exporting))).toBe("a");
});

test("who exports a variable comes before who only reads it", () => {
  expect(ownerOf(input("a", reading), input("b", exporting))).toBe("b");
});

test("the person's choice decides before both", () => {
  expect(ownerOf(input("a", exporting), input("b", reading, ["a"]))).toBe("b");
  // A choice over another provider is none here.
  expect(ownerOf(input("a", exporting), input("b", exporting, ["c"])))
    .toBe("a");
});

const file = (text: string) => ({
  config_files: [{ path: ".acmerc", text, source: "https://acme.com" }],
});

function shown(...inputs: RouteInput[]) {
  const warnings: string[] = [];
  const files = configFiles(
    inputs,
    ({ definition }, field) => `${definition.name}-${field}`,
    (message) => warnings.push(message),
  );
  return { files, warnings };
}

test("a file has placeholders and what is no secret", () => {
  const { files, warnings } = shown(
    {
      ...input("acme", file('{"host": "{base_url_host}", "key": "{api_key}"}')),
      values: { base_url_host: "acme.com" },
    },
  );
  expect(files).toEqual([{
    path: ".acmerc",
    text: '{"host": "acme.com", "key": "acme-api_key"}',
    provider: "acme",
  }]);
  expect(warnings).toEqual([]);
});

test("of two providers with one file the first by name is shown, or the preferred one, and it is said", () => {
  const [one, two] = [file("one {api_key}"), file("two {api_key}")];
  const plain = shown(input("b", two), input("a", one));
  expect(plain.files.map(({ text }) => text)).toEqual(["one a-api_key"]);
  expect(plain.warnings).toEqual([
    "~/.acmerc is the one of a, not of b. Change that with: authsome prefer b",
  ]);
  const chosen = shown(input("a", one), input("b", two, ["a"]));
  expect(chosen.files.map(({ text }) => text)).toEqual(["two b-api_key"]);
});

test("a file with a value that is not known, or would be read otherwise there, is not shown", () => {
  for (const value of [undefined, 'x"\nscript-shell=/tmp/x', "a b"]) {
    const { files, warnings } = shown({
      ...input("acme", file("{site}")),
      ...value === undefined ? {} : { captured: { site: value } },
    });
    expect(files).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining("~/.acmerc of acme is not shown: {site} "),
    ]);
  }
});

test("who shares a variable or a file with a provider, each once", () => {
  const all = [
    input("a", { ...exporting, ...file("one") }),
    input("b", { ...reading, ...file("two") }),
    input("c", file("three")),
    input("d"),
  ].map(({ definition }) => definition);
  expect(sharersOf(all[0]!, all, placeholderVariables)).toEqual(["b", "c"]);
  expect(sharersOf(all[3]!, all, placeholderVariables)).toEqual([]);
});
