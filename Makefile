# Every task of the project; `make` alone lists them.

PREFIX ?= /usr/local
# How long each fuzz target runs.
FUZZ_SECONDS ?= 60

CARGO ?= cargo
PEERS := $(CURDIR)/target/peers
FEDHUB = target/release/fedhub

SYSCONFDIR ?= /etc
BIN = $(DESTDIR)$(PREFIX)/bin
SHARE = $(DESTDIR)$(PREFIX)/share
LIB = $(DESTDIR)$(PREFIX)/lib
ETC = $(DESTDIR)$(SYSCONFDIR)
# Links to fedhub, which knows what is meant by them.
OTHER_NAMES = busmon $(addprefix fedmsg-,announce check config gateway hub logger relay signing-relay tail)

.PHONY: help run test chaos lint bench fuzz build install install-built rpm deb generate deps peers

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

install: build install-built ## Install under DESTDIR, PREFIX (/usr/local) and SYSCONFDIR (/etc)

# What is there already; packages say which program with FEDHUB.
install-built:
	install -d $(BIN) $(SHARE)/fedhub/hooks $(LIB)/systemd/system/fedhub-.service.d
	install $(FEDHUB) $(BIN)/fedhub
	for name in $(OTHER_NAMES); do ln -sf fedhub $(BIN)/$$name; done
	for page in man/*; do install -D -m 644 $$page $(SHARE)/man/man$${page##*.}/$${page##*/} || exit; done
	install -D -m 644 completions/fedhub.bash $(SHARE)/bash-completion/completions/fedhub
	install -D -m 644 completions/_fedhub $(SHARE)/zsh/site-functions/_fedhub
	install -D -m 644 completions/fedhub.fish $(SHARE)/fish/vendor_completions.d/fedhub.fish
	install -m 644 packaging/fedhub.toml $(SHARE)/fedhub/fedhub.toml
	for part in hooks examples; do \
		[ ! -d packaging/$$part ] || cp -R packaging/$$part $(SHARE)/fedhub; \
	done
	cd packaging/systemd && for unit in *.*; do \
		[ -d $$unit ] || sed 's,/usr/bin/fedhub,$(PREFIX)/bin/fedhub,' $$unit >$(LIB)/systemd/system/$$unit; \
	done
	sed 's,/usr/bin/fedhub,$(PREFIX)/bin/fedhub,' packaging/systemd/fedhub-.service.d/10-common.conf \
		>$(LIB)/systemd/system/fedhub-.service.d/10-common.conf
	install -D -m 644 packaging/sysusers.d/fedhub.conf $(LIB)/sysusers.d/fedhub.conf
	install -D -m 644 packaging/tmpfiles.d/fedhub.conf $(LIB)/tmpfiles.d/fedhub.conf
	install -d $(ETC)/fedhub/rules.d $(DESTDIR)/var/lib/fedhub $(DESTDIR)/var/cache/fedhub $(DESTDIR)/var/spool/fedhub
	install -d -m 700 $(ETC)/fedhub/keys
	[ -e $(ETC)/fedhub/fedhub.toml ] || install -m 644 packaging/services.toml $(ETC)/fedhub/fedhub.toml

rpm: deps ## Build RPM packages from vendored sources, into target/rpm/RPMS
	@command -v rpmbuild >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install --yes --no-install-recommends rpm; } || \
		{ echo "Missing: rpmbuild; apt-get install rpm, or dnf install rpm-build" >&2; exit 69; }
	packaging/rpm/build

deb: build ## Build Debian packages, into target/deb
	@complete() { command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null; }; \
	complete || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install --yes --no-install-recommends dpkg-dev; } || \
		{ echo "Missing: dpkg-shlibdeps; apt-get install dpkg-dev" >&2; exit 69; }
	packaging/deb/build

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
