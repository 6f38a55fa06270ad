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
ifeq ($(VARIANT),clang)
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
TESTS    := $(TEST_SRCS:tests/%.c=$(BUILD)/tests/%)
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

-include $(wildcard $(BUILD)/*/*.d)

# --- targets for people ----------------------------------------------------

.PHONY: release-binary all debug release asan tsan cov clang deps demo check \
        test install uninstall bench fuzz lab fmt lint headers golden help clean

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

install: $(BIN) ## install to DESTDIR and PREFIX
	install -Dm755 $(BIN) $(DESTDIR)$(PREFIX)/bin/wasitdns

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/wasitdns

bench: release-binary ## measure speed and memory beside the installed peers
	@tests/bench/run $(BIN)

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
