#!/bin/bash
# check_symbols.sh - what the libraries export.
#
# usage: check_symbols.sh [--self-test] BUILD
#
#   libwinnow.so   exactly the functions that include/winnow.h declares with WN_API, no more, no less
#   libwinnow.a    global symbols begin with wn_ or wn__; nothing can clash with a host program
#                  no variable that can be written to, a CPU choice (wn__kernel*) excepted
#                  no call that the header promises not to make: output, exit, threads, environment,
#                  locale, signals, global random numbers and the like
set -euo pipefail

self_test=
if [ "${1:-}" = --self-test ]; then
    self_test=1
    shift
fi
build=${1:?usage: check_symbols.sh [--self-test] BUILD}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Names that a header declares with WN_API: the name before the first parenthesis of each
# declaration, comments and preprocessor lines left out.
declared() { # HEADER
    sed -e 's|//.*||' "$1" | tr '\n' '\r' | sed -e 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' |
        tr '\r' '\n' | grep -v '^ *#' | tr '\n' ' ' | tr ';' '\n' |
        sed -n 's/.*\bWN_API\b *\(WN_MUST_USE\b\)\?\([^(]*\)(.*/\2/p' |
        grep -o '[A-Za-z_0-9]*$' | sort -u
    # [^(]* ends at the parameter list because WN_API and WN_MUST_USE take no arguments.
}

exported() { # SHARED-LIBRARY
    nm -D --defined-only "$1" | awk '{print $NF}' | sed 's/@.*//' | sort -u
}

# Compares a header and a shared library in both directions.
check_shared() { # HEADER LIBRARY
    declared "$1" >"$work/declared"
    exported "$2" >"$work/exported"
    [ -s "$work/declared" ] || { echo "no WN_API function found in the header"; return 1; }
    local bad=0 name
    while read -r name; do
        echo "declared in winnow.h but not exported: $name"
        bad=1
    done < <(comm -23 "$work/declared" "$work/exported")
    while read -r name; do
        echo "exported but not declared in winnow.h: $name"
        bad=1
    done < <(comm -13 "$work/declared" "$work/exported")
    return $bad
}

forbidden='^(_?exit|_Exit|abort|__assert_fail|atexit|system|popen|fork|vfork|exec[lv].*|posix_spawn.*'
forbidden+='|v?f?printf|v?dprintf|puts|f?putc|putchar|fputs|perror|stdout|stderr|stdin|syslog'
forbidden+='|(secure_)?getenv|(un|put|set)env|environ|setlocale|newlocale|uselocale'
forbidden+='|signal|sigaction|sigprocmask|raise|kill|alarm|longjmp|_?setjmp'
forbidden+='|pthread_create|thrd_create|sr?and|rand|strtok|strerror|gets|chdir|umask'
forbidden+='|openblas_set_num_threads.*|alloca)$'

# Calls that belong in one file each: memory goes through the allocator, files through file.c.
memory='^(malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|madvise|strdup)$'
files='^(f?open(at)?|fdopen|creat|p?read|p?write|mmap|munmap|fread|fwrite|f?stat|lstat|rename|unlink|remove)(64)?$'

# Global names of an archive, and writable data of any linkage. Constant tables of pointers lie in
# .data.rel.ro, which is read-only once it is relocated.
check_static() { # ARCHIVE
    local bad=0 section name
    while read -r name; do
        case $name in
        wn_*) ;;
        *)
            echo "global symbol without the wn_ prefix: $name"
            bad=1
            ;;
        esac
    done < <(nm -g --defined-only "$1" 2>/dev/null | awk 'NF == 3 {print $3}')
    while read -r section name; do
        case $name in
        wn__kernel*) ;;
        *)
            echo "mutable variable in $section: $name"
            bad=1
            ;;
        esac
    done < <(objdump -t "$1" | awk 'NF >= 5 && $(NF - 2) ~ /^(\.t?(data|bss)|\*COM\*)/ &&
        $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^\./ {print $(NF - 2), $NF}')
    while read -r name; do
        echo "the library must not call $name"
        bad=1
    done < <(nm -u "$1" 2>/dev/null | awk 'NF == 2 {print $2}' | sort -u | grep -E "$forbidden")
    while read -r object name; do
        echo "$object must not call $name"
        bad=1
    done < <(nm -A -u "$1" 2>/dev/null | sed 's/^.*:\([^:]*\): *[A-Za-z] /\1 /' |
        awk -v memory="$memory" -v files="$files" \
            '($2 ~ memory && $1 != "heap.o") || ($2 ~ files && $1 != "file.o")')
    return $bad
}

