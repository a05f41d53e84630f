/** `weighbridge completion`: prints the script with which a shell completes what is typed. The scripts ask `weighbridge complete`, and expand nothing that is typed. */
import { Argument, type Command } from 'commander';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';

/** No line of an answer: then the shell offers files, as it would without a script; with a line `:files` it offers both. */
const SCRIPTS = {
  // Only what stands behind the last character that breaks a word (@, =, :) is replaced by bash.
  bash: `# weighbridge completes its commands, options and names in bash.
_weighbridge() {
  local line=\${COMP_LINE:0:COMP_POINT} current skip answer files=
  local -a typed
  read -ra typed <<<"$line"
  [[ $line == *[[:space:]] ]] && typed+=('')
  current=\${typed[\${#typed[@]}-1]}
  skip=\${current%"\${current##*["$COMP_WORDBREAKS"]}"}
  COMPREPLY=()
  while IFS= read -r answer; do
    answer=\${answer%%$'\\t'*}
    if [[ $answer == :files ]]; then files=1; else COMPREPLY+=("\${answer#"$skip"}"); fi
  done < <("$1" complete -- "\${typed[@]:1}" 2>/dev/null)
  [[ $files ]] || return 0
  compopt -o filenames 2>/dev/null
  while IFS= read -r answer; do COMPREPLY+=("\${answer#"$skip"}"); done < <(compgen -f -- "$current")
}
complete -o default -F _weighbridge weighbridge
`,
  // Loaded by its name from a folder of fpath, or sourced.
  zsh: `#compdef weighbridge
# weighbridge completes its commands, options and names in zsh.
_weighbridge() {
  local answer files
  local -a answers described
  answers=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  for answer in $answers; do
    if [[ $answer == :files* ]]; then files=1; continue; fi
    described+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${answer#*$'\\t'}")
  done
  if (( $#described )); then _describe -V weighbridge described; else files=1; fi
  [[ -z $files ]] || _files
}
if [[ $funcstack[1] == _weighbridge ]]; then _weighbridge "$@"; else compdef _weighbridge weighbridge; fi
`,
  fish: `# weighbridge completes its commands, options and names in fish.
function __weighbridge_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  set -q current[1]; or set current ''
  set -l answers ($typed[1] complete -- $typed[2..] $current 2>/dev/null)
  set -l offered (string match -v -- ':files*' $answers)
  set -q offered[1]; and printf '%s\\n' $offered
  if not set -q offered[1]; or test (count $offered) -lt (count $answers)
    __fish_complete_path $current
  end
end
complete -c weighbridge -f -a '(__weighbridge_complete)'
`,
} as const;

const NOTES = `The script completes commands, options and their choices, and names of models and their aliases, for which it asks your registry. Where there is nothing of that, or a file is as likely, the shell completes files.

bash: put the first example into ~/.bashrc. zsh: put the second into ~/.zshrc, after compinit. fish: run the third.`;

export function configure(command: Command): void {
  explain(
    command,
    [
      'eval "$(weighbridge completion bash)"',
      'eval "$(weighbridge completion zsh)"',
      'weighbridge completion fish > ~/.config/fish/completions/weighbridge.fish',
    ],
    NOTES,
  )
    .description('Print a script with which your shell completes commands, options and names.')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)))
    .action(async (shell: keyof typeof SCRIPTS) => print(SCRIPTS[shell]));
}
