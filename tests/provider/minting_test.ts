// The catalogue of places that make credentials: each is reached by a route, and every definition has a say.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import type { MintingPlace } from "../../lib/provider/operations/minting_place.ts";
import { needsBaseUrl } from "../../lib/provider/tenant.ts";
import { mintingRulesAt } from "../../lib/request/decide_route.ts";
import {
  decidingBody,
  mintedByHead,
} from "../../lib/request/minting/minting.ts";
import { buildRoutes, decideRoute } from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";

const DEFINITIONS = bundledProviders.names.map((name) =>
  JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
);

test("every definition says where it makes credentials, or that none is documented", () => {
  const silent = DEFINITIONS.filter(({ minting }) => !Array.isArray(minting))
    .map(({ name }) => name);
  expect(silent).toEqual([]);
  const places = DEFINITIONS.flatMap(({ minting = [] }) => minting);
  expect(places.length).toBeGreaterThan(200);
  for (const { reason, source } of places) {
    expect([reason, source]).toEqual([
      expect.stringMatching(/^[A-Za-z].{3,}[^.]$/),
      expect.stringMatching(/^https:\/\//),
    ]);
  }
});

for (const definition of DEFINITIONS) {
  const { name, minting = [] } = definition;
  if (minting.length === 0) continue;
  test(`${name}: each place that makes a credential is one that its credential reaches`, () => {
    for (const place of minting) {
      for (const path of [place.path].flat()) {
        const found = hostsOf(definition, place).map((host) =>
          asked(definition, host, place, path)
        );
        expect([path, found.includes(place.reason)]).toEqual([path, true]);
      }
    }
  });
}

const BASE = "https://tenant.acme-notes.com";

/** Hosts to try: the place's own, else those of every route, with names for what is not fixed. */
function hostsOf(definition: ProviderDefinition, place: MintingPlace) {
  const all = [
    definition.api_url,
    ...(definition.extra_routes ?? []).map(({ api_url }) => api_url),
  ].flat();
  const entries = [place.host ?? all].flat();
  const base = definition.oauth?.base_url ?? definition.api_key?.base_url;
  return [
    ...entries.map((entry) =>
      entry.replace(/^regex:\^|\$$/g, "")
        .replace(/\([^()|[\]]*\)\?/g, "")
        // One of a list, and one of whatever else.
        .replace(/\(([^()|[\]]+)\|[^()]*\)\??/g, "$1")
        .replace(/\([^()]*\[[^()]*\)[*+?]?/g, "eu.")
        .replace(/\[[^\]]*\](?:[+*]|\{[^}]*\})?/g, "abcdefghij")
        .replaceAll("\\", "").replace(/\/.*$/, "")
        .replace(/\{\w+\}/, "tenant.acme-notes.com")
    ),
    ...base ? [new URL(base).hostname] : [],
    "us1.api.mailchimp.com",
  ];
}

/** What a request to `place` asks for, as the proxy sees it. */
function asked(
  definition: ProviderDefinition,
  host: string,
  { method = "POST", query, header, form, mentions, reason }: MintingPlace,
  pattern: string,
): string | undefined {
  const own = needsBaseUrl(definition) || host === "tenant.acme-notes.com";
  const captured = Object.fromEntries(
    ["api_domain", "instance_url", "host"].map((name) => [name, BASE]),
  );
  const table = buildRoutes([{
    definition,
    connection: "default",
    captured,
    ...own ? { baseUrl: BASE } : {},
  }]);
  const path = pattern.replace(/\{\w+\}/g, "x1").replace(/\/\*\*$/, "/x/y");
  const decision = decideRoute(table, { host, port: 443, path });
  // Its own OAuth endpoints are refused in any case.
  if (decision.kind === "forbidden") return reason;
  if (decision.kind !== "route") return undefined;
  const rules = mintingRulesAt(table, { host, path });
  const pairs = (words: Record<string, string | string[]> = {}) =>
    Object.entries(words).map(([name, values]): [string, string] => [
      name,
      [values].flat()[0]!.replace(/\{\w+\}/g, "x1"),
    ]);
  const search = new URLSearchParams(pairs(query)).toString();
  const request = {
    method: [method].flat()[0]!,
    target: search ? `${path}?${search}` : path,
    fields: [
      { name: "Content-Type", value: "application/x-www-form-urlencoded" },
      ...pairs(header).map(([name, value]) => ({ name, value })),
    ],
  };
  const body = form
    ? new URLSearchParams(pairs(form)).toString()
    : mentions?.[0] ?? "";
  const rule = mintedByHead(rules, request) ??
    decidingBody(rules, request)?.minted(new TextEncoder().encode(body))
      ?.rule;
  return rule?.reason;
}
