/**
 * A person's own shell behind the proxy, with a sign in its prompt. The shell reads the person's files as always, and
 * what is added stands in files of the run.
 *
 * @module
 */

/** How to start the shell. */
export interface PersonShell {
  /** Files of the run, by name. */
  files: Readonly<Record<string, string>>;
  /** Command and further variables, for the folder that the files are in. */
  start(folder: string): { command: string[]; env: Record<string, string> };
}

/** Variables that {@linkcode PersonShell.start} may set. */
export const SHELL_VARIABLES: readonly string[] = ["ENV", "ZDOTDIR"];

/**
 * The shell `program` with `sign` before its prompt. A shell that is not known starts without a sign.
 *
 * @param env what the person's shell has set: where its files are.
 */
export function personShell(
  program: string,
  env: Readonly<Record<string, string>>,
  sign: string,
): PersonShell {
  const plain: PersonShell = {
    files: {},
    start: () => ({ command: [program], env: {} }),
  };
  const name = program.replace(/^.*\//, "");
  switch (name) {
    case "bash":
      return {
        files: { bashrc: bashFile(sign) },
        start: (folder) => ({
          command: [program, "--rcfile", `${folder}/bashrc`],
          env: {},
        }),
      };
    case "zsh":
      return {
        files: { ".zshenv": zshEnvFile(env.ZDOTDIR), ".zshrc": zshFile(sign) },
        start: (folder) => ({ command: [program], env: { ZDOTDIR: folder } }),
      };
    case "fish":
      return {
        files: {},
        start: () => ({
          command: [program, "--init-command", fishCode(sign)],
          env: {},
        }),
      };
    case "sh":
    case "dash":
    case "ash":
    case "ksh":
    case "mksh":
      return {
        files: { shrc: shFile(sign, env.ENV ?? OWN_FILES[name]) },
        start: (folder) => ({
          command: [program],
          env: { ENV: `${folder}/shrc` },
        }),
      };
    default:
      return plain;
  }
}

/** What these read where `ENV` is not set. */
const OWN_FILES: Readonly<Record<string, string>> = {
  ksh: "$HOME/.kshrc",
  mksh: "$HOME/.mkshrc",
};

// At each prompt, since a theme makes the prompt anew each time.
const bashFile = (sign: string) => `
if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
__authsome_prompt() {
  case $PS1 in *'(${sign})'*) ;; *) PS1='(${sign}) '$PS1 ;; esac
}
if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
  PROMPT_COMMAND+=(__authsome_prompt)
else
  PROMPT_COMMAND=\${PROMPT_COMMAND:+$PROMPT_COMMAND$'\\n'}__authsome_prompt
fi
`;

// The person's .zshenv may choose another folder for what follows.
const zshEnvFile = (folder: string | undefined) => `
__authsome_files=$ZDOTDIR
${folder === undefined ? "unset ZDOTDIR" : `ZDOTDIR=${quoted(folder)}`}
if [[ -r \${ZDOTDIR-$HOME}/.zshenv ]]; then . \${ZDOTDIR-$HOME}/.zshenv; fi
if [[ -o interactive ]]; then
  __authsome_folder=(\${ZDOTDIR+"$ZDOTDIR"})
  ZDOTDIR=$__authsome_files
fi
`;

// Files of the system may have named a file after ZDOTDIR in the meantime.
const zshFile = (sign: string) => `
if (( $#__authsome_folder )); then ZDOTDIR=$__authsome_folder[1]; else unset ZDOTDIR; fi
if [[ \${HISTFILE-} == $__authsome_files/* ]]; then
  HISTFILE=\${ZDOTDIR-$HOME}/\${HISTFILE:t}
fi
unset __authsome_files __authsome_folder
if [[ -r \${ZDOTDIR-$HOME}/.zshrc ]]; then . \${ZDOTDIR-$HOME}/.zshrc; fi
__authsome_prompt() {
  [[ $PROMPT == *'(${sign})'* ]] || PROMPT='(${sign}) '$PROMPT
}
typeset -ga precmd_functions
precmd_functions+=(__authsome_prompt)
`;

const fishCode = (sign: string) => `
functions -q fish_prompt; or function fish_prompt; end
functions -c fish_prompt __authsome_fish_prompt
function __authsome_status; return $argv[1]; end
function fish_prompt
    set -l last $status
    printf '(${sign}) '
    __authsome_status $last
    __authsome_fish_prompt
end
`;

// A shell expands what ENV holds, too.
const shFile = (sign: string, file: string | undefined) => `
unset ENV
${file === undefined ? "" : `ENV=${quoted(file)}; export ENV`}
if [ -n "\${ENV-}" ]; then
  eval "__authsome_file=\\"$ENV\\""
  if [ -r "$__authsome_file" ]; then . "$__authsome_file"; fi
  unset __authsome_file
fi
PS1='(${sign}) '$PS1
`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
