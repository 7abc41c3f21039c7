# shellcheck shell=bash
# Reads `.env`: NAME=value lines, values optionally quoted, `#` comments. What the environment
# already has wins. The file is read as text, never executed. Sourced by run.sh.

load_dotenv() { # file
  local line name value number=0
  [[ -r $1 ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] ||
      fail "Line $number of .env is not of the form NAME=value. Mend it or put a # in front of it."
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
    # A value in quotes is taken as it is; a bare one ends at a comment.
    if [[ $value =~ ^\"(.*)\"[[:space:]]*(#.*)?$ || $value =~ ^\'(.*)\'[[:space:]]*(#.*)?$ ]]; then
      value=${BASH_REMATCH[1]}
    else
      value=${value%%[[:space:]]#*}
      value=${value%"${value##*[![:space:]]}"}
    fi
    [[ -n ${!name+set} ]] || export "$name=$value"
  done <"$1"
}
