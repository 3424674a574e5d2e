/** Which flow a login takes. @module */
import { AuthsomeError } from "../errors.ts";
import type { FlowName, ProviderDefinition } from "../provider/definition.ts";
import { quoted } from "../text.ts";
import type { Flow } from "./flow.ts";
import { FLOWS } from "./flows.ts";

/** The code of `name`. */
export async function loadFlow(name: FlowName): Promise<Flow> {
  return (await FLOWS[name].load()).flow;
}

/** The flows that the definition gives what they need, its default first. */
export function possibleFlows(definition: ProviderDefinition): FlowName[] {
  if (definition.auth_type === "api_key") return ["api_key"];
  const oauth = definition.oauth ?? {};
  // The definition's own flow counts, whatever its other fields suggest.
  return [
    definition.flow,
    ...(Object.keys(FLOWS) as FlowName[]).filter((name) =>
      FLOWS[name].supportedBy(oauth) && name !== definition.flow
    ),
  ];
}

/**
 * Chooses: the flow asked for, else the definition's; but the device code if no page can be opened here and the
 * provider has it.
 *
 * @throws {AuthsomeError} `Usage` if `asked` is no flow, `OperationNotAllowed` if the provider has it not.
 */
export function chooseFlow(
  definition: ProviderDefinition,
  options: { asked?: string; browser: boolean },
): FlowName {
  const possible = possibleFlows(definition);
  const { asked } = options;
  if (asked !== undefined) {
    if (!Object.hasOwn(FLOWS, asked)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot use flow ${quoted(asked, 40)}: there is none`,
        `authsome login ${definition.name} --flow ${possible.join("|")}`,
        { subject: { provider: definition.name, field: "flow" } },
      );
    }
    if (!possible.includes(asked as FlowName)) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot use flow "${asked}": ${definition.name} has ${
          possible.join(", ")
        }`,
        `authsome login ${definition.name} --flow ${possible[0]}`,
        { subject: { provider: definition.name, field: "flow" } },
      );
    }
    return asked as FlowName;
  }
  const redirects = definition.flow === "pkce" ||
    definition.flow === "dcr_pkce";
  return redirects && !options.browser && possible.includes("device_code")
    ? "device_code"
    : definition.flow;
}
