# Completion of the commands of Porchlight in bash. The program itself knows what may follow.
_porchlight() {
  local i word='' line words=()
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    # bash takes --clock=manual for three words.
    if [[ $word == '=' ]]; then
      ((i == COMP_CWORD)) || continue
      word=''
    fi
    words+=("$word")
  done
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null && mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      :folders) compopt -o filenames 2>/dev/null && mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" completion candidates -- "${words[@]}" 2>/dev/null)
}
complete -F _porchlight porchlight
