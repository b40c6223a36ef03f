package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/naivebayes"
)

func TestHandedCard(t *testing.T) {
	s := labeled(t)
	tiny := model.Pretrained(filepath.Join("..", "..", "alnb", "model", "testdata", "tiny-bert"))
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 10, 1e-3
	to := alnb.Hand{Successor: tiny, Plan: pseudolabel.Plan{Labeler: naivebayes.Model{Smoothing: 0.1}}}
	handed, err := s.Hand(t.Context(), to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := HandedCard(s, to, handed); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(handed.Dir, "README.md")
	card, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"pipeline_tag: text-classification", "library_name: transformers", "on 12 documents that people labeled, and on ",
		"of the 400 documents of the pool", "dropped by `tracin`", "quality q, its accuracy on people's labels", "in 3 parts",
		"on a test split of 100 documents", `"labeler": {`, `"name": "naive-bayes"`, `"strategy"`,
	} {
		if !strings.Contains(string(card), want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	if t.Failed() {
		return
	}
	// The folder is still one that a model comes from, and the card is written once.
	copied, err := model.Load(t.Context(), handed.Dir, 32)
	if err != nil {
		t.Fatal(err)
	}
	copied.Close()
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := HandedCard(s, to, handed); err != nil {
		t.Error(err)
	}
	if card, _ = os.ReadFile(path); string(card) != "mine" {
		t.Errorf("it wrote\n%s", card)
	}
}

// Without pseudo-labels and test split the card says so; names in the settings don't get out of their block.
func TestHandedCardSaysWhatIsMissing(t *testing.T) {
	s := labeled(t)
	dir := t.TempDir()
	to := alnb.Hand{Successor: model.Pretrained("a\n```\n# b\u202e")}
	report := store.PseudoLabeling{Gold: 12, Filter: "a`|b", Note: "nothing is left to label"}
	card, err := handedCard(s, to, alnb.Handed{Dir: dir, Report: report})
	if err != nil {
		t.Fatal(err)
	}
	text := string(card)
	for _, want := range []string{"There were no pseudo-labels: nothing is left to label.", "measured on nothing", "`` a`∣b ``", `a\n` + "```" + `\n# b\u202e`} {
		if !strings.Contains(text, want) {
			t.Errorf("the card lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "library_name") || strings.Contains(text, "another model labeled") || strings.Contains(text, "\u202e") {
		t.Errorf("the card says too much:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "# b") {
			t.Errorf("a name is a line of its own:\n%s", text)
		}
	}
}
