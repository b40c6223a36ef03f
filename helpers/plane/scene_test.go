package plane

import (
	"bytes"
	"image/png"
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
)

// What the notebook says of the pool.
func TestExample(t *testing.T) {
	s := Example()
	if s.err != nil {
		t.Fatal(s.err)
	}
	if len(s.Pool) != 288 || len(s.Labeled) != 12 || !reflect.DeepEqual(s, Example()) {
		t.Errorf("%d and %d documents, or not always the same", len(s.Pool), len(s.Labeled))
	}
	counts := make([]int, len(s.Classes))
	for _, l := range s.Labeled {
		counts[l.Class]++
	}
	if want := []int{9, 1, 2, 0}; !reflect.DeepEqual(counts, want) {
		t.Errorf("labels of the classes: %v, the notebook says %v", counts, want)
	}
	pool, err := points(s.Pool)
	if err != nil {
		t.Fatal(err)
	}
	far := 0
	for i := range pool {
		if lonely(pool, i) {
			far++
		}
	}
	if far < 8 || far > 12 {
		t.Errorf("%d documents are far away", far)
	}
	right := 0
	for i, p := range pool {
		row := s.Model.predict(s.Model.head, s.Model.encode(p))
		best := 0
		for c := range row {
			if row[c] > row[best] {
				best = c
			}
		}
		if best == s.gold[s.Pool[i].ID] {
			right++
		}
	}
	if right < 200 {
		t.Errorf("the model knows %d of %d", right, len(pool))
	}
}

// What the notebook says of the choices.
func TestExampleChoices(t *testing.T) {
	s := Example()
	for _, test := range []struct {
		strategy query.Strategy
		scene    Scene
		classes  []int // documents asked for, of each class
	}{
		{query.MahalanobisDistance{}, s, []int{0, 0, 0, 8}},
		{query.BADGE{}, s, []int{-1, -1, -1, 1}},
		{query.CoreSet{}, s, []int{-1, -1, -1, 1}},
		{query.TypiClust{}, s, []int{0, -1, -1, 1}},
		{query.TypiClust{}, s.Unlabeled(), []int{-1, -1, -1, 1}},
		{query.KMeans{}, s.Unlabeled(), []int{-1, -1, -1, 1}},
	} {
		p, err := test.scene.Ask(t.Context(), test.strategy, query.Docs(8))
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, len(s.Classes))
		for _, i := range p.Positions {
			counts[s.gold[test.scene.Pool[i].ID]]++
		}
		for class, want := range test.classes {
			if want >= 0 && counts[class] != want || len(test.scene.Labeled) == 0 && counts[class] == 0 {
				t.Errorf("%s asks for %v of the classes, the notebook says %v", test.strategy.Name(), counts, test.classes)
			}
		}
	}
	random, _ := s.Unlabeled().Ask(t.Context(), query.Random{}, query.Docs(8))
	if tied, err := s.Unlabeled().Ask(t.Context(), query.LeastConfident{}, query.Docs(8)); err != nil || !reflect.DeepEqual(tied.Positions, random.Positions) {
		t.Errorf("without labels least-confident isn't random: %v", err)
	}
}

func TestEveryStrategyIsDrawn(t *testing.T) {
	s := Example()
	for _, strategy := range query.All() {
		if query.Check(strategy, s.Model) != nil { // of taggers
			continue
		}
		for _, scene := range []Scene{s, s.Unlabeled()} {
			c, err := scene.Choice(t.Context(), strategy, query.Docs(8))
			if err != nil {
				if len(scene.Labeled) > 0 || !strings.Contains(err.Error(), "there are none") {
					t.Errorf("%s: %v", strategy.Name(), err)
				}
				continue
			}
			rings := c.Groups[len(c.Groups)-1]
			if len(rings.X) != 8 || rings.Labels[7] != "8" || c.Field == nil {
				t.Errorf("%s: %+v", strategy.Name(), rings)
			}
			if scorer := c.Groups[0].Names[0]; strings.Contains(scorer, "score") == c.Field.Classes {
				t.Errorf("%s: document %q, classes %v", strategy.Name(), scorer, c.Field.Classes)
			}
		}
	}
	c, err := s.Picture()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.PNG()
	if err == nil {
		_, err = png.Decode(bytes.NewReader(raw))
	}
	if err != nil {
		t.Error(err)
	}
}

// The background says of a place what the strategy says of a document there, dropout included.
func TestBackgroundAndPoolAgree(t *testing.T) {
	s := Example()
	for _, strategy := range []query.Strategy{query.LeastConfident{}, query.BALD{}} {
		p, err := s.Ask(t.Context(), strategy, query.Docs(1))
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.scores(t.Context(), strategy, p.Scores)
		if err != nil {
			t.Fatal(err)
		}
		for i, doc := range s.Pool {
			at, _ := At(doc)
			column, row := min(int((at.X+right)/cell), columns-1), min(int((at.Y+top)/cell), rows-1)
			largest := 0.0
			for _, score := range p.Scores {
				largest = max(largest, score)
			}
			if difference := p.Scores[i] - f.Values[row*columns+column]; difference > largest/4 || difference < -largest/4 {
				t.Errorf("%s: document %s has the score %g, its cell %g", strategy.Name(), doc.ID, p.Scores[i], f.Values[row*columns+column])
			}
		}
	}
}

func TestLabel(t *testing.T) {
	s := Example()
	more := s.Label(3, 5)
	if more.err != nil || len(more.Pool) != 286 || len(more.Labeled) != 14 || more.Labeled[13].ID != s.Pool[5].ID || len(s.Labeled) != 12 {
		t.Errorf("%v %d %d", more.err, len(more.Pool), len(more.Labeled))
	}
	for _, wrong := range []Scene{s.Label(1, 1), s.Label(-1), s.Label(288), s.Label(288).Unlabeled()} {
		if _, err := wrong.Choice(t.Context(), query.Random{}, query.Docs(1)); err == nil {
			t.Error("a position that isn't one was labeled")
		}
		if _, err := wrong.Picture(); err == nil {
			t.Error("a scene that failed was drawn")
		}
	}
}

func TestCompare(t *testing.T) {
	table, err := Example().Compare(t.Context(), query.Docs(8), query.LeastConfident{}, query.KMeans{})
	if err != nil || len(table.Rows) != 2 {
		t.Fatal(err)
	}
	uncertain, spread := table.Rows[0], table.Rows[1]
	if uncertain[0] != "least-confident" || uncertain[1] <= spread[1] || uncertain[2] >= spread[2] {
		t.Errorf("%v", table.Rows)
	}
	if _, err := Example().Compare(t.Context(), query.Docs(8), query.MNLP{}); err == nil || !strings.Contains(err.Error(), "mnlp") {
		t.Errorf("a strategy for taggers: %v", err)
	}
}
