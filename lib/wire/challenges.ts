/** The challenges of `WWW-Authenticate` (RFC 9110 §11.6.1). @module */

/** One challenge. */
export interface Challenge {
  /** In lower case; empty if the server left it out. */
  scheme: string;
  /** By name in lower case; of a name that comes twice the first. */
  parameters: ReadonlyMap<string, string>;
}

/** How much of a header is read, in characters. */
const MAX_HEADER = 16_384;
/** A parameter's value: a quoted string or a token; what is not quoted may be a URL all the same. */
const PARAMETER =
  /^([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/;
const SCHEME = /^([\w!#$%&'*+.^`|~-]+)(?=[\s,]|$)/;
/** What a scheme may have in place of parameters. */
const TOKEN68 = /^[\w.~+/-]+=*(?=\s*(?:,|$))/;

/** The challenges of a header, several headers joined by commas. What cannot be read is left out. */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header?.slice(0, MAX_HEADER) ?? "";
  let fresh = false;
  while ((rest = rest.replace(/^[\s,]+/, "")) !== "") {
    const parameter = PARAMETER.exec(rest);
    if (parameter) {
      if (challenges.length === 0) {
        challenges.push({ scheme: "", parameters: new Map() });
      }
      const last = challenges.at(-1)!;
      const [whole, name, quoted, token] = parameter;
      const key = name!.toLowerCase();
      if (!last.parameters.has(key)) {
        last.parameters.set(key, quoted?.replaceAll(/\\(.)/g, "$1") ?? token!);
      }
      rest = rest.slice(whole.length);
      fresh = false;
      continue;
    }
    const token68 = fresh ? TOKEN68.exec(rest) : null;
    if (token68 && /[=/+~]/.test(token68[0])) {
      rest = rest.slice(token68[0].length);
      fresh = false;
      continue;
    }
    const scheme = SCHEME.exec(rest);
    if (scheme) {
      challenges.push({
        scheme: scheme[1]!.toLowerCase(),
        parameters: new Map(),
      });
    }
    fresh = scheme !== null;
    rest = rest.slice(scheme?.[0].length ?? 1);
  }
  return challenges;
}
