/** What each shell has to be told so that it asks kmaint what may stand at its cursor. */

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/**
 * The script for a shell. It asks the program that stands on the line, or kmaint where that is an alias.
 *
 * @param programs names by which it may be called
 */
export function completionScript(shell: Shell, programs: readonly string[]): string {
  const names = programs.join(' ');
  switch (shell) {
    case 'bash':
      return bash(names);
    case 'zsh':
      return zsh(names);
    case 'fish':
      return fish(programs);
  }
}

const bash = (names: string): string => `# Completion of kmaint for bash, 3.2 and later.
_kmaint() {
  local program=$1 word about how=4
  type -P "$program" >/dev/null || program=kmaint
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    case $word in
      :*) how=\${word#:} ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("$program" __complete_line "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  case $how in
    0) compopt -o default 2>/dev/null || [[ -n \${COMPREPLY[0]} ]] || COMPREPLY=($(compgen -f -- "$2")) ;;
    6) compopt -o nospace 2>/dev/null ;;
    16) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "$2")) ;;
  esac
}
complete -F _kmaint ${names}
`;

const zsh = (names: string): string => `#compdef ${names}
# Completion of kmaint for zsh.
_kmaint() {
  local program=\${(Q)words[1]} line how
  local -a answer offers
  (( $+commands[$program] )) || [[ -x $program && ! -d $program ]] || program=kmaint
  answer=("\${(@f)$("$program" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  how=\${answer[-1]#:}
  for line in "\${(@)answer[1,-2]}"; do
    if [[ $line == *$'\\t'* ]]; then
      offers+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      offers+=("\${line//:/\\\\:}")
    fi
  done
  [[ $how == (0|16) && $PREFIX == --*=* ]] && compset -P '*='
  case $how in
    0) (( $#offers )) && _describe -t kmaint kmaint offers || _files ;;
    16) _files -/ ;;
    6) _describe -t kmaint kmaint offers -S '' ;;
    *) _describe -t kmaint kmaint offers ;;
  esac
}
if [[ $funcstack[1] == _kmaint ]]; then
  _kmaint "$@"
elif (( $+functions[compdef] )); then
  compdef _kmaint ${names}
fi
`;

const fish = (programs: readonly string[]): string => `# Completion of kmaint for fish.
function __kmaint_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l program $words[1]
  command -q $program; or set program kmaint
  set -l answer (command $program __complete $words[2..-1] "$current" 2>/dev/null)
  test (count $answer) -gt 0; or return
  set -l how $answer[-1]
  set -e answer[-1]
  string join -- \\n $answer
  # What stands before the path in the same word is a part of what is chosen.
  set -l start (string match -r '^--[^=]*=' -- "$current")
  set -l path (string replace -r '^--[^=]*=' '' -- "$current")
  switch $how
    case ':0'
      set -l found (__fish_complete_path "$path")
      string join -- \\n "$start"$found
    case ':16'
      set -l found (__fish_complete_directories "$path" '')
      string join -- \\n "$start"$found
  end
end
${programs.map((name) => `complete -c ${name} -e\ncomplete -c ${name} -f -a '(__kmaint_complete)'`).join('\n')}
`;
