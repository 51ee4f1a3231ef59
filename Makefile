# Every line is a command that can be typed as it stands.
.PHONY: demo demo-cluster test lint bench generate fuzz format clippy crates deny doc advisories cluster-up cluster-down
.PHONY: fuzz-documents fuzz-values fuzz-certificates fuzz-keys fuzz-templates

# Tools that are built once, outside of the clone.
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sealed-secrets-toolkit/tools

# Seals examples/kam with a throw-away key, opens it again, compares byte for byte.
demo:
	cargo run --quiet -p sealed-secrets-tests --bin demo

# Unit, integration, documentation and end-to-end tests, then the format with both crypto backends and the second alone, templates too.
test:
	cargo build -p seal -p controller
	cargo test --workspace --no-fail-fast
	cargo test -p sealed-secrets-manifest --test go_yaml -- --ignored
	cargo test -p sealed-secrets-sealing --all-features --no-fail-fast
	cargo test -p sealed-secrets-sealing --no-default-features --features rust-crypto --no-fail-fast
	cargo test -p sealed-secrets-template --no-default-features --features rust-crypto --no-fail-fast

# The same on a cluster of its own: installs deploy/, seals with the certificate from the API server, applies, shows the Secrets.
demo-cluster:
	cargo run --quiet -p sealed-secrets-tests --bin demo_cluster

# A Kubernetes cluster of one node on this machine, without containers; the last line tells kubectl where it is.
cluster-up:
	cargo run --quiet -p sealed-secrets-tests --bin cluster -- up

cluster-down:
	cargo run --quiet -p sealed-secrets-tests --bin cluster -- down

lint: format clippy crates doc deny

# Ours beside the real kubeseal, our templates beside Go's, then our controller beside upstream's on a real API server, in one run.
bench:
	cargo build --release -p seal -p controller
	cargo run --release -p sealed-secrets-tests --bin bench

# What is written from the types and the flags; a test says when it is stale.
generate:
	cargo run --quiet -p controller --bin crdgen -- deploy/crd/sealedsecrets.yaml
	cargo run --quiet -p controller --bin flagsgen -- deploy/FLAGS.md

# Each target for a minute; needs a nightly toolchain.
fuzz: fuzz-documents fuzz-values fuzz-certificates fuzz-keys fuzz-templates

format:
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings

# Each crate alone: together, one crate's features can hide what another forgot to ask for.
crates:
	cargo check -p sealed-secrets-sealing
	cargo check -p sealed-secrets-sealing --no-default-features --features rust-crypto
	cargo check -p sealed-secrets-manifest
	cargo check -p sealed-secrets-template
	cargo check -p sealed-secrets-template --no-default-features --features rust-crypto
	cargo check -p sealed-secrets
	cargo check -p sealed-secrets --no-default-features --features rust-crypto
	cargo check -p controller
	cargo check -p seal
	cargo check -p sealed-secrets-tests

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

deny: $(TOOLS)/bin/cargo-deny
	$(TOOLS)/bin/cargo-deny check licenses bans sources

# Asks the RustSec database, a Git repository that not every machine reaches; the workflow does it.
advisories: $(TOOLS)/bin/cargo-deny
	$(TOOLS)/bin/cargo-deny check advisories

fuzz-documents fuzz-values fuzz-certificates fuzz-keys fuzz-templates: fuzz-%: $(TOOLS)/bin/cargo-fuzz
	mkdir -p fuzz/corpus/$*
	PATH="$(TOOLS)/bin:$$PATH" cargo +nightly fuzz run $* fuzz/corpus/$* fuzz/seeds/$* -- -max_total_time=60 -max_len=65536

$(TOOLS)/bin/cargo-deny:
	cargo install cargo-deny --locked --version 0.20.2 --root $(TOOLS)

$(TOOLS)/bin/cargo-fuzz:
	cargo install cargo-fuzz --locked --version 0.13.2 --root $(TOOLS)