failed=0
if ! check_shared "$root/include/winnow.h" "$build/libwinnow.so" >"$work/report"; then
    sed 's/^/FAIL libwinnow.so: /' "$work/report"
    failed=$((failed + 1))
fi
if ! check_static "$build/libwinnow.a" >"$work/report"; then
    sed 's/^/FAIL libwinnow.a: /' "$work/report"
    failed=$((failed + 1))
fi
if [ -z "$self_test" ]; then
    [ $failed = 0 ]
    exit
fi

# ---- Planted faults: small libraries of our own, each wrong in one way ----

cat >"$work/planted.h" <<'END'
#define WN_API __attribute__((visibility("default")))
#define WN_MUST_USE __attribute__((warn_unused_result))
/* WN_API int wn_in_comment(void); */
WN_API WN_MUST_USE int wn_one(int a,
                              int b);
WN_API const char *const *wn_two(void (*callback)(int));
END
sound='#include "planted.h"
static const char *const names[] = {"one", "two"};
int wn_one(int a, int b) { return a + b; }
const char *const *wn_two(void (*callback)(int)) { (void)callback; return names; }
'
n_planted=0
expect() { # NAME CODE MESSAGE, an empty message meaning: no complaint
    local name=$1 code=$2 message=$3
    n_planted=$((n_planted + 1))
    echo "$code" >"$work/planted.c"
    gcc -fPIC -fvisibility=hidden -c -o "$work/planted.o" "$work/planted.c"
    gcc -shared -o "$work/planted.so" "$work/planted.o"
    rm -f "$work/planted.a"
    ar rcs "$work/planted.a" "$work/planted.o"
    {
        check_shared "$work/planted.h" "$work/planted.so" || true
        check_static "$work/planted.a" || true
    } >"$work/report"
    if [ -z "$message" ] && [ ! -s "$work/report" ]; then return; fi
    if [ -n "$message" ] && grep -qF "$message" "$work/report"; then return; fi
    echo "FAIL planted '$name': wanted '$message', got: $(tr '\n' ';' <"$work/report")"
    failed=$((failed + 1))
}
expect sound "$sound" ''
expect missing "${sound/int wn_one(int a, int b)/static int gone(int a, int b)}" \
    'declared in winnow.h but not exported: wn_one'
expect leaked "$sound
WN_API int wn_secret(void) { return 1; }" 'exported but not declared in winnow.h: wn_secret'
expect clash "$sound
int helper(void) { return 1; }" 'global symbol without the wn_ prefix: helper'
expect mutable "$sound
int count(void); static int calls; __attribute__((visibility(\"hidden\"))) int wn__count(void) { return ++calls; }" \
    'mutable variable in .bss: calls'
expect tls "$sound
int count(void); static _Thread_local int now = 1; __attribute__((visibility(\"hidden\"))) int wn__count(void) { return now++; }" \
    'mutable variable in .tdata: now'
expect output "$sound
int puts(const char *); __attribute__((visibility(\"hidden\"))) int wn__print(void) { return puts(names[0]); }" \
    'the library must not call puts'
expect environment "$sound
char *getenv(const char *); __attribute__((visibility(\"hidden\"))) int wn__env(void) { return getenv(\"A\") != 0; }" \
    'the library must not call getenv'
expect memory "$sound
void *malloc(unsigned long); __attribute__((visibility(\"hidden\"))) void *wn__take(void) { return malloc(8); }" \
    'planted.o must not call malloc'

echo "registered $((n_planted + 2))"
echo "$((n_planted + 2 - failed)) passed, $failed failed, 0 skipped"
[ $failed = 0 ]
