/**
 * Writes `docs/providers/`: an index by category and a page for each bundled provider. Everything in it comes from the
 * definitions and from the code that uses them.
 *
 * @module
 */
import { defined } from "../lib/object.ts";
import type { ProviderDefinition } from "../lib/provider/definition.ts";
import { needsBaseUrl } from "../lib/provider/tenant.ts";
import { publicVariables } from "../lib/provider/credential_fields.ts";
import { placeholderVariables } from "../lib/run/child_env.ts";
import { rivalsOf } from "../lib/request/sharing.ts";
import type { RouteInput } from "../lib/request/routes.ts";
import { bundledProviders } from "../providers/mod.ts";
import { code, codes, formatted, plain, table } from "./generate/markdown.ts";
import { hostsOf, providerPage } from "./generate/provider_page.ts";

/** Services that have been asked for and cannot be served, with the reason. */
const NOT_HERE: Record<string, string> = {
  "Docker Hub":
    "its API takes a ten-minute token made from a user name and password; `docker login` keeps Docker's own login",
  Instagram:
    "it redirects only to https addresses, and issues its tokens in two steps",
};

const FOLDER = new URL("../docs/providers/", import.meta.url);

/** File name → text of every page, formatted as the project is. */
export async function providerDocs(): Promise<Map<string, string>> {
  const sources = new Map(
    await Promise.all(bundledProviders.names.map(async (name) => {
      const file = new URL(`../providers/${name}.json`, import.meta.url);
      const { sources }: ProviderDefinition = JSON.parse(
        await Deno.readTextFile(file),
      );
      return [name, sources] as const;
    })),
  );
  return await formatted(unformattedDocs(sources));
}

/** @param sources of each provider, which the program does not carry. */
function unformattedDocs(
  sources: ReadonlyMap<string, string[] | undefined>,
): Map<string, string> {
  const definitions = bundledProviders.names.map((name) =>
    JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
  );
  const inputs = definitions.map(inputOf);
  const pages = new Map([["README.md", index(definitions)]]);
  definitions.forEach((definition, at) => {
    const rivals = rivalsOf([inputs[at]!], inputs);
    const known = {
      ...definition,
      ...defined({ sources: sources.get(definition.name) }),
    };
    pages.set(`${definition.name}.md`, providerPage(known, rivals));
  });
  return pages;
}

/** Where a connection of `definition` goes if the person chose nothing. */
function inputOf(definition: ProviderDefinition): RouteInput {
  // A customer's own address is no other's.
  const baseUrl = needsBaseUrl(definition)
    ? `https://${definition.name}.invalid`
    : undefined;
  return { definition, connection: "default", ...defined({ baseUrl }) };
}

function index(definitions: readonly ProviderDefinition[]): string {
  const categories = new Map<string, ProviderDefinition[]>();
  for (const definition of definitions) {
    const category = definition.category ?? "other";
    const members = categories.get(category) ?? [];
    categories.set(category, [...members, definition]);
  }
  const parts = [
    "# Providers",
    `authsome knows ${definitions.length} providers. Pass the name to \`authsome login\`; the variables are set for a command under \`authsome run\`; the credential goes to these hosts only. To add another provider: \`authsome provider new\`.`,
    "Each page says when its facts were checked, and against which sources. † means that only one source was found for some of them.",
  ];
  for (const [category, members] of [...categories].sort()) {
    parts.push(
      `## ${category === "ai" ? "AI" : capital(plain(category))}`,
      table([
        ["Provider", "Name", "Flow", "Variables", "Hosts", "Dashboard"],
        ...members.map((each) => [
          `[${plain(each.display_name)}](${each.name}.md)${
            each.unverified ? " †" : ""
          }`,
          code(each.name),
          code(each.flow),
          codes([
            ...placeholderVariables(each),
            ...publicVariables(each).keys(),
          ]),
          codes(hostsOf(each)),
          each.dashboard_url ? `[open](${each.dashboard_url})` : "—",
        ]),
      ]),
    );
  }
  parts.push(
    "## Not included, and why",
    Object.entries(NOT_HERE).map(([name, why]) => `- ${name}: ${why}.`)
      .join("\n"),
  );
  return parts.join("\n\n") + "\n";
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

if (import.meta.main) {
  const pages = await providerDocs();
  await Deno.mkdir(FOLDER, { recursive: true });
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!pages.has(name)) await Deno.remove(new URL(name, FOLDER));
  }
  for (const [name, text] of pages) {
    await Deno.writeTextFile(new URL(name, FOLDER), text);
  }
}
