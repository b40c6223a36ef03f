// Package tests holds what concerns the whole tree: its structure, and end-to-end runs.
package tests

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/alnb/alnb/"

// listed returns, for each package of the module, what `go list` prints for the template's list.
func listed(t *testing.T, template string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range "+template+"}} {{.}}{{end}}", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		packages[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	return packages
}

// Each of these may be imported by few packages, so that it can be replaced, and so that the rest builds without it.
func TestWhoImportsWhat(t *testing.T) {
	only := map[string][]string{
		"github.com/gomlx/gomlx":           {"alnb/model", "alnb/internal/", "alnb/pretrained"},
		"github.com/gomlx/compute":         {"alnb/model", "alnb/internal/", "alnb/pretrained"},
		"github.com/gomlx/go-xla":          {"alnb/model", "alnb/internal/", "alnb/pretrained"},
		"github.com/daulet/tokenizers":     {"alnb/tokenize"},
		"github.com/go-echarts/go-echarts": {"helpers/chart"},
		"gonum.org/v1/plot":                {"helpers/chart"},
		"github.com/janpfeifer/gonb":       {"helpers/nb"},
		"github.com/mattn/go-sqlite3":      {"alnb/store", "fleet/queue"},
		"github.com/riverqueue/river":      {"fleet/queue"},
		"github.com/jackc/pgx/v5":          {"fleet/queue", "fleet/queue/queuetest"},
		"gocloud.dev":                      {"fleet/bucket"},
	}
	for pkg, imports := range listed(t, ".Imports") {
		for _, imported := range imports {
			for library, allowed := range only {
				if imported != library && !strings.HasPrefix(imported, library+"/") {
					continue
				}
				if !slices.ContainsFunc(allowed, func(a string) bool {
					return pkg == a || strings.HasSuffix(a, "/") && strings.HasPrefix(pkg, a)
				}) {
					t.Errorf("%s imports %s; only %v may import %s", pkg, imported, allowed, library)
				}
			}
		}
	}
}

// Nothing points up: a package imports only packages of lower layers.
func TestDirectionOfImports(t *testing.T) {
	// The layer of each package; one that is not listed is a mistake in this table.
	layers := []struct {
		packages []string
		above    int
	}{
		{[]string{"alnb/corpus", "alnb/keyed", "alnb/embeddings", "alnb/home", "alnb/internal/compiled", "alnb/download", "alnb/store/disktest", "alnb/store/storetest", "helpers/chart", "fleet/bucket/buckettest", "fleet/internal/redact", "fleet/queue/queuetest"}, 0},
		{[]string{"alnb/store", "alnb/stop", "alnb/doubt", "alnb/twins", "alnb/eval", "alnb/subsample", "alnb/learner", "alnb/tokencache", "datasets/rows", "helpers/annotate", "helpers/internal/browsertest", "fleet/queue"}, 1},
		{[]string{"alnb/internal/nn", "alnb/tokenize", "alnb/pretrained", "alnb/pretrained/hubtest", "alnb/pseudolabel", "alnb/pseudolabel/pseudolabeltest", "helpers/setup", "fleet/bucket"}, 2},
		{[]string{"alnb/query", "alnb/internal/influence", "datasets", "helpers/setup/bootstrap", "helpers/headless", "helpers/naivebayes"}, 3},
		{[]string{"alnb/query/querytest", "alnb/spec", "alnb/model", "helpers/plane"}, 4},
		{[]string{"alnb"}, 5},
		{[]string{"helpers/report", "helpers/serve", "helpers/export", "fleet"}, 6},
		{[]string{"helpers/nb"}, 7},
		{[]string{"cmd/alnb", "helpers/paper", "tests", "tests/bench", "tests/bench/stream", "tests/bench/tokens", "tests/bench/pool", "tests/bench/light", "tests/wikigold", "tests/distilled", "tests/labelnoise", "tests/keepoutputs"}, 8},
	}
	layer := make(map[string]int)
	for _, l := range layers {
		for _, p := range l.packages {
			layer[p] = l.above
		}
	}
	for pkg, imports := range listed(t, ".Imports") {
		mine, ok := layer[pkg]
		if !ok {
			t.Errorf("%s is in no layer; give it one in this test", pkg)
			continue
		}
		for _, imported := range imports {
			name, ours := strings.CutPrefix(imported, module)
			if ours && layer[name] >= mine {
				t.Errorf("%s (layer %d) imports %s (layer %d)", pkg, mine, name, layer[name])
			}
		}
	}
}

// The loop, the strategies, the store and the evaluation build and test without XLA.
func TestTheLoopDoesNotNeedXLA(t *testing.T) {
	for pkg, deps := range listed(t, ".Deps") {
		switch pkg {
		case "alnb", "alnb/spec", "alnb/corpus", "alnb/query", "alnb/subsample", "alnb/eval", "alnb/store", "alnb/stop", "alnb/doubt", "alnb/keyed", "alnb/learner", "alnb/pseudolabel":
			for _, dep := range deps {
				if strings.HasPrefix(dep, "github.com/gomlx/") {
					t.Errorf("%s depends on %s", pkg, dep)
				}
			}
		}
	}
}

// What a cell links has nothing of the engine that runs experiments on many machines: only the program alnb does.
func TestCellsDoNotLinkTheEngine(t *testing.T) {
	for pkg, deps := range listed(t, ".Deps") {
		if pkg == "cmd/alnb" || strings.HasPrefix(pkg, "fleet/") || pkg == "fleet" || pkg == "tests" {
			continue
		}
		for _, dep := range deps {
			for _, engine := range []string{"github.com/riverqueue/", "github.com/jackc/", "gocloud.dev", "github.com/aws/", "cloud.google.com/", "github.com/Azure/"} {
				if strings.HasPrefix(dep, engine) {
					t.Errorf("%s depends on %s", pkg, dep)
				}
			}
		}
	}
}
