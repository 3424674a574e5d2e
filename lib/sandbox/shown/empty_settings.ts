/** Hidden files that programs read at every start and do not go on without: what a file without settings has. @module */

/** Texts by the path, which may be that of what a link leads to: `~/dotfiles/npmrc`. */
const TEXTS: readonly (readonly [path: RegExp, text: string])[] = [
  [/\/\.?npmrc$/, ""],
  [/\/\.?yarnrc\.yml$/, ""],
  [/\/\.?gradle\/gradle\.properties$/, ""],
  [/\/\.?m2\/settings\.xml$/, "<settings/>\n"],
  [/\/\.?m2\/settings-security\.xml$/, "<settingsSecurity/>\n"],
  [/\/NuGet\/NuGet\.Config$/, "<configuration/>\n"],
];

/** The text that is shown in the place of the hidden file `path`; `undefined` where it cannot be opened at all. */
export function emptySettings(path: string): string | undefined {
  return TEXTS.find(([pattern]) => pattern.test(path))?.[1];
}
