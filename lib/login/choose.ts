/** Which flow a login takes. @module */
import { AuthsomeError } from "../errors.ts";
import type { FlowName, ProviderDefinition } from "../provider/definition.ts";
import { quoted } from "../text.ts";
import type { Flow } from "./flow.ts";

/** The flows, loaded when they are run. */
const FLOWS: Record<FlowName, () => Promise<{ flow: Flow }>> = {
  api_key: () => import("./api_key.ts"),
  pkce: () => import("./authorization_code.ts"),
  dcr_pkce: () => import("./dynamic_client.ts"),
  device_code: () => import("./device_code.ts"),
  client_credentials: () => import("./client_credentials.ts"),
};

/** The code of `name`. */
export async function loadFlow(name: FlowName): Promise<Flow> {
  return (await FLOWS[name]()).flow;
}

/** The flows that the definition gives what they need, its default first. */
export function possibleFlows(definition: ProviderDefinition): FlowName[] {
  if (definition.auth_type === "api_key") return ["api_key"];
  const oauth = definition.oauth ?? {};
  const discovers = oauth.issuer !== undefined || oauth.resource !== undefined;
  const authorizes = oauth.authorization_url !== undefined || discovers;
  const possible: Record<FlowName, boolean> = {
    pkce: authorizes,
    dcr_pkce: authorizes &&
      (oauth.supports_dcr === true ||
        oauth.registration_endpoint !== undefined),
    device_code: oauth.supports_device_code === true ||
      oauth.device_authorization_url !== undefined,
    client_credentials: false,
    api_key: false,
  };
  // The definition's own flow is its author's word, whatever can be told from its fields.
  return [
    definition.flow,
    ...(Object.keys(possible) as FlowName[])
      .filter((name) => possible[name] && name !== definition.flow),
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
