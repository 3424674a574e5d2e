/**
 * The shells' side of completion. Each asks `authsome __complete -- <words…>`, which answers one
 * `word<TAB>description` a line, or `:files` to have paths completed.
 *
 * @module
 */

const bash = `# bash completion of authsome
_authsome() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <(command authsome __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _authsome authsome
`;

const zsh = `#compdef authsome
# zsh completion of authsome
_authsome() {
  local word brief
  local -a proposals
  while IFS=$'\\t' read -r word brief; do
    if [[ $word == ":files" ]]; then
      _files
      return
    fi
    proposals+=("\${word//:/\\\\:}\${brief:+:$brief}")
  done < <(command authsome __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'authsome' proposals
}
if [[ "\${funcstack[1]}" == "_authsome" ]]; then
  _authsome "$@"
else
  compdef _authsome authsome
fi
`;

const fish = `# fish completion of authsome
function __authsome_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l proposals (command authsome __complete -- $words[2..-1] 2>/dev/null)
    if test "$proposals[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $proposals
    end
end
complete -c authsome -f -a '(__authsome_complete)'
`;

const powershell = `# PowerShell completion of authsome
Register-ArgumentCompleter -Native -CommandName authsome -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  authsome __complete -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $word, $brief = $_ -split "\`t", 2
    if (-not $brief) { $brief = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $brief)
  }
}
`;

/** Completion script by shell. */
export const COMPLETION_SCRIPTS = { bash, zsh, fish, powershell } as const;

/** The shells. */
export const SHELLS = Object.keys(COMPLETION_SCRIPTS);
