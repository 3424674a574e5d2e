/** Settings of git for one command, by variables: they count more than files do, git-config(1). @module */
import { isGitProxy } from "./git_settings.ts";

/**
 * The proxy of git. A setting for a URL or a remote counts more than `http.proxy`, so that each has to be named.
 *
 * @returns also the variables that hold the person's own.
 * @param keys those that files set.
 * @param env with the settings that git was given by variables: those of another proxy are left out, others stay.
 */
export function gitVariables(
  env: Readonly<Record<string, string>>,
  keys: readonly string[],
  proxyUrl: string,
): { env: Record<string, string>; shared: string[] } {
  const count = Number(env.GIT_CONFIG_COUNT || 0);
  // Git itself says what is wrong with it.
  if (!Number.isInteger(count) || count < 0 || count > 10_000) {
    return { env: {}, shared: [] };
  }
  const others = Array.from({ length: count }, (_, at) => [
    env[`GIT_CONFIG_KEY_${at}`] ?? "",
    env[`GIT_CONFIG_VALUE_${at}`] ?? "",
  ]).filter(([key]) => !isGitProxy(key!));
  // Ours first: a sandboxed command gets these alone.
  const own = [...new Set(["http.proxy", ...keys])];
  const all = [...own.map((key) => [key, proxyUrl]), ...others];
  const names = (at: number) => [
    `GIT_CONFIG_KEY_${at}`,
    `GIT_CONFIG_VALUE_${at}`,
  ];
  return {
    env: {
      ...Object.fromEntries(
        all.flatMap((words, at) =>
          names(at).map((name, part) => [name, words[part]!])
        ),
      ),
      GIT_CONFIG_COUNT: String(all.length),
    },
    shared: [
      "GIT_CONFIG_COUNT",
      ...others.flatMap((_, at) => names(own.length + at)),
    ],
  };
}

/** A word of `GIT_CONFIG_PARAMETERS`: `'key=value'`, or `'key'='value'` since git 2.31. */
const WORD = /'(?:[^']|'\\['!]')*'(?:='(?:[^']|'\\['!]')*')?/g;

/** The settings of `git -c` that started this program, without those of another proxy. */
export function gitParameters(text: string): string {
  return (text.match(WORD) ?? []).filter((word) => {
    const [, key = ""] = /^'([^'=]*)/.exec(word) ?? [];
    return !isGitProxy(key);
  }).join(" ");
}
