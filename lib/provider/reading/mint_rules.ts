/** The rules of a definition whose credential is minted. @module */
import { fieldNames, fillTemplate } from "../../template.ts";
import type { MintDefinition, ProviderDefinition } from "../definition.ts";
import { FLOWS } from "../flow_facts.ts";
import { checkEndpoint } from "../hosts.ts";

/** A field and what is wrong with it. */
export type Broken = [field: string, reason: string];

/** What the flows need besides `fields`. */
const NEEDS: Partial<Record<string, readonly (keyof MintDefinition)[]>> = {
  key_exchange: ["request"],
  jwt_bearer: ["jwt"],
  aws_role: ["urls", "from"],
  aws_sso: ["urls"],
};

/** A region stands below a domain that the definition names: `us-east-1`. */
const A_REGION = "us-east-1";

/** The first rule that is broken, or `undefined`. */
export function brokenMint(
  definition: ProviderDefinition,
  allowPrivate: boolean,
): Broken | undefined {
  const { flow, mint } = definition;
  const mints = FLOWS[flow].mints === true;
  if (!mint) {
    return mints ? ["mint", `is missing; flow "${flow}" needs it`] : undefined;
  }
  if (!mints) return ["mint", `means nothing to flow "${flow}"`];
  const missing = NEEDS[flow]?.find((name) => mint[name] === undefined);
  if (missing) {
    return [`mint.${missing}`, `is missing; flow "${flow}" needs it`];
  }
  return brokenNames(mint) ?? brokenTemplates(mint) ??
    brokenUrls(mint, allowPrivate);
}

function brokenNames(mint: MintDefinition): Broken | undefined {
  for (
    const list of ["public_fields", "optional_fields", "file_fields"] as const
  ) {
    const unknown = mint[list]?.find((name) => !mint.fields.includes(name));
    if (unknown) {
      return [`mint.${list}`, `names "${unknown}", which is not one of fields`];
    }
  }
  const shown = mint.file_fields?.find((name) =>
    mint.public_fields?.includes(name)
  );
  return shown
    ? ["mint.public_fields", `names "${shown}", which holds a key`]
    : undefined;
}

/** A JSON file has members that nobody here knows; without one every name is a field. */
function brokenTemplates(mint: MintDefinition): Broken | undefined {
  const { request, jwt, file_fields = [], fields } = mint;
  const { token_url: _, ...claims } = jwt ?? {};
  const templates = [
    ...Object.entries(request?.parameters ?? {}).map(([name, template]) =>
      [`mint.request.parameters.${name}`, template] as const
    ),
    ...Object.entries(request?.basic ?? {}).map(([name, template]) =>
      [`mint.request.basic.${name}`, template] as const
    ),
    ...Object.entries(claims).map(([name, template]) =>
      [`mint.jwt.${name}`, template] as const
    ),
  ];
  for (const [field, template] of templates) {
    if (/[{}]/.test(fillTemplate(template, () => ""))) {
      return [field, "has an unmatched brace"];
    }
    const unknown = fieldNames(template).find((name) => !fields.includes(name));
    if (unknown !== undefined && file_fields.length === 0) {
      return [field, `uses {${unknown}}, which is not one of fields`];
    }
  }
}

function brokenUrls(
  { urls = {} }: MintDefinition,
  allowPrivate: boolean,
): Broken | undefined {
  for (const [name, url] of Object.entries(urls)) {
    try {
      checkEndpoint(
        fillTemplate(url, (name) => name === "region" ? A_REGION : undefined),
        allowPrivate,
      );
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return [`mint.urls.${name}`, error.message];
    }
    // Otherwise a region could be all of the domain.
    if (/\{region\}(?!\.[a-z0-9-]+\.[a-z])/.test(url)) {
      return [`mint.urls.${name}`, "has {region} in place of its domain"];
    }
  }
}
