#!/bin/sh
# setup.sh - names the Debian packages that winnow needs and this machine lacks, and installs them.
#
# usage: setup.sh --check|--install build|test
#
# --check only names what is missing (exit 1 if anything is). --install hands it to apt-get, as root
# or through sudo; where nothing is missing neither is needed. Environment: CC, PYTHON, BLAS.
set -eu

mode=${1:?usage: setup.sh --check|--install build|test}
level=${2:?usage: setup.sh --check|--install build|test}
cc=${CC:-gcc}
python=${PYTHON:-/usr/bin/python3}
missing=

# Every need is looked for by what it is used as, not by a package's name, so that another
# distribution or a hand-made installation is fine too.
command_from() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
header_from() { # HEADER PACKAGE
    if command -v "$compiler" >/dev/null 2>&1; then
        echo "#include <$1>" | "$compiler" -E -x c - >/dev/null 2>&1 || missing="$missing $2"
    elif [ ! -e "/usr/include/$1" ] && [ ! -e "/usr/include/$(uname -m)-linux-gnu/$1" ]; then
        missing="$missing $2"
    fi
}
# Other BLAS packages have a cblas.h too: this one is known by a function that only OpenBLAS declares.
openblas_from() { # PACKAGE
    if ! command -v "$compiler" >/dev/null 2>&1; then
        header_from cblas.h "$1"
    elif ! echo "#include <cblas.h>" | "$compiler" -E -x c - 2>/dev/null |
        grep -q openblas_get_parallel; then
        missing="$missing $1"
    fi
}
module_from() { # PYTHON-MODULE PACKAGE
    "$python" -c "import sys, importlib.util as u; sys.exit(u.find_spec('$1') is None)" \
        >/dev/null 2>&1 || missing="$missing $2"
}

# CC may carry a wrapper or flags ("ccache gcc", "clang -m64"): its last word that is no flag counts.
compiler=gcc
for word in $cc; do
    case $word in
    -*) ;;
    *) compiler=$word ;;
    esac
done
case $compiler in
*clang*) command_from "$compiler" clang ;;
*) command_from "$compiler" gcc ;;
esac
command_from ar binutils
header_from stdio.h libc6-dev
header_from cjson/cJSON.h libcjson-dev
header_from xxhash.h libxxhash-dev
header_from zstd.h libzstd-dev
header_from zlib.h zlib1g-dev
[ "${BLAS:-openblas}" = none ] || openblas_from libopenblas-dev

if [ "$level" = test ]; then
    header_from criterion/criterion.h libcriterion-dev
    command_from g++ g++
    command_from clang clang
    command_from clang-format clang-format
    command_from cppcheck cppcheck
    command_from shellcheck shellcheck
    command_from cmake cmake
    command_from pkg-config pkg-config
    command_from fasttext fasttext
    command_from liblinear-predict liblinear-tools
    command_from zstd zstd
    command_from "$python" python3
    module_from numpy python3-numpy
    module_from sklearn python3-sklearn
    module_from jsonschema python3-jsonschema
fi

[ -n "$missing" ] || exit 0
missing=${missing# }
echo "winnow: missing packages: $missing" >&2
if [ "$mode" = --check ]; then
    echo "winnow: 'make demo' installs what the build needs, 'make test' also what the tests need," >&2
    echo "winnow: or by hand: apt-get update && apt-get install $missing" >&2
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "winnow: sudo is not here; as root: apt-get update && apt-get install $missing" >&2
        exit 1
    }
    as_root=sudo
fi
command -v apt-get >/dev/null 2>&1 || {
    echo "winnow: no apt-get on this system; install the packages' equivalents by hand" >&2
    exit 1
}
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}
known() { # PACKAGE...
    apt-get install --dry-run "$@" </dev/null >/dev/null 2>&1
}
echo "winnow: installing them with apt-get" >&2
# A fresh image has no package lists, an old one lists packages that are gone: fetch the lists when
# the packages are not in them and when the first try fails.
# shellcheck disable=SC2086 # a list of packages
{
    known $missing || apt update
    apt install --no-install-recommends $missing || {
        apt update
        apt install --no-install-recommends $missing
    }
}
