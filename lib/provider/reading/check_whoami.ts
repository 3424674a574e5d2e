/** The rules of `whoami`. @module */
import { readApiUrl, readWhoamiUrl, servesPlace } from "../api_url.ts";
import type { ProviderDefinition } from "../definition.ts";
import { FRAMING, rule, RuleError } from "./rule_error.ts";

/** Nothing is asked where no credential goes, and no answer's secret is kept as a name. */
export function checkWhoami(definition: ProviderDefinition): void {
  const { whoami, api_url, extra_routes = [], exclude_hosts } = definition;
  if (!whoami) return;
  const [first = ""] = [api_url].flat();
  const served = [first, api_url, ...extra_routes.map((route) => route.api_url)]
    .flat();
  for (const entry of [whoami.url].flat()) {
    rule("whoami.url", () => {
      const { place, target } = readWhoamiUrl(entry);
      const [path = ""] = target.split("?", 1);
      if (place === undefined && readApiUrl(first).kind === "pattern") {
        throw new TypeError(
          "begins with a path, but the first api_url is a pattern; write host/path",
        );
      }
      const isServed = place === undefined ||
        served.some((url) => servesPlace(url, place, path, exclude_hosts));
      if (!isServed) {
        throw new TypeError(
          "is not served by api_url or extra_routes, so it would not get the credential",
        );
      }
      checkWhoamiFields(definition, target);
    });
  }
  if (whoami.body !== undefined && whoami.method !== "POST") {
    throw new RuleError("whoami.body", 'needs "method": "POST"');
  }
  for (const name of Object.keys(whoami.headers ?? {})) {
    if (FRAMING.test(name) || /^(?:authorization|cookie)$/i.test(name)) {
      throw new RuleError(`whoami.headers.${name}`, "may not be set");
    }
  }
  const { status, error, values } = whoami.refused ?? {};
  if ((error === undefined) !== (values === undefined)) {
    throw new RuleError("whoami.refused", "needs both error and values");
  }
  if (status?.includes(200) && error === undefined) {
    throw new RuleError("whoami.refused.status", "has 200 without an error");
  }
  for (const path of [whoami.account ?? []].flat()) {
    const [last = ""] = path.split(".").slice(-1);
    if (/(?:^|_)(?:token|secret|password|code)$|api_?key$/i.test(last)) {
      throw new RuleError("whoami.account", `may not keep "${path}"`);
    }
  }
}

/** The credential stands in a path only where an injection puts it. */
function checkWhoamiFields(
  { oauth, api_key }: ProviderDefinition,
  target: string,
): void {
  if (!/[{}]/.test(target)) return;
  const start = [...oauth?.inject ?? [], ...api_key?.inject ?? []]
    .flatMap((each) => each.kind === "path" ? [each.template] : [])
    .find((template) => target.startsWith(`${template}/`));
  if (start === undefined || /[{}]/.test(target.slice(start.length))) {
    throw new TypeError("has a value that no injection puts there");
  }
}
