#!/bin/bash
# check_hardening.sh - what was built has all that the Makefile's hardening flags promise.
#
# usage: check_hardening.sh [--self-test] BUILD
#
#   winnow, libwinnow.so   full RELRO (bound at the start, then read-only), no executable stack, no
#                          segment that is written to and executed, no relocation of code
#   winnow                 position independent
#   the objects            canaries, stack probes, checked jumps, _FORTIFY_SOURCE=3: seen in
#                          probe_hardening.o, which is compiled as all others are
set -euo pipefail

self_test=
if [ "${1:-}" = --self-test ]; then
    self_test=1
    shift
fi
build=${1:?usage: check_hardening.sh [--self-test] BUILD}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# What a linked file lacks, a line each.
check_linked() { # FILE
    readelf -W -d "$1" >"$work/dynamic"
    readelf -W -l "$1" >"$work/segments"
    grep -q 'GNU_RELRO' "$work/segments" || echo "no RELRO segment"
    grep -Eq 'BIND_NOW|FLAGS_1.*\bNOW\b' "$work/dynamic" || echo "not bound at the start"
    grep -q 'GNU_STACK .* RW ' "$work/segments" || echo "executable stack"
    ! grep -Eq '^ *LOAD .* RWE ' "$work/segments" || echo "a segment is writable and executable"
    ! grep -q 'TEXTREL' "$work/dynamic" || echo "relocations in the code"
}

# The same for a program.
check_program() { # FILE
    check_linked "$1"
    grep -Eq 'FLAGS_1.*\bPIE\b' "$work/dynamic" || echo "not position independent"
}

# What the compiler left out of probe_hardening.o.
check_object() { # OBJECT
    nm -u "$1" >"$work/calls"
    objdump -d --no-show-raw-insn "$1" >"$work/code"
    grep -q '__stack_chk_fail' "$work/calls" || echo "no -fstack-protector-strong"
    grep -q '__memcpy_chk' "$work/calls" || echo "no _FORTIFY_SOURCE=3"
    [ "$(uname -m)" = x86_64 ] || return 0 # how the rest looks is a matter of the processor
    grep -q 'endbr64' "$work/code" || echo "no -fcf-protection"
    # A probe touches the page that the stack pointer has just reached.
    # shellcheck disable=SC2016
    grep -Eq '(or|mov)q +\$0x0,(0x[0-9a-f]+)?\(%rsp\)' "$work/code" ||
        echo "no -fstack-clash-protection"
}

failed=0
n=0
expect_sound() { # NAME COMMAND...
    local name=$1
    shift
    n=$((n + 1))
    "$@" >"$work/report"
    if [ -s "$work/report" ]; then
        sed "s|^|FAIL $name: |" "$work/report"
        failed=$((failed + 1))
    fi
}
expect_sound winnow check_program "$build/winnow"
expect_sound libwinnow.so check_linked "$build/libwinnow.so"
expect_sound objects check_object "$build/obj/tests/tools/probe_hardening.o"
if [ -z "$self_test" ]; then
    [ $failed = 0 ]
    exit
fi

# ---- Planted faults: one flag of each kind taken away ----

all='-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection'
[ "$(uname -m)" != x86_64 ] || all+=' -fcf-protection'
link='-pie -Wl,-z,relro,-z,now,-z,noexecstack'
echo 'int main(void) { return 0; }' >"$work/main.c"
expect() { # NAME CHECK FILE MESSAGE, an empty message meaning: no complaint
    n=$((n + 1))
    "$2" "$3" >"$work/report"
    if [ -z "$4" ] && [ ! -s "$work/report" ]; then return; fi
    if [ -n "$4" ] && grep -qF "$4" "$work/report"; then return; fi
    echo "FAIL planted '$1': wanted '$4', got: $(tr '\n' ';' <"$work/report")"
    failed=$((failed + 1))
}
object() { # FLAGS MESSAGE
    # shellcheck disable=SC2086 # flags are words
    gcc -fPIC $1 -c -o "$work/probe.o" "$here/probe_hardening.c"
    expect "$1" check_object "$work/probe.o" "$2"
}
program() { # FLAGS MESSAGE
    # shellcheck disable=SC2086
    gcc -fPIE $1 -o "$work/program" "$work/main.c" 2>/dev/null
    expect "$1" check_program "$work/program" "$2"
}
object "$all" ''
object "${all/SOURCE=3/SOURCE=2}" 'no _FORTIFY_SOURCE=3'
object "$all -fno-stack-protector" 'no -fstack-protector-strong'
if [ "$(uname -m)" = x86_64 ]; then
    object "$all -fno-stack-clash-protection" 'no -fstack-clash-protection'
    object "$all -fcf-protection=none" 'no -fcf-protection'
fi
program "$link" ''
program "${link/-pie/-no-pie}" 'not position independent'
program "${link/relro/norelro}" 'no RELRO segment'
program "${link/,-z,now/,-z,lazy}" 'not bound at the start'
program "${link/noexecstack/execstack}" 'executable stack'

echo "registered $n"
echo "$((n - failed)) passed, $failed failed, 0 skipped"
[ $failed = 0 ]
