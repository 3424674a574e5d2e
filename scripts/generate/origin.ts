/** What the page of a provider says of its own facts. @module */
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { code, plain } from "./markdown.ts";

const UNVERIFIED =
  "Unverified: only one source was found for some of these facts. If a login or a request fails, they may be the reason.";

/** The sources of the facts, and how far they go. */
export function origin(
  { name, docs_url, checked, sources = [], unverified }: ProviderDefinition,
): string[] {
  return [
    `This page is generated from [\`providers/${name}.json\`](../../providers/${name}.json). The facts come from [the provider's documentation](${docs_url})${
      sources.length > 0 ? " and these sources" : ""
    }${checked ? `, and were checked in ${code(checked)}` : ""}${
      sources.length > 0 ? ":" : "."
    }`,
    ...sources.length > 0
      ? [
        sources.map((source) =>
          `- ${/^https:/.test(source) ? `<${source}>` : plain(source)}`
        ).join("\n"),
      ]
      : [],
    ...unverified ? [UNVERIFIED] : [],
  ];
}
