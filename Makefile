# wasitdns. `make help` lists the targets.
#
# Everything is built below build/VARIANT/, never beside the sources.

VARIANT ?= release
CC      ?= cc
ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   := build/$(VARIANT)
GEN     := build/gen
FUZZ_SECONDS ?= 60
# Where lines are counted; empty saves that build.
FUZZ_COVERAGE ?= build/cov

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := release-binary

VERSION := 0.1.0

# V=1 shows the commands as they are.
ifndef V
QUIET = @printf '%-5s %s\n' $(1) $@;
endif

# --- flags -----------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
            -Wmissing-prototypes -Wstrict-prototypes -Wvla
ifdef WERROR
WARNINGS += -Werror
endif

HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE \
             -fcf-protection -fno-plt
HARDENING_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

CFLAGS_release := -O2 -g $(HARDENING)
LDFLAGS_release := $(HARDENING_LD)
CFLAGS_debug := -O0 -g3
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
               -fno-sanitize-recover=all
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_tsan := -O1 -g -fsanitize=thread
LDFLAGS_tsan := -fsanitize=thread
CFLAGS_cov := -O0 -g --coverage
LDFLAGS_cov := --coverage
# The clang build exists so that both compilers' warnings are heard.
CFLAGS_clang := $(CFLAGS_release)
LDFLAGS_clang := $(LDFLAGS_release)
# For libFuzzer, which brings a main of its own: only the fuzzers link.
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
               -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined
ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
endif

PACKAGES := libpcap ldns sqlite3 libxxhash zlib libzstd liblz4
# Looked up when a recipe needs them, so that `make help` and `make deps` work
# on a machine that has nothing yet.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) check 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lcsv -lm -pthread
CHECK_LIBS = $(shell pkg-config --libs check)

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iinclude $(WARNINGS) $(CFLAGS_$(VARIANT)) \
             -DWASITDNS_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# --- sources ---------------------------------------------------------------

LIB_SRCS := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
LIB_OBJS := $(LIB_SRCS:src/%.c=$(BUILD)/%.o) \
            $(BUILD)/gen/store_schema.o $(BUILD)/gen/report_embedded.o
BIN      := $(BUILD)/wasitdns
LIB      := $(BUILD)/libwasitdns.a
TEST_SRCS := $(wildcard tests/test_*.c)
# Each harness becomes a fuzzer, and a test that replays known inputs.
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS  := $(FUZZ_SRCS:tests/fuzz/%.c=$(BUILD)/%)
REPLAYS  := $(FUZZ_SRCS:tests/fuzz/%.c=$(BUILD)/tests/test_%)
FUZZ_LIB := $(BUILD)/tests/libfuzz.a
FUZZ_OBJS := $(patsubst %,$(BUILD)/tests/%.o,bench/frame bench/wire fuzz/file \
               fuzz/ledger fuzz/script fuzz/seeds fuzz/whole)
TESTS    := $(TEST_SRCS:tests/%.c=$(BUILD)/tests/%) $(REPLAYS)
REPORTS  := $(sort $(wildcard reports/*.sql reports/tables/*.sql \
              reports/findings/*.sql))
HEADERS  := $(wildcard include/*/*.h)

release-binary: $(BIN)

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(GEN)/%.c Makefile
	@mkdir -p $(@D)
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -Wno-overlength-strings -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJS)
	@rm -f $@
	$(call QUIET,AR)ar rcs $@ $^

$(BIN): $(BUILD)/cli/main.o $(LIB)
	$(call QUIET,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/tests/%: tests/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(call QUIET,TEST)$(CC) $(ALL_CFLAGS) -Wno-missing-field-initializers -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(LIB) \
	    $(CHECK_LIBS) $(PKG_LIBS)

$(BUILD)/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -Wno-missing-field-initializers -MMD -MP -c -o $@ $<

$(FUZZ_LIB): $(FUZZ_OBJS)
	@rm -f $@
	$(call QUIET,AR)ar rcs $@ $^

$(BUILD)/tests/test_fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o \
                           $(BUILD)/tests/fuzz/replay.o $(FUZZ_LIB) $(LIB)
	$(call QUIET,TEST)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(CHECK_LIBS) $(PKG_LIBS)

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_LIB) $(LIB)
	$(call QUIET,FUZZ)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# --- text files that become part of the program ----------------------------

