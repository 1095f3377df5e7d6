#!/bin/bash
# run.sh - installs winnow into a folder of its own and uses it as a stranger would.
#
# usage: run.sh BUILD          (environment: MAKE CC CXX BLAS PREFIX as make test had them)
#
# C and C++ programs are built outside the tree with pkg-config and with CMake, against the shared
# and the static library, and run on a small model; then everything is removed again.
set -euo pipefail

build=${1:?usage: run.sh BUILD}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${build#"$root/"} # make takes no spaces in BUILD, the way to the tree may have them
prefix=${PREFIX:-/usr/local}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dest=$work/dest
cc=${CC:-gcc}
cxx=${CXX:-g++}
registered=0
passed=0
log=$work/log

check() { # NAME COMMAND...
    local name=$1
    shift
    local code
    registered=$((registered + 1))
    # Not as a condition: inside one, set -e does not stop at the first failing command.
    set +e
    (set -e; "$@") >"$log" 2>&1
    code=$?
    set -e
    if [ $code = 0 ]; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        echo "FAIL $name"
        sed 's/^/    /' "$log"
    fi
}

make_install() { # TARGET
    ${MAKE:-make} -C "$root" --no-print-directory "$1" BUILD="$build" BLAS="${BLAS:-openblas}" \
        CC="$cc" CXX="$cxx" PREFIX="$prefix" DESTDIR="$dest"
}

installed_files() {
    local lib=$dest$prefix/lib version file
    version=$(sed -n 's/^Version: //p' "$lib/pkgconfig/winnow.pc")
    for file in include/winnow.h lib/libwinnow.a "lib/libwinnow.so.$version" \
        lib/cmake/winnow/winnowConfig.cmake lib/cmake/winnow/winnowConfigVersion.cmake bin/winnow; do
        [ -f "$dest$prefix/$file" ] || { echo "not installed: $file"; return 1; }
    done
    for file in "$root"/include/*.h* "$root"/models/*; do
        [ -e "$file" ] || continue
        find "$dest$prefix" -name "$(basename "$file")" | grep -q . ||
            { echo "not installed: $file"; return 1; }
    done
    # The usual chain: libwinnow.so -> libwinnow.so.0 -> libwinnow.so.0.1.0, with that SONAME.
    [ "$(readlink "$lib/libwinnow.so")" = "libwinnow.so.${version%%.*}" ]
    [ "$(readlink "$lib/libwinnow.so.${version%%.*}")" = "libwinnow.so.$version" ]
    readelf -d "$lib/libwinnow.so" | grep -q "SONAME.*\[libwinnow\.so\.${version%%.*}\]"
    # No path of this build tree or of DESTDIR may be written into what is installed.
    if grep -rlF -e "$dest" -e "$root" "$lib/pkgconfig" "$lib/cmake"; then return 1; fi
}

# Two rows, two labels and a bias. "spam spam ham": counts 2 and 1, not weighted or normalised, so
# the decision values are bad = 2*1.5 + 1*(-0.5) + 0.25 = 2.75 and good = 2*(-1) + 1*2 + 0 = 0;
# softmax gives bad = 1 / (1 + exp(-2.75)) = 0.939913.
cat >"$work/model.json" <<'END'
{"winnow": 1, "name": "tiny", "labels": "labels", "link": "softmax", "bias": "bias",
 "blocks": [{"extractor": "words", "tokens": "ascii_word", "min_length": 1, "ngrams": [1, 1],
   "terms": "terms",
   "weighting": {"binary": false, "sublinear_tf": false, "norm": "none"},
   "rows": {"encoding": "dense", "values": "rows"}}],
 "arrays": {
   "labels": {"dtype": "str", "shape": [2], "values": ["bad", "good"]},
   "terms": {"dtype": "str", "shape": [2], "values": ["spam", "ham"]},
   "bias": {"dtype": "f64", "shape": [2], "values": [0.25, 0.0]},
   "rows": {"dtype": "f64", "shape": [2, 2], "values": [1.5, -1.0, -0.5, 2.0]}}}
END

# Runs a program on the model; the linked kind is told apart by its dynamic section.
answers() { # PROGRAM shared|static
    local output
    if [ "$2" = shared ]; then
        readelf -d "$1" | grep -q 'NEEDED.*libwinnow\.so\.'
    else
        if readelf -d "$1" | grep 'NEEDED.*libwinnow'; then return 1; fi
    fi
    output=$(LD_LIBRARY_PATH=$dest$prefix/lib "$1" "$work/model.json" "spam spam ham")
    [ "$output" = "bad 0.939913" ] || { echo "unexpected output: $output"; return 1; }
}

config() { # pkg-config of the installed tree alone
    PKG_CONFIG_PATH=$dest$prefix/lib/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
        PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --define-variable=prefix="$dest$prefix" \
        --define-variable=libdir="$dest$prefix/lib" "$@" winnow
}

with_pkg_config() { # COMPILER SOURCE shared|static
    local flags libs
    cp "$root/tests/install/$2" "$work/"
    read -r -a flags < <(config --cflags)
    if [ "$3" = shared ]; then
        read -r -a libs < <(config --libs)
    else
        # --static adds what the archive needs; -l:NAME asks for the archive, since the shared
        # library lies beside it.
        read -r -a libs < <(config --static --libs | sed 's/-lwinnow\b/-l:libwinnow.a/')
    fi
    $1 -Wall -Wextra -Werror "${flags[@]}" -o "$work/program" "$work/$2" "${libs[@]}"
    answers "$work/program" "$3"
}

with_cmake() {
    mkdir "$work/project"
    cp "$root"/tests/install/{CMakeLists.txt,hello.c,hello_cpp.cpp} "$work/project/"
    CC=$cc CXX=$cxx cmake -S "$work/project" -B "$work/project/build" \
        -DCMAKE_PREFIX_PATH="$dest$prefix"
    cmake --build "$work/project/build"
}

installed_tool() {
    local tool=$dest$prefix/bin/winnow
    "$tool" --help | grep -q winnow
    [ "$(echo "spam spam ham" | "$tool" classify -m "$work/model.json" --format tsv - | grep -c bad)" = 1 ]
}

check "make install" make_install install
check "installed files" installed_files
check "pkg-config, C, shared" with_pkg_config "$cc" hello.c shared
check "pkg-config, C, static" with_pkg_config "$cc" hello.c static
check "pkg-config, C++, shared" with_pkg_config "$cxx" hello_cpp.cpp shared
check "pkg-config, C++, static" with_pkg_config "$cxx" hello_cpp.cpp static
check "CMake builds" with_cmake
check "CMake, C, shared" answers "$work/project/build/hello_c" shared
check "CMake, C, static" answers "$work/project/build/hello_c-static" static
check "CMake, C++, shared" answers "$work/project/build/hello_cpp" shared
check "CMake, C++, static" answers "$work/project/build/hello_cpp-static" static
check "installed tool" installed_tool
check "make uninstall" make_install uninstall
nothing_left() {
    if find "$dest" ! -type d | grep .; then return 1; fi
}
check "nothing left" nothing_left

echo "registered $registered"
echo "$passed passed, $((registered - passed)) failed, 0 skipped"
[ "$passed" = "$registered" ]
