# Makefile - builds, tests, checks and installs winnow. One file, no recursion (but in `arm`), nothing written
# outside $(BUILD). `make help` lists the targets.
#
# Variables: BUILD (build directory), CC, CXX, CFLAGS, CXXFLAGS, LDFLAGS, WERROR=1 (warnings are
# errors), V=1 (show commands), BLAS=none (no OpenBLAS, our own kernels alone), KERNELS=portable (none
# for particular processors), PREFIX, LIBDIR,
# DESTDIR, PYTHON, NEWEST_PYTHON, SUITES (only these test suites: `make test SUITES="unit cli"`),
# CONFIGS, ROUNDS, BUDGET, DATA, ADD=1 (`make bench`: which configurations, how often, seconds, where the
# texts are, keep the earlier results), TIME, FUZZ_TARGETS (`make fuzz`: seconds a target, which ones),
# WINNOW_SHARED (reference models and data; tests that need them are skipped by name where the folder is absent).

BLAS ?= openblas
ifeq ($(BLAS),none)
BUILD ?= build/none
else
BUILD ?= build
endif
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
# Debian's own interpreter: the one that sees python3-sklearn.
PYTHON ?= /usr/bin/python3
# For `make parity-long`: a Python that the newest scikit-learn runs on (3.12 or newer).
NEWEST_PYTHON ?= python3
WINNOW_SHARED ?= ../shared
CFLAGS ?= -O3 -g
CXXFLAGS ?= -O2 -g
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

