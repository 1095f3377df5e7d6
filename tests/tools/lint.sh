#!/bin/bash
# lint.sh - everything that can be said about the sources without running them.
#
# usage: BUILD=dir lint.sh FILE...        FILE: the C and C++ sources to format-check
set -euo pipefail

cd "$(dirname "$0")/../.."
build=${BUILD:-build}
python=${PYTHON:-/usr/bin/python3}
failed=0

step() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "lint: $name: fine"
    else
        echo "lint: $name: FAILED"
        failed=$((failed + 1))
    fi
}

# Paths of somebody's machine and hosts of registries do not belong in the tree. The words are split
# so that this file does not find itself.
no_private_words() {
    ! grep -rnIE --exclude-dir=.git --exclude=.git --exclude-dir=build --exclude-dir=__pycache__ \
        '/wor''k/|/ho''me/[a-z]|/ro''ot/|deb\.deb''ian\.org|pypi\.o''rg' .
}

# Own files only: system headers and the test framework's macros are not ours to lint.
run_cppcheck() {
    local sources=()
    mapfile -t sources < <(ls engine/*.c engine/kernel/*.c engine/cli/*.c 2>/dev/null)
    [ ${#sources[@]} -gt 0 ] || return 0
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 --suppress=missingIncludeSystem \
        --suppressions-list=.cppcheck-suppressions \
        --cppcheck-build-dir="$build/cppcheck" -j 2 -I include -I engine \
        -DWN_MODELS_DIR='""' -D__GNUC__ -D__x86_64__ "${sources[@]}"
}

step "format" clang-format --dry-run -Werror "$@"
step "include direction" "$python" tests/tools/check_includes.py
step "exported symbols" bash tests/tools/check_symbols.sh "$build"
step "private words" no_private_words
mkdir -p "$build/cppcheck"
step "cppcheck" run_cppcheck
if command -v shellcheck >/dev/null 2>&1; then
    mapfile -t scripts < <(find tests train-export .ci -name '*.sh' -o -path .ci/run)
    [ ${#scripts[@]} -eq 0 ] || step "shellcheck" shellcheck "${scripts[@]}"
else
    echo "lint: shellcheck: not installed, left out"
fi
[ $failed -eq 0 ]
