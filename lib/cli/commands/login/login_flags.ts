/** The flags of `login`: the one place that lists them. @module */
import { FLOW_NAMES } from "../../../provider/flow_facts.ts";
import {
  choice,
  type FlagValues,
  option,
  options,
  toggle,
} from "../../kit/define_command.ts";

/** The flags of `login`, as typed and explained. */
export const LOGIN_FLAGS = {
  connection: option("Name of the connection (default default)", "name"),
  flow: choice("How to log in", FLOW_NAMES),
  scopes: option("Request these scopes instead of the default ones", "a,b"),
  baseUrl: option("URL of your own instance", "url"),
  clientId: option("OAuth client to use; authsome asks for its secret", "id"),
  resetClient: toggle("Ask for the OAuth client again, or register anew"),
  force: toggle("Replace a working connection; take a key that looks wrong"),
  from: options(
    "Read the secret from its manager at each use: op://…, vault:… (see docs/guides/secret-managers.md)",
    "reference",
  ),
  noVerify: toggle("Do not ask the provider whose it is and if it works"),
  noBrowser: toggle("Print the address instead of opening it"),
  detach: toggle("Print the address as JSON and finish in the background"),
  resume: option("Follow a login that --detach started", "id"),
  cancel: option(
    "Cancel a login that --detach started",
    "provider|id",
    "provider",
  ),
  timeout: {
    kind: "parsed" as const,
    parse: seconds,
    brief:
      "Give up after this many seconds (default 600; 1800 if you must register an app first)",
    placeholder: "seconds",
  },
  stdin: toggle(
    "Read the secret, or the redirect URL, from one line of stdin (several fields: JSON)",
  ),
};

/** What was given of {@linkcode LOGIN_FLAGS}. */
export type LoginFlags = FlagValues<typeof LOGIN_FLAGS>;

function seconds(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 86_400) {
    throw new RangeError("it is not a whole number from 1 to 86400");
  }
  return value;
}
