# make demo    sets up, runs the quickstart notebook, names the page it wrote
# make paper   sets up, then runs the paper's experiments; PRESET=smoke (seconds), small (hours) or paper (a GPU)
# make test    sets up, then all checks and tests
# make fuzz    fuzzes what reads files and texts, FUZZ=50000x inputs each; a part of make test
# make bench   sets up, then measures beside PyTorch and small-text; BENCHFLAGS=-quick does little of everything
# make lab     opens JupyterLab with the kernel "Go (alnb)"
# make setup   only sets up; under a second when nothing is to do
#
# What setup makes lies in $ALNB_HOME, ~/.cache/alnb by default. `make uninstall` removes it.

ifndef ALNB_HOME
ALNB_HOME := $(HOME)/.cache/alnb
endif
export ALNB_HOME

.PHONY: setup demo paper test fuzz bench lab uninstall clean

setup:
	@go run -buildvcs=false ./helpers/setup/bootstrap

demo: setup
	@rm -rf out/runs/quickstart
	@"$(ALNB_HOME)/bin/alnb" notebook run notebooks/quickstart.ipynb --out out/
	@echo "The page: $(CURDIR)/out/quickstart.html"

# The small preset's acquisition model: MiniLM's student, distilled on the pool's texts without labels; four minutes.
STUDENT := $(ALNB_HOME)/models/minilm-3-agnews
$(STUDENT)/config.json: | setup
	@mkdir -p out
	go run ./tests/distilled -texts > out/pool.jsonl
	"$(ALNB_HOME)/bin/alnb" distill --teacher sentence-transformers/all-MiniLM-L6-v2 --in out/pool.jsonl --layers 3 --steps 1500 \
	  --learning-rate 1e-4 --batch-size 16 --max-tokens 128 --seed 1 --out $(STUDENT)

# The paper's notebooks keep their runs in one folder, whether make runs them or a person.
ALNB_RUNS ?= $(CURDIR)/runs
export ALNB_RUNS

PRESET ?= smoke
paper: setup $(if $(filter small,$(PRESET)),$(STUDENT)/config.json)
	@for n in data mismatch plasm filters ups timings containment; do \
	  ALNB_PRESET=$(PRESET) "$(ALNB_HOME)/bin/alnb" notebook run notebooks/paper/$$n.ipynb --out out/paper-$(PRESET) || exit 1; done
	@echo "The pages: $(CURDIR)/out/paper-$(PRESET)"

test: setup
	@wrong=$$(gofmt -l .) && test -z "$$wrong" || { echo "gofmt would change these files; run gofmt -w on them:"; echo "$$wrong"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test -count=1 -run 'TestWhoImportsWhat|TestDirectionOfImports|TestTheLoopDoesNotNeedXLA' ./tests
	go test -timeout 40m -count=1 ./... # -count=1: notebooks and the table of imports depend on what Go's cache doesn't see
	@$(MAKE) --no-print-directory fuzz

# A number of inputs, not a time: when its time is over, Go before 1.27 may report the end itself as a failure
# (go.dev/issue/75804). An input that hangs fails after 10 s.
FUZZ ?= 50000x
fuzz: setup
	@for t in datasets/FuzzCSV datasets/FuzzJSONL datasets/FuzzCoNLL datasets/FuzzCoNLL2012 datasets/FuzzParseAGNews datasets/FuzzTexts \
	    datasets/FuzzReadJSONL datasets/FuzzReadLabelStudio alnb/pretrained/FuzzReadSafetensors alnb/embeddings/FuzzRead \
	    alnb/tokenize/FuzzPieces alnb/model/FuzzPacking; do \
	  go test "./$${t%/*}" -run xxx -fuzz "^$${t##*/}\$$" -fuzztime $(FUZZ) -fuzzminimizetime 1s || exit 1; done

ALNB_BENCH_PYTHON ?= $(ALNB_HOME)/bench/bin/python
export ALNB_BENCH_PYTHON
bench: setup
	@"$(ALNB_BENCH_PYTHON)" -c 'import torch, transformers' || { echo "no PyTorch at $(ALNB_BENCH_PYTHON) (ALNB_BENCH_PYTHON); to make it:"; sed -n 's/^#   *//p' tests/bench/requirements.txt; exit 1; }
	go run ./tests/bench $(BENCHFLAGS)
	@for d in light stream tokens pool; do \
	  if test -f tests/bench/$$d/main.go; then go run ./tests/bench/$$d -python "$(ALNB_BENCH_PYTHON)" || exit 1; \
	  else echo "tests/bench/$$d was not there to run" >&2; fi; done

lab: setup
	@cd notebooks && JUPYTER_PATH="$(ALNB_HOME)/share/jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH}" \
	  "$(ALNB_HOME)/venv/bin/jupyter" lab $(LABFLAGS)

uninstall:
	@go run -buildvcs=false ./helpers/setup/bootstrap -uninstall

clean:
	rm -rf out
