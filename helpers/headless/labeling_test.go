package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// The notebooks in which people label run without one, from the texts to the model's folder; their sessions' servers are real,
// and end by themselves.
func TestLabelingNotebooks(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: the notebooks of labeling take a minute; -short was given")
	}
	requireKernel(t)
	for name, want := range map[string][]string{
		"label_your_own_texts": {"an oracle has labeled 20 documents", "trained on 60 labeled documents", "runs/headlines-model, with its card", "When to stop"},
		"label_spans":          {"an oracle has labeled 20 documents", "trained on 40 labeled documents", "span F1", "runs/news-model, with its card"},
	} {
		out := t.TempDir()
		if err := Run(t.Context(), Config{Notebook: "../../notebooks/" + name + ".ipynb", OutDir: out, Log: t.Output()}); err != nil {
			t.Fatal(err)
		}
		page := browsertest.DOM(t, filepath.Join(out, name+".html"), os.Getenv("ALNB_SCREENSHOT"))
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page lacks %q", name, text)
			}
		}
		if n := strings.Count(page, "<iframe "); n != 1 {
			t.Errorf("%s: %d labeling pages are shown, want 1", name, n)
		}
	}
}