VERSION := $(shell sed -n 's/^.define WN_VERSION_STRING "\(.*\)"/\1/p' include/winnow.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
SONAME := libwinnow.so.$(SOVERSION)
REALNAME := libwinnow.so.$(VERSION)

# ---- Flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
    -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith
CXX_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ifeq ($(WERROR),1)
WARNINGS += -Werror
CXX_WARNINGS += -Werror
endif

# $(call supported,FLAG): the flag, if the compiler knows it on this processor, or is not there yet.
supported = $(shell if ! command -v $(firstword $(CC)) >/dev/null || \
    $(CC) -Werror $(1) -fsyntax-only -x c /dev/null 2>/dev/null; then echo '$(1)'; fi)

# What makes a fault that is still in the code harder to use: checked returns and jumps, no large
# frame that skips a guard page. tests/tools/check_hardening.sh looks for each in what was built.
HARDEN := $(foreach f,-fstack-protector-strong -fstack-clash-protection -fcf-protection,$(call supported,$f))
LINK_HARDEN := -Wl,-z,relro,-z,now,-z,noexecstack
# Checked memcpy and the like need the optimiser, and are in the way of the sanitizers' own checks.
FORTIFY := $(if $(findstring -fsanitize,$(CFLAGS)),,$(if $(filter-out -O0,$(lastword \
    $(filter -O%,$(CFLAGS)))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3))

# One set of objects serves both libraries, hence -fPIC. No contraction into fused multiply-adds:
# the same score bits from every compiler and kernel.
C_FLAGS := -std=c11 $(CFLAGS) $(WARNINGS) -D_POSIX_C_SOURCE=200809L -fPIC -fvisibility=hidden \
    -ffp-contract=off $(HARDEN) -pthread
CXX_FLAGS := -std=c++17 $(CXXFLAGS) $(CXX_WARNINGS) -fPIE $(HARDEN) -pthread

LIBS := -lcjson -lxxhash -lm -pthread
ifeq ($(BLAS),none)
C_FLAGS += -DWN_NO_BLAS
else
LIBS := -lopenblas $(LIBS)
endif
ifeq ($(KERNELS),portable)
C_FLAGS += -DWN_PORTABLE
endif
LINK_FLAGS := $(LINK_HARDEN) $(LDFLAGS) -Wl,--as-needed

ENGINE_FLAGS := -Iinclude -Iengine
CLI_FLAGS := -fPIE -Iinclude -DWN_MODELS_DIR='"$(PREFIX)/share/winnow/models"'
TEST_FLAGS := -Iinclude -Iengine -Itests

# ---- Sources -------------------------------------------------------------------------------------

ENGINE_SOURCES := $(sort $(wildcard engine/*.c engine/kernel/*.c))
CLI_SOURCES := $(sort $(wildcard engine/cli/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
STRESS_SOURCES := $(sort $(wildcard tests/stress/*.c))
FAILURE_SOURCES := $(sort $(wildcard tests/failure/*.c))
HOSTILE_SOURCES := $(sort $(wildcard tests/hostile/*.c))
GOLDEN_SOURCES := $(sort $(wildcard tests/golden/*.c))
# Without the two mains.
FUZZ_SOURCES := $(filter-out %/replay.c %/libfuzzer.c,$(sort $(wildcard tests/fuzz/*.c)))
EXAMPLE_SOURCES := $(sort $(wildcard examples/*.c))
EXAMPLE_CXX_SOURCES := $(sort $(wildcard examples/*.cpp))
ALL_C := $(sort $(wildcard include/*.h engine/*.[ch] engine/*/*.[ch] tests/*.[ch] tests/*/*.[ch] \
    examples/*.c))
ALL_CXX := $(sort $(wildcard include/*.hpp examples/*.cpp))

# ---- One build directory -------------------------------------------------------------------------
# $(call build-rules,DIR,EXTRA FLAGS,COMPILER): everything that is compiled, once for each way to compile
# it. COMPILER is CC where it is left out.

define build-rules
$(1)_LIB_OBJECTS := $(ENGINE_SOURCES:%.c=$(1)/obj/%.o)
$(1)_CLI_OBJECTS := $(CLI_SOURCES:%.c=$(1)/obj/%.o)
$(1)_UNIT_OBJECTS := $(UNIT_SOURCES:%.c=$(1)/obj/%.o)
$(1)_UNIT := $(if $(UNIT_SOURCES),$(1)/tests/unit_tests)
$(1)_STRESS := $(STRESS_SOURCES:tests/%.c=$(1)/tests/%)
$(1)_FAILURE := $(FAILURE_SOURCES:tests/%.c=$(1)/tests/%)
$(1)_HOSTILE := $(HOSTILE_SOURCES:tests/%.c=$(1)/tests/%)
$(1)_GOLDEN := $(GOLDEN_SOURCES:tests/%.c=$(1)/tests/%)
$(1)_EXAMPLES := $(EXAMPLE_SOURCES:%.c=$(1)/%) $(EXAMPLE_CXX_SOURCES:%.cpp=$(1)/%)
$(1)_FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(1)/obj/%.o)
$(1)_REPLAY := $(if $(FUZZ_SOURCES),$(1)/tests/fuzz/replay)
$(1)_TOOL := $(if $(CLI_SOURCES),$(1)/winnow)
$(1)_FLAGS := $(or $(3),$(CC)) $(C_FLAGS) $(CXX) $(CXX_FLAGS) $(LIBS) $(LINK_FLAGS) $(2)

# What the objects were compiled with and what the archive was made of. Rewritten only on a change,
# so that another compiler, flag or file list rebuilds what it must and nothing else.
$(1)/.flags: FORCE
	@mkdir -p $(1)
	@$$(call write-if-changed,$$@,$$($(1)_FLAGS))
$(1)/.cli-flags: FORCE
	@mkdir -p $(1)
	@$$(call write-if-changed,$$@,$(CLI_FLAGS))
$(1)/.sources: FORCE
	@mkdir -p $(1)
	@$$(call write-if-changed,$$@,$(ENGINE_SOURCES) $(CLI_SOURCES) $(UNIT_SOURCES))

$(1)/obj/engine/%.o: engine/%.c $(1)/.flags | setup
	@mkdir -p $$(@D)
	$$(call say,CC)$(or $(3),$(CC)) $(C_FLAGS) $(2) $(ENGINE_FLAGS) -MMD -MP -c -o $$@ $$<
$(1)/obj/engine/cli/%.o: engine/cli/%.c $(1)/.flags $(1)/.cli-flags | setup
	@mkdir -p $$(@D)
	$$(call say,CC)$(or $(3),$(CC)) $(C_FLAGS) $(2) $(CLI_FLAGS) -MMD -MP -c -o $$@ $$<
$(1)/obj/tests/%.o: tests/%.c $(1)/.flags | setup
	@mkdir -p $$(@D)
	$$(call say,CC)$(or $(3),$(CC)) $(C_FLAGS) $(2) $(TEST_FLAGS) -MMD -MP -c -o $$@ $$<
$(1)/obj/examples/%.o: examples/%.c $(1)/.flags | setup
	@mkdir -p $$(@D)
	$$(call say,CC)$(or $(3),$(CC)) $(C_FLAGS) $(2) -Iinclude -MMD -MP -c -o $$@ $$<
$(1)/obj/examples/%.o: examples/%.cpp $(1)/.flags | setup
	@mkdir -p $$(@D)
	$$(call say,CXX)$(CXX) $(CXX_FLAGS) $(2) -Iinclude -MMD -MP -c -o $$@ $$<

$(1)/libwinnow.a: $$($(1)_LIB_OBJECTS) $(1)/.sources | setup
	@rm -f $$@
	$$(call say,AR)$(AR) rcsD $$@ $$(filter %.o,$$^)
$(1)/winnow: $$($(1)_CLI_OBJECTS) $(1)/libwinnow.a $(1)/.sources
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS) -lz -lzstd
$(1)/tests/unit_tests: $$($(1)_UNIT_OBJECTS) $(1)/libwinnow.a $(1)/.sources
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS) -lcriterion
$(1)/tests/stress/%: $(1)/obj/tests/stress/%.o $(1)/libwinnow.a
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(LIBS)
$(1)/tests/stress/locked_down: $(patsubst %,$(1)/obj/engine/cli/%.o,lockdown buffer message)
$(1)/tests/failure/%: $(1)/obj/tests/failure/%.o $(1)/libwinnow.a
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS) -ldl
$(1)/tests/hostile/%: $(1)/obj/tests/hostile/%.o $(1)/libwinnow.a
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS)
$(1)/tests/bench/%: $(1)/obj/tests/bench/%.o $(1)/libwinnow.a
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS)
$(1)/tests/golden/%: $(1)/obj/tests/golden/%.o $(1)/libwinnow.a
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $(LINK_FLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS)
# The targets read with the tool's readers too: all of the tool but its main.
$(1)/tests/fuzz/%: $(1)/obj/tests/fuzz/%.o $$($(1)_FUZZ_OBJECTS) \
    $$(filter-out %/cli/main.o,$$($(1)_CLI_OBJECTS)) $(1)/libwinnow.a $(1)/.sources
	@mkdir -p $$(@D)
	$$(call say,LINK)$(or $(3),$(CC)) -pie $(2) $$(if $$(filter libfuzzer,$$*),-fsanitize=fuzzer) $(LINK_FLAGS) \
	    -o $$@ $$(filter %.o %.a,$$^) $(LIBS) -lz -lzstd
$(EXAMPLE_SOURCES:%.c=$(1)/%): %: $(1)/libwinnow.a
$(EXAMPLE_CXX_SOURCES:%.cpp=$(1)/%): %: $(1)/libwinnow.a
$(1)/examples/%: $(1)/obj/examples/%.o
	@mkdir -p $$(@D)
	$$(call say,LINK)$$(if $$(filter examples/$$*.cpp,$(EXAMPLE_CXX_SOURCES)),$(CXX),$(or $(3),$(CC))) -pie $(2) $(LINK_FLAGS) \
	    -o $$@ $$(filter %.o %.a,$$^) $(LIBS)

-include $$(wildcard $(1)/obj/*/*.d $(1)/obj/*/*/*.d)
.SECONDARY: $$($(1)_LIB_OBJECTS) $$($(1)_CLI_OBJECTS) $$($(1)_UNIT_OBJECTS) \
    $$($(1)_FUZZ_OBJECTS) $(1)/obj/tests/fuzz/replay.o $(1)/obj/tests/fuzz/libfuzzer.o \
    $(STRESS_SOURCES:%.c=$(1)/obj/%.o) $(FAILURE_SOURCES:%.c=$(1)/obj/%.o) $(HOSTILE_SOURCES:%.c=$(1)/obj/%.o) \
    $(GOLDEN_SOURCES:%.c=$(1)/obj/%.o) $(EXAMPLE_SOURCES:%.c=$(1)/obj/%.o) \
    $(EXAMPLE_CXX_SOURCES:%.cpp=$(1)/obj/%.o)
endef

# One short line for each file that is made; V=1 shows the commands.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)

write-if-changed = printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $(1) || \
    printf '%s\n' '$(subst ','\'',$(2))' > $(1)

ASAN := $(BUILD)/asan
TSAN := $(BUILD)/tsan
FUZZ := $(BUILD)/fuzz
# No stack protector: with it GCC 12 puts vectors of 64 bytes at multiples of 32 (GCC bug 110027).
ASAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -fno-stack-protector
TSAN_FLAGS := -fsanitize=thread -fno-omit-frame-pointer
# A sanitizer's report is a file that the tool's lockdown would not let it write.
ASAN_FLAGS += -DWN_NO_LOCKDOWN
TSAN_FLAGS += -DWN_NO_LOCKDOWN
# Processes of a test write their counts into the same files, hence -fprofile-update=atomic.
COVERAGE := $(BUILD)/coverage
COVERAGE_FLAGS := --coverage -fprofile-update=atomic -O0 -DWN_NO_LOCKDOWN

# What the bench holds against the kernels for particular processors.
PORTABLE := $(BUILD)/portable

$(eval $(call build-rules,$(BUILD),$(FORTIFY)))
$(eval $(call build-rules,$(ASAN),$(ASAN_FLAGS)))
$(eval $(call build-rules,$(TSAN),$(TSAN_FLAGS)))
$(eval $(call build-rules,$(FUZZ),-O1 -fsanitize=fuzzer-no-link $(ASAN_FLAGS),clang))
$(eval $(call build-rules,$(COVERAGE),$(COVERAGE_FLAGS)))
$(eval $(call build-rules,$(PORTABLE),$(FORTIFY) -DWN_PORTABLE))

# Only the plain build has a shared library and a package.
$(BUILD)/$(REALNAME): $($(BUILD)_LIB_OBJECTS) $(BUILD)/.sources | setup
	$(call say,LINK)$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined $(LINK_FLAGS) \
	    -o $@ $(filter %.o,$^) $(LIBS)
$(BUILD)/$(SONAME): $(BUILD)/$(REALNAME)
	@ln -sf $(REALNAME) $@
$(BUILD)/libwinnow.so: $(BUILD)/$(SONAME)
	@ln -sf $(SONAME) $@

PRIVATE_LIBS = $(filter-out -pthread,$(LIBS)) -pthread
FILL = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@VERSION@|$(VERSION)|g' \
    -e 's|@SONAME@|$(SONAME)|g' -e 's|@REALNAME@|$(REALNAME)|g' -e 's|@LIBS@|$(PRIVATE_LIBS)|g' \
    -e 's|@CMAKE_LIBS@|$(subst $() ,;,$(patsubst -l%,%,$(filter -l%,$(LIBS))))|g'
# Always rewritten: PREFIX may differ from one install to the next.
$(BUILD)/%: engine/package/%.in FORCE
	@mkdir -p $(@D)
	@$(FILL) $< > $@

# ---- Targets -------------------------------------------------------------------------------------

.PHONY: FORCE all help setup demo programs test check parity-long arm bench bench-smoke stress-cli asan tsan stress fuzz fuzz-corpus fuzz-long coverage mutation lint analyze format install uninstall clean models quality
FORCE:

PACKAGE_FILES := $(patsubst engine/package/%.in,$(BUILD)/%,$(wildcard engine/package/*.in))
LIBRARIES := $(BUILD)/libwinnow.a $(BUILD)/$(REALNAME) $(BUILD)/$(SONAME) $(BUILD)/libwinnow.so

all: $(LIBRARIES) $($(BUILD)_TOOL) $(PACKAGE_FILES) ## build the libraries and the tool (default)

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20
	@echo "Variables: BUILD=$(BUILD) BLAS=$(BLAS) (none: no OpenBLAS) CC=$(CC) WERROR=1 PREFIX=$(PREFIX) SUITES='unit cli'"

# A plain build only says what is missing; the targets that promise to work on a fresh machine also
# install it. Nothing is asked of root or sudo while nothing is missing.
SETUP_TEST := $(filter setup test bench bench-smoke asan tsan stress stress-cli fuzz fuzz-corpus fuzz-long coverage mutation lint analyze,$(MAKECMDGOALS))
SETUP_DEMO := $(filter demo,$(MAKECMDGOALS))
setup: ## install the Debian packages that the build and the tests need, when any is missing
	@CC='$(CC)' PYTHON='$(PYTHON)' BLAS='$(BLAS)' sh tests/tools/setup.sh \
	    $(if $(SETUP_TEST),--install test,$(if $(SETUP_DEMO),--install build,--check build))

demo: all ## set up, build, classify examples/article.txt
	@echo
	$(BUILD)/winnow --format table --color auto examples/article.txt

# The install test calls make again and must find everything built as it is now. PYTHONUTF8: the tree
# is UTF-8, whatever the locale.
RUN_TESTS = PYTHONUTF8=1 MAKE='$(MAKE)' CC='$(CC)' CXX='$(CXX)' BLAS='$(BLAS)' WERROR='$(WERROR)' \
    CFLAGS='$(CFLAGS)' CXXFLAGS='$(CXXFLAGS)' LDFLAGS='$(LDFLAGS)' \
    PREFIX='$(PREFIX)' WINNOW_SHARED='$(WINNOW_SHARED)' SUITES='$(SUITES)' $(PYTHON) tests/tools/run_tests.py

# Compiled as everything is, so that check_hardening.sh can see what the flags do.
PROBE := $(BUILD)/obj/tests/tools/probe_hardening.o
programs: $(PROBE) $($(BUILD)_UNIT) $($(BUILD)_STRESS) $($(BUILD)_HOSTILE) $($(BUILD)_FAILURE) $($(BUILD)_REPLAY) $($(BUILD)_GOLDEN) $($(BUILD)_EXAMPLES) ## build the test programs and the examples

test: all programs ## set up, build, run every test
	@$(RUN_TESTS) --build $(BUILD)

check: test ## the same as test

# The second run is with the scikit-learn of train-export/requirements.txt, which pip fetches.
PARITY := PYTHONUTF8=1 OPENBLAS_NUM_THREADS=1
NEWEST := $(BUILD)/sklearn-newest
parity-long: all $(NEWEST)/.installed ## exported pipelines against two scikit-learns, 100,000 texts an analyzer
	$(PARITY) $(PYTHON) tests/golden/sklearn_parity.py --winnow $(BUILD)/winnow --long
	$(PARITY) $(NEWEST)/bin/python tests/golden/sklearn_parity.py --winnow $(BUILD)/winnow --long
	$(PARITY) WINNOW=$(abspath $(BUILD)/winnow) $(NEWEST)/bin/python tests/tools/run_unittest.py train-export/tests

$(NEWEST)/.installed: train-export/requirements.txt
	@$(NEWEST_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || \
	    { echo "make: name a Python 3.12 or newer: make parity-long NEWEST_PYTHON=python3.13"; exit 2; }
	$(NEWEST_PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/pip install --quiet -r $<
	@touch $@

# Another kind of machine: GCC makes NEON instructions of the vectors that the portable kernel is written
# in. Debian, after `dpkg --add-architecture arm64`: gcc-aarch64-linux-gnu qemu-user libcjson-dev:arm64
# libxxhash-dev:arm64 zlib1g-dev:arm64 libzstd-dev:arm64. OpenBLAS has no part in it.
ARM64 := $(BUILD)/arm64
arm: ## build for 64-bit ARM and run it in an emulator: the same bytes as fastText's and scikit-learn's?
	@$(MAKE) BUILD=$(ARM64) BLAS=none CC=aarch64-linux-gnu-gcc $(ARM64)/winnow
	@printf '#!/bin/sh\nexec qemu-aarch64 %s "$$@"\n' '$(abspath $(ARM64))/winnow' > $(ARM64)/emulated
	@chmod +x $(ARM64)/emulated
	PYTHONUTF8=1 $(PYTHON) tests/golden/forever.py --winnow $(ARM64)/emulated
	PYTHONUTF8=1 $(PYTHON) tests/golden/parity.py --winnow $(ARM64)/emulated
	PYTHONUTF8=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) tests/golden/sklearn_parity.py --winnow $(ARM64)/emulated

# The peer is fastText, which this fetches and compiles; tests/bench/README.md is the protocol.
bench: all $($(PORTABLE)_TOOL) $(BUILD)/tests/bench/measure $(BUILD)/tests/bench/open ## speed beside fastText, scikit-learn and LIBLINEAR; CONFIGS="a b" BUDGET=600 DATA=folder
	PYTHONUTF8=1 CXX='$(CXX)' $(PYTHON) tests/bench/bench.py --winnow $(BUILD)/winnow \
	    --portable $(PORTABLE)/winnow \
	    --measure $(BUILD)/tests/bench/measure --folder $(BUILD)/bench \
	    --data '$(or $(DATA),$(WINNOW_SHARED)/data)' --models '$(WINNOW_SHARED)/models' \
	    --configs '$(CONFIGS)' --rounds $(or $(ROUNDS),5) --budget $(or $(BUDGET),0) $(if $(ADD),--add)

stress-cli: all ## the tool on texts of 1 GiB, and 1,000 conversions that are killed: long, 10 GB of memory and disk
	PYTHONUTF8=1 $(PYTHON) tests/cli/run.py --long $(BUILD)/winnow killed
	PYTHONUTF8=1 $(PYTHON) tests/cli/run.py --long $(BUILD)/winnow hostile

bench-smoke: all $(BUILD)/tests/bench/open ## the bench on tiny models, in seconds: is it right? judges no times
	PYTHONUTF8=1 $(PYTHON) tests/golden/bench_smoke.py --winnow $(BUILD)/winnow \
	    --data '$(or $(DATA),$(WINNOW_SHARED)/data)'

asan: $($(ASAN)_TOOL) $($(ASAN)_UNIT) $($(ASAN)_STRESS) $($(ASAN)_HOSTILE) $($(ASAN)_FAILURE) $($(ASAN)_REPLAY) $($(ASAN)_GOLDEN) $($(ASAN)_EXAMPLES) ## tests under AddressSanitizer and UBSan
	@$(RUN_TESTS) --build $(ASAN) --sanitizer address

# The long forms of programs that `make test` runs for seconds: PROGRAM:ARGUMENT.
LONG_RUNS := $(BUILD)/tests/failure/inject:--all $(BUILD)/tests/failure/forks:100000 \
    $(BUILD)/tests/stress/storm:60 $(ASAN)/tests/stress/storm:60 $(TSAN)/tests/stress/storm:60
stress: $(foreach run,$(LONG_RUNS),$(firstword $(subst :, ,$(run)))) stress-cli ## the long forms of tests: LONG_RUNS, minutes each, and stress-cli
	@for run in $(LONG_RUNS); do \
	    echo "$$run"; \
	    $${run%%:*} $${run#*:} || { echo "FAIL $$run"; exit 1; }; \
	done

# Criterion does not start under ThreadSanitizer, so this runs the programs with a main of their own.
tsan: $($(TSAN)_STRESS) ## stress programs under ThreadSanitizer
	@$(RUN_TESTS) --build $(TSAN) --sanitizer thread

fuzz: $(FUZZ)/tests/fuzz/libfuzzer $(FUZZ)/tests/fuzz/replay $(FUZZ)/winnow ## fuzz with clang's libFuzzer; TIME=60 (seconds a target) FUZZ_TARGETS="load_json text"
	PYTHONUTF8=1 $(PYTHON) tests/fuzz/fuzz.py run --build $(FUZZ) --time $(or $(TIME),60) --targets '$(FUZZ_TARGETS)'

fuzz-corpus: $(FUZZ)/tests/fuzz/libfuzzer $(FUZZ)/tests/fuzz/replay $(FUZZ)/winnow ## minimise what fuzzing has reached into tests/fuzz/corpus
	PYTHONUTF8=1 $(PYTHON) tests/fuzz/fuzz.py merge --build $(FUZZ) --targets '$(FUZZ_TARGETS)'

fuzz-long: $(ASAN)/tests/hostile/mutants ## a million damaged model files of each format, under the sanitizers
	$< 1000000

# The suites that run the engine, and no more of it than they need to.
COVERING := unit hostile failure stress golden/corrupt.py golden/liblinear_corrupt.py golden/forever.py golden/liblinear_parity.py
coverage: $($(COVERAGE)_TOOL) $($(COVERAGE)_UNIT) $($(COVERAGE)_HOSTILE) $($(COVERAGE)_FAILURE) $($(COVERAGE)_STRESS) $($(COVERAGE)_GOLDEN) ## lines and branches that the tests run, judged (gcc)
	@find $(COVERAGE) -name '*.gcda' -delete
	@$(RUN_TESTS) --build $(COVERAGE) $(if $(SUITES),,--only '$(COVERING)')
	@$(PYTHON) tests/tools/coverage.py --uncovered $(COVERAGE)

mutation: all programs ## wrong comparisons in the loaders, put in one by one: do the tests see them? SAMPLE=40 SEED=1
	PYTHONUTF8=1 CC='$(CC)' $(PYTHON) tests/tools/mutation.py $(if $(SAMPLE),--sample $(SAMPLE)) \
	    $(if $(SEED),--seed $(SEED)) $(BUILD)

lint: $(LIBRARIES) ## format, include direction, exported symbols, cppcheck, shell scripts
	PYTHONUTF8=1 BUILD='$(BUILD)' bash tests/tools/lint.sh $(ALL_C) $(ALL_CXX)

analyze: ## gcc -fanalyzer and clang's analyser over the engine and the tool, two minutes
	PYTHONUTF8=1 $(PYTHON) tests/tools/analyze.py

format: ## rewrite the sources with clang-format
	clang-format -i $(ALL_C) $(ALL_CXX)

models: $(BUILD)/winnow ## train and rebuild models/, DATA=folder with topic/ and promo/
	@test -n "$(DATA)" || { echo "usage: make models DATA=folder"; exit 2; }
	PYTHONUTF8=1 PYTHON='$(PYTHON)' sh train-export/build_models.sh "$(DATA)" models $(BUILD)/winnow

quality: ## compare model families on dev, test and gold as Markdown, DATA=folder with topic/ and promo/
	@test -n "$(DATA)" || { echo "usage: make quality DATA=folder"; exit 2; }
	@for task in topic promo; do \
	    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONHASHSEED=0 PYTHONUTF8=1 PYTHONPATH=train-export \
	        $(PYTHON) -m winnow_train quality $$task "$(DATA)/$$task" || exit 1; \
	done

INCLUDES_TO_INSTALL := $(wildcard include/*.h include/*.hpp)
MODELS_TO_INSTALL := $(wildcard models/*)
install: all ## install under $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(LIBDIR)/cmake/winnow $(DESTDIR)$(PREFIX)/share/winnow/models
	install -m 644 $(INCLUDES_TO_INSTALL) $(DESTDIR)$(PREFIX)/include
	install -m 644 $(BUILD)/libwinnow.a $(DESTDIR)$(LIBDIR)
	install -m 755 $(BUILD)/$(REALNAME) $(DESTDIR)$(LIBDIR)
	ln -sf $(REALNAME) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libwinnow.so
	install -m 644 $(BUILD)/winnow.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(BUILD)/winnowConfig.cmake $(BUILD)/winnowConfigVersion.cmake \
	    $(DESTDIR)$(LIBDIR)/cmake/winnow
	$(if $($(BUILD)_TOOL),install -m 755 $(BUILD)/winnow $(DESTDIR)$(PREFIX)/bin)
	$(if $(MODELS_TO_INSTALL),install -m 644 $(MODELS_TO_INSTALL) \
	    $(DESTDIR)$(PREFIX)/share/winnow/models)

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/winnow $(INCLUDES_TO_INSTALL:include/%=$(DESTDIR)$(PREFIX)/include/%)
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libwinnow.a libwinnow.so $(SONAME) $(REALNAME) \
	    pkgconfig/winnow.pc)
	rm -rf $(DESTDIR)$(LIBDIR)/cmake/winnow $(DESTDIR)$(PREFIX)/share/winnow

clean: ## remove $(BUILD)
	rm -rf $(BUILD)
