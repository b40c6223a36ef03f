package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// What the notebook says about its tables stands in them.
func TestUPSNotebook(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: notebooks/ups.ipynb takes half a minute; -short was given")
	}
	requireKernel(t)
	out := t.TempDir()
	if err := Run(t.Context(), Config{Notebook: "../../notebooks/ups.ipynb", OutDir: out, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	page := browsertest.DOM(t, filepath.Join(out, "ups.html"), os.Getenv("ALNB_SCREENSHOT"))
	if charts := strings.Count(page, "<svg "); charts != 5 {
		t.Errorf("the page has %d charts, want 5", charts)
	}
	for _, want := range []string{
		"<bdi>0.253 ± 0.102</bdi>", "<bdi>0.926 ± 0.020</bdi>", "<bdi>0.779</bdi>", // drift
		"<bdi>0.349 ± 0.000</bdi>", "<bdi>0.620 ± 0.164</bdi>", "<bdi>0.840 ± 0.167</bdi>", "<bdi>0.220 ± 0.164</bdi>", // kept
		"<bdi>0.8353 ± 0.0039</bdi>", "<bdi>0.8282 ± 0.0089</bdi>", "<bdi>0.7782 ± 0.0283</bdi>", // areas
		"Inference, s", "documents scored in",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}
