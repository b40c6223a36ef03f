package nb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/naivebayes"
)

// tables is a screen that remembers tables, too.
type tables struct {
	recorder
	shown []chart.Table
}

func (t *tables) table(table chart.Table) error {
	t.shown = append(t.shown, table)
	return nil
}

// labeledSession is one in which 40 documents are labeled.
func labeledSession(t *testing.T, dir string) *alnb.Session {
	t.Helper()
	s, err := alnb.CreateSession(t.Context(), dir, alnb.SessionConfig{
		Pool: headlines(datasets.NoLabel), Model: naivebayes.Model{Smoothing: 0.1}, Batch: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	oracle, err := alnb.GoldOracle(t.Context(), headlines("topic"))
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, err := s.Answer(t.Context(), oracle); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Train(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

var regression = pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 4, Rate: 0.3}}

func TestHand(t *testing.T) {
	s := labeledSession(t, filepath.Join(t.TempDir(), "session"))
	to := alnb.Hand{Successor: regression}
	// Interrupted in the first successor's training, …
	ctx, cancel := context.WithCancel(t.Context())
	var first tables
	interrupted := func(ctx context.Context, to alnb.Hand, report func(alnb.Progress)) (alnb.Handed, error) {
		return s.Hand(ctx, to, func(p alnb.Progress) {
			report(p)
			if p.Phase == alnb.PhaseFirstSuccessor {
				cancel()
			}
		})
	}
	if code := hand(ctx, &first, s, to, interrupted); code != InterruptedCode || !strings.Contains(first.fails[0], "goes on after them") {
		t.Fatalf("code %d, %q", code, first.fails)
	}
	if last := first.bars[len(first.bars)-1]; !last.ended || last.share < 0.6 || last.share > 0.8 {
		t.Errorf("%+v", last)
	}
	// … it goes on.
	var r tables
	if code := hand(t.Context(), &r, s, to, s.Hand); code != 0 {
		t.Fatalf("code %d, %q", code, r.fails)
	}
	if last := r.bars[len(r.bars)-1]; last.share != 1 || last.activity != "Finished." {
		t.Errorf("%+v", last)
	}
	if len(r.shown) != 3 || r.shown[0].Rows[0][1] != "40" || r.shown[0].Rows[1][1] != "360" || !strings.Contains(r.shown[0].Note, "in 3 folds") {
		t.Fatalf("%+v", r.shown)
	}
	if scores := r.shown[1].Rows; len(scores) != 2 || scores[0][1] != "40" || !(scores[1][2] > "0.6") {
		t.Errorf("%v", scores)
	}
	if stages := r.shown[2].Rows; len(stages) != 6 || stages[4][0] != "successor" || stages[5][0] != "all" {
		t.Errorf("%v", stages)
	}
	said := strings.Join(r.lines, "\n")
	_, dir, _ := strings.Cut(said, "The successor is in ")
	dir, _, _ = strings.Cut(dir, ", with its card")
	card, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || !strings.Contains(string(card), "on 40 documents that people labeled, and on") {
		t.Errorf("%v\n%s", err, card)
	}
	// A second time it shows the same, and leaves the card as it is.
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	var again tables
	if code := hand(t.Context(), &again, s, to, s.Hand); code != 0 || len(again.shown) != 3 {
		t.Errorf("code %d, %+v", code, again)
	}
	if card, err = os.ReadFile(filepath.Join(dir, "README.md")); string(card) != "mine" {
		t.Errorf("%v %s", err, card)
	}
}

func TestHandEnds(t *testing.T) {
	s := labeledSession(t, filepath.Join(t.TempDir(), "session"))
	failing := func(err error) handFunc {
		return func(context.Context, alnb.Hand, func(alnb.Progress)) (alnb.Handed, error) { return alnb.Handed{}, err }
	}
	unable := pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 1, Rate: 1e-9}} // learns nothing
	for name, test := range map[string]struct {
		to   alnb.Hand
		over handFunc
		code int
		said string
	}{
		"refused":      {alnb.Hand{Successor: regression, Plan: pseudolabel.Plan{Labeler: unable}}, s.Hand, 1, "No labels were handed over: the pseudo-labeler's quality"},
		"no successor": {alnb.Hand{}, s.Hand, 1, "there is no Successor"},
		"broken":       {alnb.Hand{}, failing(errors.New("the reason")), 1, "the reason"},
		"interrupted while it doesn't listen": {alnb.Hand{}, func(context.Context, alnb.Hand, func(alnb.Progress)) (alnb.Handed, error) {
			time.Sleep(time.Minute)
			return alnb.Handed{}, nil
		}, InterruptedCode, "Run the cell again"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if test.code == InterruptedCode {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
		var r tables
		began := time.Now()
		if code := hand(ctx, &r, s, test.to, test.over); code != test.code || len(r.fails) != 1 || !strings.Contains(r.fails[0], test.said) {
			t.Errorf("%s: code %d, %q", name, code, r.fails)
		}
		if took := time.Since(began); test.code == InterruptedCode && took > 1500*time.Millisecond {
			t.Errorf("%s: it took %v", name, took)
		}
		if last := r.bars[len(r.bars)-1]; !last.ended || last.activity == "Finished." {
			t.Errorf("%s: %+v", name, last)
		}
		cancel()
	}
}
