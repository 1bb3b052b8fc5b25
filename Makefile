# Everything a contributor runs. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export CGO_ENABLED := 0

LINT_VERSION := v2.15.0
LINT := $(shell go env GOPATH)/bin/golangci-lint
# Most of a test of the real binary is waiting for one that starts.
E2E_AT_ONCE := 4
EVERYTHING_BUT_E2E = $$(go list ./... | grep -v -e '^quartet/e2e$$')

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## serve on loopback with invented people and a buyer who has units
	go run ./cmd/quartet demo

.PHONY: deps
deps: ## install what the tests need, PostgreSQL and real clients among it (root on Debian; otherwise it says what is missing)
	@bash .ci/install

.PHONY: test
test: deps ## run every test: units, both databases, then the real binary end to end
	go vet ./...
	go test -timeout 30m $(EVERYTHING_BUT_E2E)
	go test -timeout 60m -count=1 -parallel $(E2E_AT_ONCE) -v ./e2e

.PHONY: unit
unit: deps ## run every test but those of the real binary
	go test -timeout 30m $(EVERYTHING_BUT_E2E)

.PHONY: e2e
e2e: deps ## run the real binary: kill -9, strace, PostgreSQL, privacy, the clients that buyers use
	go test -timeout 60m -count=1 -parallel $(E2E_AT_ONCE) -v ./e2e

.PHONY: fuzz
fuzz: ## fuzz what strangers send (header, signature, body, query), FUZZTIME each (default 5m)
	@$(MAKE) --no-print-directory fuzz-all FUZZ='AppCode|Judge|Remote|Form|JSON|Message' FUZZTIME="$${FUZZTIME:-5m}"

.PHONY: fuzz-all
fuzz-all: ## fuzz every parser of outside bytes, FUZZTIME each (default 10s)
	@for pkg in $$(grep -rlE '^func Fuzz($(FUZZ))' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for fuzz in $$(go test -list '^Fuzz($(FUZZ))' "$$pkg" | grep '^Fuzz' || true); do \
	    echo "$$pkg $$fuzz"; go test -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime "$${FUZZTIME:-10s}" "$$pkg"; \
	  done; \
	done

.PHONY: lint
lint: $(LINT) ## run all linters of .golangci.yaml
	$(LINT) run ./...

$(LINT):
	go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: fmt
fmt: $(LINT) ## format the Go files
	$(LINT) fmt ./...

.PHONY: generate
generate: ## rewrite the golden files, the documents, the examples and the client made from code
	go test ./internal/api ./internal/cli ./internal/web ./internal/sandbox ./internal/sample ./docs -run TestDocs -update
	go test ./internal/clientgen -run TestDocs -update

.PHONY: bench
bench: deps ## measure against an empty HTTP server and write docs/benchmarks.md (about eleven minutes)
	go run ./internal/bench -out docs/benchmarks.md

.PHONY: bench-pages
bench-pages: ## measure every page of a buyer with a million calls, and write that part of docs/benchmarks.md (about four minutes)
	go run ./internal/bench -only pages -out docs/benchmarks.md

.PHONY: bench-batch
bench-batch: deps ## take a million people through the house as one batch and write the figures to docs/batch.md
	go run ./internal/bench -batch 1000000 -conns 256 -out docs/batch.md

.PHONY: bench-short
bench-short: deps ## the same of the road in two minutes, on the screen only
	go run ./internal/bench -rounds 2 -duration 1s -asks 0
