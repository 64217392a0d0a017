# What the scripts share; sourced by them, from any folder.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A heading, with the time since the first script began: what takes long is seen in the output of CI, too.
export LINNET_BEGAN=${LINNET_BEGAN-$EPOCHSECONDS}
say() {
  local seconds=$((EPOCHSECONDS - LINNET_BEGAN))
  printf '\033[1m== %s\033[0m (after %d:%02d)\n' "$*" $((seconds / 60)) $((seconds % 60))
}
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
usage() {
  printf 'usage: %s\n' "$*" >&2
  exit 2
}

# cmake's first step, with ccache where it is there. Builds with the same options share what is compiled: paths within the
# tree count from the folder of the build.
configure() {
  local language launchers=()
  if command -v ccache > /dev/null; then
    for language in C CXX; do
      launchers+=("-DCMAKE_${language}_COMPILER_LAUNCHER=env;CCACHE_BASEDIR=$PWD;CCACHE_NOHASHDIR=1;ccache")
    done
  fi
  cmake "$@" "${launchers[@]}"
}
