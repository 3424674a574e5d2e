/** Which rules of a file hold for a profile in a folder. @module */
import type { PolicyFile, Rule } from "../rule.ts";

/** What becomes of requests that get a credential and that no rule matches. */
export type DefaultEffect = NonNullable<PolicyFile["default"]>;

/** A rule and where it stands. */
export interface PlacedRule {
  rule: Rule;
  /** The path of the file; absent for a rule that the program makes. */
  file?: string;
  /** Where in the file: `profiles.work`, `folders["/home/me/api"]`; empty for the rules of everything. */
  section: string;
}

/** The rules of a run. */
export interface EffectivePolicy {
  rules: readonly PlacedRule[];
  default: DefaultEffect;
}

/** Where rules are asked for. */
export interface Place {
  profile: string;
  /** The working folder, its real path. */
  folder: string;
  /** The real path of a folder that a file names; the path itself if there is none. */
  realFolder(path: string): string;
}

/** From the strictest on. */
const STRICTNESS: readonly DefaultEffect[] = ["deny", "ask", "allow"];

/**
 * The rules of `policy` for everything, for the profile, and for every folder that the working folder is or lies below.
 * Of their defaults that of the nearest folder counts, else that of the profile, else that of the file.
 */
export function effectivePolicy(
  policy: PolicyFile,
  file: string,
  { profile, folder, realFolder }: Place,
): EffectivePolicy {
  const rules = placed(policy.rules, file, "");
  let chosen = policy.default;
  const own = policy.profiles && Object.hasOwn(policy.profiles, profile)
    ? policy.profiles[profile]
    : undefined;
  if (own) {
    rules.push(...placed(own.rules, file, `profiles ${profile}`));
    chosen = own.default ?? chosen;
  }
  const above = Object.entries(policy.folders ?? {})
    .map(([named, section]) => ({
      named,
      path: withoutEnd(realFolder(named)),
      section,
    }))
    .filter(({ path }) => isAtOrBelow(folder, path))
    .sort((a, b) => a.path.length - b.path.length);
  for (const { named, section } of above) {
    rules.push(...placed(section.rules, file, `folders ${named}`));
    chosen = section.default ?? chosen;
  }
  return { rules, default: chosen ?? "allow" };
}

/** All rules of several policies, and the strictest default. */
export function joined(
  policies: readonly EffectivePolicy[],
): EffectivePolicy {
  return {
    rules: policies.flatMap(({ rules }) => rules),
    default:
      STRICTNESS.find((effect) =>
        policies.some((policy) => policy.default === effect)
      ) ?? "allow",
  };
}

/** Rules that the program makes. */
export function ownRules(rules: readonly Rule[]): EffectivePolicy {
  return {
    rules: rules.map((rule) => ({ rule, section: "" })),
    default: "allow",
  };
}

function placed(
  rules: readonly Rule[],
  file: string,
  section: string,
): PlacedRule[] {
  return rules.map((rule) => ({ rule, file, section }));
}

function withoutEnd(path: string): string {
  return path.replace(/(?<=.)[\\/]+$/, "");
}

function isAtOrBelow(path: string, folder: string): boolean {
  if (path === folder || folder === "/") return true;
  return path.startsWith(folder) && /[\\/]/.test(path[folder.length] ?? "");
}
