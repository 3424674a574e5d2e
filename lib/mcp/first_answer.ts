/** The answer to `initialize` before the server has been asked. @module */
import { isObject } from "../object.ts";
import { VERSION } from "../version.ts";

/** The result of `initialize`. */
export type InitializeResult = Record<string, unknown>;

/** Revisions of the protocol that begin with `initialize`, the newest first. */
const REVISIONS = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
  "2024-10-07",
];

/**
 * What every server may have, so that a client asks for it. Where this server then has none, the answers are empty lists
 * (see {@linkcode emptyResult}).
 */
export function firstAnswer(
  asked: Record<string, unknown> | undefined,
): InitializeResult {
  const wanted = String(asked?.protocolVersion);
  return {
    protocolVersion: REVISIONS.includes(wanted) ? wanted : REVISIONS[0],
    capabilities: {
      tools: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    },
    serverInfo: { name: "authsome", version: VERSION },
  };
}

const EMPTY: Readonly<Record<string, Record<string, unknown>>> = {
  "tools/list": { tools: [] },
  "resources/list": { resources: [] },
  "resources/templates/list": { resourceTemplates: [] },
  "prompts/list": { prompts: [] },
  "completion/complete": { completion: { values: [] } },
  "logging/setLevel": {},
};

/** What a server that has nothing of the kind answers to `method`; `undefined` where there is no such answer. */
export function emptyResult(
  method: string,
): Record<string, unknown> | undefined {
  return Object.hasOwn(EMPTY, method) ? EMPTY[method] : undefined;
}

/** Whether the client can be sent to an address (elicitation in URL mode, since revision 2025-11-25). */
export function opensAddresses(
  asked: Record<string, unknown> | undefined,
): boolean {
  const capabilities = asked?.capabilities;
  const elicitation = isObject(capabilities)
    ? capabilities.elicitation
    : undefined;
  return isObject(elicitation) && isObject(elicitation.url);
}
