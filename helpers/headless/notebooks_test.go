package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/internal/browsertest"
	"github.com/alnb/alnb/helpers/plane"
)

// The notebooks that come with alnb run as they are, and draw what they say.

func TestStrategies(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: the notebook of the strategies takes half a minute; -short was given")
	}
	requireKernel(t)
	out := t.TempDir()
	if err := Run(t.Context(), Config{Notebook: "../../notebooks/strategies.ipynb", OutDir: out, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	page := browsertest.DOM(t, filepath.Join(out, "strategies.html"), os.Getenv("ALNB_SCREENSHOT"))
	if n := strings.Count(page, "<svg "); n != 16 {
		t.Errorf("%d charts are drawn, want 16", n)
	}
	for _, strategy := range query.All() {
		if asks := strings.Contains(page, strategy.Name()+": the 8 documents it asks for"); asks != (query.Check(strategy, plane.Example().Model) == nil) {
			t.Errorf("%s is drawn: %v", strategy.Name(), asks)
		}
	}
}

func TestQuickstart(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: the quickstart takes minutes; -short was given")
	}
	requireKernel(t)
	out := t.TempDir()
	if err := Run(t.Context(), Config{Notebook: "../../notebooks/quickstart.ipynb", OutDir: out, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	page := browsertest.DOM(t, filepath.Join(out, "quickstart.html"), os.Getenv("ALNB_SCREENSHOT"))
	for _, want := range []string{"<svg ", "labeled documents", "Time for each round", "Random", "LC", "MiniLM"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// Both arms, four rounds and their sum.
	if n := strings.Count(page, "<bdi>Random</bdi></td>") + strings.Count(page, "<bdi>LC</bdi></td>"); n != 10 {
		t.Errorf("the timing table has %d rows, want 10", n)
	}
}
