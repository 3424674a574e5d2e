/** Which flow a login takes. @module */
import { AuthsomeError } from "../errors.ts";
import type { FlowName, ProviderDefinition } from "../provider/definition.ts";
import { FLOW_NAMES, FLOWS } from "../provider/flow_facts.ts";
import { quoted } from "../text.ts";
import type { Flow } from "./flow.ts";
import { FLOW_CODE } from "./flows/flows.ts";

/** The code of `name`. */
export async function loadFlow(name: FlowName): Promise<Flow> {
  return (await FLOW_CODE[name]()).flow;
}

/** The flows that the definition gives what they need, its default first. */
export function possibleFlows(definition: ProviderDefinition): FlowName[] {
  // The definition's own flow is what its author says, whatever its fields suggest.
  return [
    definition.flow,
    ...FLOW_NAMES.filter((name) =>
      name !== definition.flow && offers(definition, name)
    ),
  ];
}

/** Whether a definition of another flow has what `name` needs. */
function offers(
  { auth_type, flow, oauth = {} }: ProviderDefinition,
  name: FlowName,
): boolean {
  const { offeredBy, auth_type: makes, variantOf } = FLOWS[name];
  if (variantOf !== undefined) return variantOf === flow;
  return makes === auth_type && offeredBy !== undefined &&
    offeredBy.every((group) => group.some((field) => oauth[field]));
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
        `Cannot use flow ${quoted(asked, 40)}: there is no such flow`,
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
  const { redirects } = FLOWS[definition.flow];
  return redirects && !options.browser && possible.includes("device_code")
    ? "device_code"
    : definition.flow;
}

/** An option that changes nothing was meant for something else. */
export function refuseOAuthOptions(
  provider: string,
  { scopes, clientId, resetClient }: {
    scopes?: string[];
    clientId?: string;
    resetClient?: boolean;
  },
): void {
  const given = scopes
    ? "scopes"
    : clientId !== undefined || resetClient
    ? "an OAuth client"
    : undefined;
  if (given === undefined) return;
  throw new AuthsomeError(
    "Usage",
    `Cannot log in to ${provider} with ${given}: it takes an API key`,
    `authsome login ${provider}`,
    { subject: { provider } },
  );
}
