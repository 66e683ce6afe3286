#compdef porchlight
# Completion of the commands of Porchlight in zsh. The program itself knows what may follow.
_porchlight() {
  local line
  local -a candidates
  for line in "${(@f)$(${~${(Q)words[1]}} completion candidates -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      ?*) line=${line//:/\\:}; candidates+=("${line/$'\t'/:}") ;;
    esac
  done
  _describe candidate candidates
}
# As a file of fpath it is the function's body; sourced, it declares the function.
if [[ ${funcstack[1]} == _porchlight ]]; then _porchlight "$@"; else compdef _porchlight porchlight; fi
