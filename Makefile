# The commands people type. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run symancy test web schema chaos drill engines fuzz fuzz-api n8n e2e k6 observe clients bench-image bench-timing bench-password docs lint fmt deny advisories stop clean-data

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: ## the whole product on this machine; Ctrl-C stops it, the data stays (PROFILE=release: optimised)
	@deploy/local/run.sh

symancy: ## the operator's command: ARGS="jobs stats" (more: ARGS=--help)
	@deploy/local/symancy.sh $(ARGS)

test: ## the whole suite; ARGS="..." goes to cargo nextest, or to cargo test without it
	@deploy/local/test.sh $(ARGS)

web: ## build the Mini App and the client of web/ (needs Node, which is installed into .data if it is missing)
	@deploy/local/web.sh

chaos: ## break everything while jobs run, and count what was lost; minutes (SEED=n repeats, SCENARIO=name)
	@if [ "$(SCENARIO)" != money ]; then deploy/local/chaos.sh; fi
	@if [ -z "$(SCENARIO)" ] || [ "$(SCENARIO)" = money ]; then DEATHS=1000 deploy/local/test.sh after_each_death; fi

observe: ## Prometheus and Alertmanager beside a running `make run`; alerts arrive in the sandbox's chat
	@deploy/local/observe.sh

drill: ## disasters and a rolling restart, brought back and measured; minutes (SCENARIO=name: deploy/drill/scenarios)
	@deploy/drill/drill.sh

engines: ## real programs on PgBouncer, a standby of Postgres, Redis Cluster, HAProxy, RabbitMQ; minutes (SCENARIO=name: deploy/engines/scenarios)
	@deploy/engines/engines.sh

clients: ## clients of Telegram and of payment vendors, unmodified, understand everything that the sandbox says
	@sandbox/clients/run.sh

lint: ## formatting, clippy, the house's arrows, licences and advisories
	@deploy/lint/lint.sh

fuzz: ## mutated inputs for every parser that strangers reach; 10 minutes each (FUZZ_SECONDS=n, TARGET=word)
	@deploy/fuzz/fuzz.sh

fuzz-api: ## call the whole API in every way its description allows, and others (EXAMPLES=n, SEED=n)
	@deploy/fuzz/fuzz-api.sh

n8n: ## a conversation through a real n8n with the workflows of workflows/n8n; minutes, 1.8 GB the first time
	@deploy/n8n/n8n.sh

e2e: ## the Mini App in a real Chromium, cut, killed, measured; minutes, 200 MB the first time (CHAPTER=name)
	@deploy/e2e/e2e.sh

k6: ## a load test with k6, then the ledger is asked (SCENARIO=smoke, load, stress, spike, soak, ai-workers, database; SCALE=0.05)
	@deploy/k6/k6.sh

bench-image: ## the image step beside npm sharp: CPU time, memory, likeness; minutes
	@bench/image/run.sh

bench-timing: ## whether the time of an answer tells that an address is known; minutes (ROUNDS=n)
	@bench/accounts.sh timing

bench-password: ## what a hash of a password costs, with the parameters of OWASP and others; a minute
	@bench/accounts.sh password

docs: ## write what is made from the code: .env.example, docs/openapi.json, ERRORS.md, ROLES.md, ANALYTICS.md, LEXICON.md
	@cargo run --quiet --package api --example docs
	@cargo run --quiet --package reader --example lexicon

schema: ## write shared/schema/src/lib.rs from a migrated database
	@WRITE_SCHEMA=1 deploy/local/test.sh the_schema_file

fmt: ## format the code
	@cargo fmt --all

deny: ## install cargo-deny if it is missing, and check licences, sources and advisories
	@deploy/lint/lint.sh deny

advisories: ## write the copy of the advisory database that `make lint` takes where there is no network
	@deploy/lint/advisories.sh refresh

stop: ## stop services that a killed run left behind
	@deploy/local/services.sh stop run
	@deploy/local/services.sh stop test
	@deploy/local/services.sh stop chaos
	@deploy/local/services.sh stop bench
	@deploy/local/services.sh stop fuzz
	@deploy/local/services.sh stop n8n
	@deploy/local/services.sh stop e2e
	@deploy/local/services.sh stop k6
	@deploy/local/services.sh stop drill
	@deploy/local/services.sh stop engines

clean-data: ## stop the services and delete .data, after asking (YES=1 answers)
	@deploy/local/clean-data.sh
