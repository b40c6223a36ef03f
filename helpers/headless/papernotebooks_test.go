package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// The notebooks of the paper's figures and tables run in the smallest size, in seconds, and show each by its number.
func TestPaperNotebooks(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: the paper's notebooks take two minutes; -short was given")
	}
	requireKernel(t)
	t.Setenv("ALNB_PRESET", "smoke")
	t.Setenv("ALNB_RUNS", "")
	out := t.TempDir() // one: a study that several notebooks are of is run once
	for _, test := range []struct {
		notebook string
		charts   int
		want     []string
	}{
		{"data", 0, []string{"Table 3", "synthetic_names"}},
		{"mismatch", 9, []string{"Figure 1<", "Figure 4<", "Figure 5<", "Figure 6<", "Figure 7<", "D → E", "E, MD", "D (tiny D) chooses for B (tiny B)"}},
		{"plasm", 7, []string{"Figure 2<", "Figure 8<", "Figure 9<", "Figure 10<", "Figure 11<", "PLASM D, B → X"}},
		{"filters", 2, []string{"Figure 12<", "no filter", "ROC AUC"}},
		{"ups", 6, []string{"Figure 3<", "Figure 13<", "Figure 14<", "Figure 15<", "Figure 16<", "UPS, 5 %", "random 11 %"}},
		{"timings", 0, []string{"Table 1<", "Table 7<", "Inference, s"}},
		{"containment", 0, []string{"Table 2<", "30 %"}},
	} {
		began := time.Now()
		if err := Run(t.Context(), Config{Notebook: "../../notebooks/paper/" + test.notebook + ".ipynb", OutDir: out, Log: t.Output()}); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		t.Logf("%s: %.1f s", test.notebook, took.Seconds())
		if took > time.Minute { // 20 s on a quiet machine
			t.Errorf("%s took %v", test.notebook, took)
		}
		screenshot := os.Getenv("ALNB_SCREENSHOT")
		if screenshot != "" {
			screenshot = strings.TrimSuffix(screenshot, ".png") + "-" + test.notebook + ".png"
		}
		page := browsertest.DOM(t, filepath.Join(out, test.notebook+".html"), screenshot)
		if n := strings.Count(page, "<svg "); n != test.charts {
			t.Errorf("%s: %d charts are drawn, want %d", test.notebook, n, test.charts)
		}
		for _, want := range test.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page has no %q", test.notebook, want)
			}
		}
	}
}
