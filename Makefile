# Every task of the project; `make` alone lists them.

PREFIX ?= /usr/local
# How long each fuzz target runs.
FUZZ_SECONDS ?= 60

CARGO ?= cargo
PEERS := $(CURDIR)/target/peers
FEDHUB = target/release/fedhub

.PHONY: help run test chaos lint bench fuzz build install generate deps peers

help: ## List the tasks
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

run: deps ## Start the whole bus with a stream of sample messages
	$(CARGO) run --release -- up --demo

test: deps peers ## Run all tests, also those with the Python fedmsg
	FEDHUB_TEST_PYTHON=$(PEERS)/venv/bin/python FEDHUB_TEST_SDISTS=$(PEERS)/sdists \
		$(CARGO) test --workspace

chaos: deps peers ## Run the long fault tests, and show that each seeded bug is seen
	FEDHUB_CHAOS=1 FEDHUB_TEST_PYTHON=$(PEERS)/venv/bin/python \
		$(CARGO) test --release --package fedhub-cmd --test e2e -- --nocapture --test-threads 1 \
		archive:: chaos:: gaps:: hub:: journal::
	tests/faults/run

lint: deps ## Check format and style
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

bench: build peers ## Measure fedhub beside bare libzmq, OpenSSL and the Python fedmsg
	$(FEDHUB) bench all --python $(PEERS)/venv/bin/python

fuzz: deps ## Fuzz each target for FUZZ_SECONDS (60)
	@command -v cargo-fuzz >/dev/null || { echo "fuzzing needs: cargo install cargo-fuzz" >&2; exit 69; }
	@# cargo-fuzz wants a nightly compiler; this variable lets a stable one do.
	for target in $$(cargo fuzz list --fuzz-dir tests/fuzz); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz $$target -- \
			-max_total_time=$(FUZZ_SECONDS) || exit; \
	done

build: deps ## Build the release binary
	$(CARGO) build --release

install: build ## Install under DESTDIR and PREFIX (/usr/local)
	install -D $(FEDHUB) $(DESTDIR)$(PREFIX)/bin/fedhub
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 completions/fedhub.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fedhub
	install -D -m 644 completions/_fedhub $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fedhub
	install -D -m 644 completions/fedhub.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fedhub.fish
	install -D -m 644 packaging/fedhub.toml $(DESTDIR)$(PREFIX)/share/doc/fedhub/fedhub.toml

generate: deps ## Write man/, completions/ and packaging/fedhub.toml anew
	$(CARGO) run -- generate .

# What the build needs: installed when root, else named. zmq-sys compiles libzmq, hence C++.
deps:
	@complete() { \
		command -v cc >/dev/null && command -v c++ >/dev/null && \
			command -v pkg-config >/dev/null && pkg-config --exists openssl; \
	}; \
	complete || { \
		if [ "$$(id -u)" != 0 ]; then :; \
		elif command -v apt-get >/dev/null; then \
			apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes \
				--no-install-recommends gcc g++ libc6-dev pkg-config libssl-dev; \
		elif command -v dnf >/dev/null; then \
			dnf install --assumeyes gcc gcc-c++ pkgconf-pkg-config openssl-devel; \
		fi; \
		complete || { \
			echo "Missing: a C and C++ compiler, pkg-config or the OpenSSL headers. Install them with" >&2; \
			echo "    apt-get install gcc g++ libc6-dev pkg-config libssl-dev" >&2; \
			echo "or  dnf install gcc gcc-c++ pkgconf-pkg-config openssl-devel" >&2; \
			exit 69; \
		}; \
	}
	@command -v $(CARGO) >/dev/null || { echo "Missing: Rust, see https://rustup.rs" >&2; exit 69; }

# What only tests need; tests without it say `skipped:`.
peers:
	@tests/peers/install
