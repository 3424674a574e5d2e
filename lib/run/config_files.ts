/** The configuration files that a sandboxed command is shown: which, and what is in them. No secret is. @module */
import type { HomeFile } from "../ports/run_host.ts";
import { secretFields } from "../provider/credential_fields.ts";
import { configFields } from "../provider/reading/config_rules.ts";
import type { RouteInput } from "../request/routes.ts";
import { fillTemplate } from "../template.ts";
import { preferredOf } from "./variable_owner.ts";

/** Values that mean the same in every format of a configuration file. */
const PLAIN_VALUE = /^[\w.:/@+=-]*$/;

/**
 * The files of `inputs`. Of several providers with the same file, the preferred one's is shown, or the first one's by name.
 *
 * @param placeholderOf what a command is given for the secret called `field`.
 */
export function configFiles(
  inputs: readonly RouteInput[],
  placeholderOf: (input: RouteInput, field: string) => string,
  warn: (message: string) => void,
): HomeFile[] {
  const claims = Map.groupBy(
    inputs.flatMap((input) =>
      (input.definition.config_files ?? []).map((file) => ({
        ...input,
        file,
        input,
      }))
    ).sort((a, b) => a.definition.name < b.definition.name ? -1 : 1),
    ({ file }) => file.path,
  );
  return [...claims].flatMap(([path, claimants]) => {
    const { input, file } = preferredOf(claimants);
    const provider = input.definition.name;
    const others = claimants.map(({ definition }) => definition.name)
      .filter((name) => name !== provider);
    if (others.length > 0) {
      warn(
        `~/${path} is the one of ${provider}, not of ${
          others.join(", ")
        }. Change that with: authsome prefer ${others[0]}`,
      );
    }
    const secrets = secretFields(input.definition);
    const values = new Map(
      configFields(file.text).map((name) => [
        name,
        secrets.includes(name)
          ? placeholderOf(input, name)
          : input.values?.[name],
      ]),
    );
    for (const [name, value] of values) {
      if (value !== undefined && PLAIN_VALUE.test(value)) continue;
      warn(
        `~/${path} of ${provider} is not shown: ${
          value === undefined
            ? `{${name}} is not known`
            : `{${name}} has characters that would be read otherwise there`
        }`,
      );
      return [];
    }
    return {
      path,
      text: fillTemplate(file.text, (name) => values.get(name)),
      provider,
    };
  });
}
