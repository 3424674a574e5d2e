/** What a definition would do, for who decides whether it is installed. @module */
import { AuthsomeError } from "../../errors.ts";
import { hasLookAlikes } from "../../look_alikes.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import type { RegisterOptions } from "../../provider/registry.ts";
import type { Broker } from "../broker.ts";
import { describeDefinition } from "./definition_summary.ts";
import { type Change, changes, takeovers } from "./takeover.ts";

/** What a person should see before they say yes. */
export interface DefinitionReview {
  definition: ProviderDefinition;
  /** Where its credential goes. */
  hosts: string[];
  /** Where its client and tokens go. */
  endpoints: string[];
  /** Hosts, endpoints and variables, as lines for people. */
  lines: string[];
  /** What is odd about it. */
  warnings: string[];
  /** What it could harm. */
  alarms: string[];
  /** What differs from the definition that it replaces. */
  changes: Change[];
}

/**
 * Validates the definition in `text` and says what installing it would do. Nothing is written.
 *
 * @param options as they will be given to `registerProvider()`; `file` says in messages where the text came from.
 * @throws {AuthsomeError} `InvalidDefinition`; `ProviderExists` without `force`.
 */
export async function reviewDefinition(
  broker: Broker,
  text: string,
  { file, force, allowPrivate, variables = [] }: RegisterOptions & {
    file: string;
  },
): Promise<DefinitionReview> {
  const { parseDefinition } = await import("../../provider/reading/parse.ts");
  const { definition, warnings, unusual = [] } = parseDefinition(text, {
    file,
    allowPrivate,
    variables: force ? "any" : variables,
  });
  const { name } = definition;
  const taken = await existing(broker, name);
  if (taken && !force) {
    throw new AuthsomeError(
      "ProviderExists",
      `Provider "${name}" is already ${taken.word}`,
      "Replace it with --force",
      { subject: { provider: name } },
    );
  }
  const { registry } = broker;
  const obeyed = await registry.withInherited(definition);
  const alarms = [
    ...hasLookAlikes(definition.display_name)
      ? [
        "Its name has letters that look like others or are invisible; they are shown as \\u{…} above.",
      ]
      : [],
    ...unusual.map((name) =>
      name.startsWith("~/")
        ? `It shows sandboxed commands the file ${name}, which programs may obey: ${
          JSON.stringify(textOf(definition, name))
        }`
        : `It uses the variable ${name}, which is not named like a credential: a program may run, load or obey its value.`
    ),
    ...await takeovers(broker, definition),
  ];
  if (taken) {
    alarms.unshift(
      `It replaces the ${taken.word} definition of "${name}"; its connections will be sent to the hosts above.`,
    );
  }
  const { minting: _, ...silent } = definition;
  const { minting: usual = [] } = taken?.definition ??
    await registry.withInherited(silent);
  const opened = usual.filter(({ reason }) =>
    !obeyed.minting?.some((place) => place.reason === reason)
  );
  if (opened.length > 0) {
    alarms.push(
      `It no longer refuses requests for ${
        opened.map(({ reason }) => reason).join(", ")
      }.`,
    );
  }
  const { operations: known, ...unread } = definition;
  const bundled = await registry.operations(unread);
  if (known && bundled && JSON.stringify(known) !== JSON.stringify(bundled)) {
    alarms.push(
      "It says otherwise than the bundled definition which requests only read, which rules and --read-only go by.",
    );
  }
  if (definition.allow_private) {
    alarms.push(
      "It sends its credential to hosts of private networks and of this machine (allow_private).",
    );
  }
  return {
    definition,
    ...describeDefinition(definition),
    warnings,
    alarms,
    changes: taken?.definition ? changes(taken.definition, obeyed) : [],
  };
}

function textOf({ config_files }: ProviderDefinition, path: string): string {
  return config_files?.find((file) => `~/${file.path}` === path)?.text ?? "";
}

/** What has the name already; without a definition if the user's file is not valid. */
async function existing(
  broker: Broker,
  name: string,
): Promise<
  | { word: "bundled" | "registered"; definition?: ProviderDefinition }
  | undefined
> {
  const custom = (await broker.runtime.definitionFiles.names()).includes(name);
  try {
    const provider = await broker.registry.find(name);
    return provider && {
      word: custom ? "registered" : "bundled",
      definition: provider.definition,
    };
  } catch (error) {
    if (
      !(error instanceof AuthsomeError) || error.code !== "InvalidDefinition"
    ) throw error;
    return { word: "registered" };
  }
}
