/**
 * The shells' side of completion. Each asks `authsome __complete -- <words…>`, which answers one
 * `word<TAB>description` a line, `:files` to have paths completed, or `:command<TAB>n` to have the line completed that
 * begins behind n of the words.
 *
 * @module
 */

const bash = `# bash completion of authsome
_authsome() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() places=() word= begun= quote= start=0 char i
  # The words as bash will read them. It replaces only what stands behind the last break, which is at "start".
  for ((i = 0; i < \${#line}; i++)); do
    char=\${line:i:1}
    [[ $begun || $char == [[:space:]] ]] || places[\${#words[@]}]=$i
    if [[ $char == "\\\\" && $quote != "'" ]]; then
      ((++i))
      word+=\${line:i:1} begun=1
    elif [[ $quote ]]; then
      if [[ $char == "$quote" ]]; then quote= start=\${#word}; else word+=$char; fi
    elif [[ $char == [\\"\\'] ]]; then
      quote=$char begun=1 start=\${#word}
    elif [[ $char == [[:space:]] ]]; then
      [[ $begun ]] && words+=("$word")
      word= begun= start=0
    else
      word+=$char begun=1
      if [[ $COMP_WORDBREAKS == *"$char"* ]]; then start=\${#word}; fi
      # The only break that is replaced too.
      if [[ $char == "@" && $start == "\${#word}" ]]; then ((--start)); fi
    fi
  done
  [[ $begun ]] || places[\${#words[@]}]=\${#line}
  words+=("$word")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    if [[ $line == ":command"* ]]; then
      _authsome_other "\${places[\${line##*$'\\t'} + 1]}"
      return
    fi
    line=\${line%%$'\\t'*}
    line=\${line:start}
    case $quote in
      "'") line=\${line//"'"/"'\\\\''"} ;;
      '"') for char in '\\' '"' '$' '\`'; do line=\${line//"$char"/"\\\\$char"}; done ;;
      *) printf -v line '%q' "$line" ;;
    esac
    COMPREPLY+=("$line")
  done < <(command authsome __complete -- "\${words[@]:1}" 2>/dev/null)
}
# Completes the command that begins at a place of the line.
_authsome_other() {
  local index=0 at=0
  # bash breaks words where authsome does not.
  while ((index < COMP_CWORD)); do
    while [[ \${COMP_LINE:at:1} == [[:space:]] ]]; do ((++at)); done
    ((at >= $1)) && break
    ((at += \${#COMP_WORDS[index]}))
    ((++index))
  done
  if declare -F _command_offset >/dev/null; then
    _command_offset "$index"
  elif ((index == COMP_CWORD)); then
    COMPREPLY=($(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    compopt -o default 2>/dev/null
  fi
}
if type compopt &>/dev/null; then
  complete -F _authsome authsome
else
  # bash 3, which macOS has, completes paths by itself or never.
  complete -o default -F _authsome authsome
fi
`;

const zsh = `#compdef authsome
# zsh completion of authsome
_authsome() {
  local word brief
  local -a proposals
  while IFS=$'\\t' read -r word brief; do
    if [[ $word == ":files" ]]; then
      compset -P '--[^=]#='
      _files
      return
    fi
    if [[ $word == ":command" ]]; then
      shift $((brief + 1)) words
      ((CURRENT -= brief + 1))
      _normal
      return
    fi
    proposals+=("\${word//:/\\\\:}\${brief:+:$brief}")
  done < <(command authsome __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
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
    set -l words (commandline -opc)
    set -l raw (commandline -ct)
    set -l word
    # A quote may still be open.
    for end in '' "'" '"'
        set word (string unescape -- "$raw$end"); and break
    end
    set -l proposals (command authsome __complete -- $words[2..-1] "$word" 2>/dev/null)
    if test "$proposals[1]" = ":files"
        set -l flag (string match --regex -- '^--[^=]*=' $word)
        for path in (__fish_complete_path (string replace -- "$flag" '' $word))
            echo "$flag$path"
        end
    else if string match --quiet -- ':command*' "$proposals[1]"
        set -l begin (math (string split \\t -- $proposals[1])[2] + 2)
        set -l before
        test (count $words) -ge $begin; and set before (string escape -- $words[$begin..-1])
        complete -C (string join ' ' -- $before "$raw")
    else if set -q proposals[1]
        printf '%s\\n' $proposals
    end
end
complete -c authsome -f -a '(__authsome_complete)'
`;

const powershell = `# PowerShell completion of authsome
Register-ArgumentCompleter -Native -CommandName authsome -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
    ForEach-Object {
      if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { "$_" }
    })
  # The one way to hand over an empty word that every PowerShell knows.
  $PSNativeCommandArgumentPassing = 'Legacy'
  if ($wordToComplete -eq '') { $words += '""' }
  $authsome = @(Get-Command authsome -CommandType Application)[0]
  & $authsome __complete -- @words 2>$null | Where-Object { $_ -notmatch '^:(files|command)' } | ForEach-Object {
    $word, $brief = $_ -split "\`t", 2
    if (-not $brief) { $brief = $word }
    $typed = $word
    if ($word -notmatch '^[\\w./:=+%-]+$') {
      $typed = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($word) + "'"
    }
    [System.Management.Automation.CompletionResult]::new($typed, $word, 'ParameterValue', $brief)
  }
}
`;

/** Completion script by shell. */
export const COMPLETION_SCRIPTS = { bash, zsh, fish, powershell } as const;

/** The shells. */
export const SHELLS = Object.keys(COMPLETION_SCRIPTS);