# A file as a C string literal: quotes and backslashes escaped, a line a line.
AS_LITERAL = sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$$/\\n"/'

$(GEN)/store_schema.c: src/store/schema.sql Makefile
	@mkdir -p $(@D)
	@{ echo '#include "store/schema.h"'; \
	   echo 'const char store_schema_sql[] ='; \
	   $(AS_LITERAL) $<; echo '    ;'; } >$@

$(GEN)/report_embedded.c: $(REPORTS) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "report/embedded.h"'; \
	   echo 'const struct report_embedded report_embedded[] = {'; \
	   for f in $(REPORTS); do \
	     echo "{\"$${f#reports/}\","; $(AS_LITERAL) $$f; echo '},'; \
	   done; \
	   echo '{0, 0}};'; } >$@

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/tests/*/*.d)

# --- targets for people ----------------------------------------------------

.PHONY: release-binary all tests debug release asan tsan cov clang deps demo \
        check test races install uninstall bench fuzz fuzzers replays lab fmt lint \
        headers golden help clean

all: release-binary tests ## build the program and every test
tests: $(TESTS)

debug release asan tsan cov clang: ## build the program in one variant
	$(MAKE) VARIANT=$@ release-binary tests

deps: ## install the Debian packages that are missing
	@.ci/dependencies build

demo: deps ## install what is missing, build, analyse a shipped capture
	@$(MAKE) --no-print-directory release-binary
	@echo; echo "\$$ wasitdns $(DEMO)"; echo
	@$(BUILD)/wasitdns $(DEMO)

DEMO := fixtures/ndots5-mixed.pcap

check: ## install what is missing, build, run every test
	@.ci/dependencies test
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory test

test: all lint ## run every test of this VARIANT
	@tests/run $(BUILD)

races: ## run what uses threads under the thread sanitizer
	@$(MAKE) --no-print-directory VARIANT=tsan build/tsan/wasitdns \
	    build/tsan/tests/test_pipeline_reader
	@CK_FORK=no build/tsan/tests/test_pipeline_reader
	@build/tsan/wasitdns check -j 2 -q fixtures/ndots5-mixed.pcap \
	    fixtures/half-lost.pcap
	@build/tsan/wasitdns check -j 2 -q - <fixtures/both-legs.pcap

install: $(BIN) ## install to DESTDIR and PREFIX
	install -Dm755 $(BIN) $(DESTDIR)$(PREFIX)/bin/wasitdns

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/wasitdns

bench: release-binary ## measure beside the installed peers, BENCH="--packets N ..."
	@tests/bench/run $(BENCH) $(BIN)

fuzz: ## feed every harness, FUZZ_SECONDS=60 each, and say what was reached
	@.ci/dependencies fuzz
	@$(MAKE) --no-print-directory replays
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzzers
ifneq ($(FUZZ_COVERAGE),)
	@$(MAKE) --no-print-directory VARIANT=cov BUILD=$(FUZZ_COVERAGE) replays
endif
	@tests/fuzz/run build/fuzz $(BUILD) $(FUZZ_SECONDS) $(FUZZ_COVERAGE)

fuzzers: $(FUZZERS)
replays: $(REPLAYS)

lab: release-binary ## record the fixtures again with real servers and clients
	@tests/lab/run

golden: all ## rewrite tests/golden from what the program prints now
	@tests/golden/run --rewrite $(BIN)

fmt: ## format the sources
	clang-format -i $(wildcard src/*/*.c include/*/*.h tests/*.c tests/*/*.c)

lint: ## room order, names, self-contained headers
	@tests/lint/selftest
	@tests/lint/rooms
	@$(MAKE) --no-print-directory headers

headers: $(HEADERS:include/%.h=$(BUILD)/headers/%.ok) ## compile each header alone

$(BUILD)/headers/%.ok: include/%.h Makefile
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -Wno-unused-function -fsyntax-only -x c $<
	@touch $@

help: ## this list
	@sed -nE 's/^([a-z][a-z ]*):.*## (.*)/\1|\2/p' Makefile | \
	    awk -F'|' '{printf "  %-34s %s\n", $$1, $$2}'

clean: ## remove everything built
	rm -rf build
