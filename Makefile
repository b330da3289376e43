.DEFAULT_GOAL := help
.PHONY: help fmt lint test bench fuzz controlplane demo crds docs verify

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

fmt: ## Format the code
	cargo fmt --all

lint: ## Check format and lints; a warning is an error
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

test: controlplane ## Run every test, from pure functions to a real Kubernetes control plane
	cargo test --workspace --locked --no-fail-fast -- --show-output

bench: ## Measure the planner beside its peer; writes docs/benchmarks.md
	cargo bench --locked --bench planning

fuzz: ## Look for inputs of sellers and users that break a reader (SECONDS=60 for each)
	SECONDS_EACH=$(or $(SECONDS),60) tests/fuzz/run

controlplane: ## Build the local Kubernetes control plane with Go; the first time this takes minutes
	cargo run --locked --package naas-dev -- controlplane build

demo: ## Show it on this machine, without a cluster (ONCE=1: end when it was shown)
	cargo run --locked --package naas-dev -- demo $(if $(ONCE),--once)

crds: ## Generate crds/ and docs/reference/ from src/api
	cargo run --locked --bin crdgen

docs: ## Build the documentation of the code, private items included; a warning is an error
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --document-private-items --locked

verify: lint docs ## Check all that can be checked without running it: lints, docs, generated files, layers, dependencies
	cargo test --locked --test crds --test layering --test dependencies
