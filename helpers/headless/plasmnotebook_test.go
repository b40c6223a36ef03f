package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// The notebook shows pseudo-labels of each kind, and leaves a successor with its card. Its numbers depend on the machine.
func TestPLASMNotebook(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: notebooks/plasm.ipynb takes minutes; -short was given")
	}
	requireKernel(t)
	out := t.TempDir()
	if err := Run(t.Context(), Config{Notebook: "../../notebooks/plasm.ipynb", OutDir: out, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	page := browsertest.DOM(t, filepath.Join(out, "plasm.html"), os.Getenv("ALNB_SCREENSHOT"))
	if charts := strings.Count(page, "<svg "); charts != 2 {
		t.Errorf("the page has %d charts, want 2", charts)
	}
	for _, want := range []string{
		"<bdi>own acquisition</bdi>", "<bdi>no filter</bdi>", // differences
		"wrong, missed", "<bdi>dropped rightly</bdi>", "<bdi>dropped wrongly</bdi>", "<bdi>missed</bdi>", // errors
		"<bdi>tracin</bdi>", "<bdi>confidence</bdi>", "<bdi>random</bdi>", // filters
		"<bdi>first successor</bdi>", "<bdi>self-influence</bdi>", // times
		"<bdi>gold, of people</bdi>", "<bdi>the session's last</bdi>", "The successor is in runs/handed/handed/", // hand-over
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.ReplaceAll(want, "'", "&#39;")) {
			t.Errorf("the page has no %q", want)
		}
	}
	cards, err := filepath.Glob(filepath.Join(out, "runs", "handed", "handed", "*", "model", "README.md"))
	if err != nil || len(cards) != 1 {
		t.Fatalf("the model cards %v, %v; want 1", cards, err)
	}
	card, err := os.ReadFile(cards[0])
	if err != nil || !strings.Contains(string(card), "on 20 documents that people labeled") {
		t.Errorf("%v\n%s", err, card)
	}
}
