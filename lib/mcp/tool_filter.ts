/** Which tools of a server a client may see and call. @module */

/** Says whether the tool of that name is allowed. */
export type ToolFilter = (tool: string) => boolean;

/**
 * A filter by patterns of names, in which `*` is any text and `?` any character. A tool that `deny` names is refused; if
 * `allow` names any, every other is too.
 */
export function toolFilter(
  allow: readonly string[] = [],
  deny: readonly string[] = [],
): ToolFilter {
  const [allowed, denied] = [allow.map(pattern), deny.map(pattern)];
  return (tool) =>
    !denied.some((each) => each.test(tool)) &&
    (allowed.length === 0 || allowed.some((each) => each.test(tool)));
}

function pattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    // Several in a row would make the expression slow.
    .replace(/\*+/g, "[^]*").replaceAll("?", "[^]");
  return new RegExp(`^${source}$`, "u");
}

/** The result of `tools/list` without what is not allowed. */
export function visibleTools(
  result: Record<string, unknown>,
  filter: ToolFilter,
): Record<string, unknown> {
  const { tools } = result;
  if (!Array.isArray(tools)) return result;
  return {
    ...result,
    tools: tools.filter((tool: { name?: unknown } | null) =>
      filter(String(tool?.name))
    ),
  };
}
