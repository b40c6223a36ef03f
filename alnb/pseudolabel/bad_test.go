package pseudolabel

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/helpers/naivebayes"
)

func TestNothingLeftToLabel(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		b.pool = nil
		calls := b.count()
		_, r := b.run()
		if !strings.Contains(r.Report.Note, "nothing is left to label") || r.Report.Gold != len(b.gold) || r.Report.Labeled != 0 ||
			r.Trained.Steps != 6*len(b.gold) || !slices.Equal(*calls, []string{"train"}) {
			t.Errorf("%+v, %+v, calls %v", r.Report, r.Trained, *calls)
		}
	})
}

// A pseudo-labeler that makes no mistake on gold has nothing dropped.
func TestPerfectQuality(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		var easy []Labeled // documents that tell their label
		for _, g := range b.gold {
			if !b.words {
				g.Text = strings.Repeat(classes[g.Class]+" ", 3)
				easy = append(easy, g)
			} else if len(g.Spans) > 0 {
				kind := g.Spans[0].Type
				g.Words, g.Spans = []string{kind + "-one", kind + "-two"}, []corpus.Span{{Start: 0, End: 2, Type: kind}}
				easy = append(easy, g)
			}
		}
		b.gold = easy
		_, r := b.run()
		if r.Report.Quality.Q != 1 || r.Report.Dropped != 0 || r.Report.Kept != len(b.pool) ||
			r.Trained.Steps != 6*(len(b.pool)+len(b.gold)) {
			t.Errorf("%+v, q %+v", r.Report, r.Report.Quality)
		}
		for _, f := range r.Report.Errors.Filters {
			if f.Precision != nil || f.Wrong != 0 {
				t.Errorf("%+v", f)
			}
		}
	})
}

func refused(t *testing.T, b *bench, want string) {
	t.Helper()
	calls := b.count()
	r, err := b.handOver().Run(t.Context())
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) || r.Report.Refused != refused.Reason {
		t.Errorf("%v, want %q; %+v", err, want, r.Report)
	}
	if slices.Contains(*calls, "influence") || r.Trained.Steps > 0 {
		t.Errorf("it went on: %v", *calls)
	}
}

// A pseudo-labeler that is always wrong is refused, and so is one that guesses.
func TestQualityNearZeroIsRefused(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		always := func(label int) func([]float32) {
			return func(row []float32) {
				clear(row)
				row[label] = 1
			}
		}
		b.labeler.Spoil = always(0)
		if !b.words {
			for i := range b.gold { // a seventh is of class 0
				b.gold[i].Class = []int{1, 2, 3, 1, 2, 3, 0}[i%7]
			}
		}
		want := "the pseudo-labeler's quality on held-out gold labels is 0.000, below 0.200"
		if !b.words {
			want = "is 0.133, below 0.250"
		}
		refused(t, b, want)
	})
}

func TestOneClassOnly(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		for i := range b.gold {
			b.gold[i].Class, b.gold[i].Spans = 2, nil
		}
		want := `all 60 gold labels are of the class "Business"`
		if b.words {
			want = "none of the 40 documents with gold labels has a span"
		}
		refused(t, b, want)
	})
}

func TestTooFewToMeasure(t *testing.T) {
	b := texts(t, TracIn{})
	b.gold = nil
	if _, err := b.handOver().Run(t.Context()); err == nil || !strings.Contains(err.Error(), "there are no gold labels") {
		t.Error(err)
	}
	s := spans(t, TracIn{})
	for _, g := range s.gold {
		if len(g.Spans) > 0 {
			s.gold = []Labeled{g}
			break
		}
	}
	refused(t, s, "can't be measured on 1 gold labels")
}

func TestNaN(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		b.labeler.Spoil = func(row []float32) { row[1] = float32(math.NaN()) }
		if _, err := b.handOver().Run(t.Context()); err == nil || !strings.Contains(err.Error(),
			"the probability NaN isn't in [0, 1]") {
			t.Error(err)
		}
		b.labeler.Spoil = nil
		b.successor.Norm = func(norm float64) float64 { return norm * math.Inf(1) }
		if _, err := b.handOver().Run(t.Context()); err == nil ||
			!strings.Contains(err.Error(), "on the first successor is +Inf at step") {
			t.Error(err)
		}
		b.successor.Norm, b.successor.Rate = nil, 1e300
		if _, err := b.handOver().Run(t.Context()); err == nil || !strings.Contains(err.Error(),
			"the successor's training loss is NaN") {
			t.Error(err)
		}
	})
}

func TestDifferentLabels(t *testing.T) {
	b := texts(t, TracIn{})
	h := b.handOver()
	other, _ := h.Plan.Labeler.Open(t.Context(), []string{"Sports", "World", "Business", "Sci/Tech"}) // in another order
	h.Labeler = Classifier(h.Plan.Labeler, other, classes)
	if _, err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `has the labels ["Sports" "World"`) {
		t.Error(err)
	}
	b = spans(t, TracIn{})
	h = b.handOver()
	tags, _ := h.Plan.LabelerTagger.OpenTagger(t.Context(), []string{"PER", "ORG"})
	h.Labeler = Tagger(h.Plan.LabelerTagger, tags)
	if _, err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "both need the same") {
		t.Error(err)
	}
	// Tags in another order are the same tags.
	tags, _ = h.Plan.LabelerTagger.OpenTagger(t.Context(), []string{"LOC", "PER"})
	h.Labeler = Tagger(h.Plan.LabelerTagger, tags)
	h.Plan.Soft = true
	if _, err := h.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPlansMistakes(t *testing.T) {
	labeler := pseudolabeltest.Texts{}
	for want, plan := range map[string]Plan{
		"has no Labeler, and no LabelerTagger": {},
		"it is about one of the two":           {Labeler: labeler, LabelerTagger: pseudolabeltest.Words{}},
		"GoldWeight is -1":                     {Labeler: labeler, GoldWeight: -1},
		"GoldWeight is NaN":                    {Labeler: labeler, GoldWeight: math.NaN()},
		"Checkpoints is -1":                    {Labeler: labeler, Checkpoints: -1},
		"Rounds has -1":                        {Labeler: labeler, Rounds: []int{1, -1}},
		"Rounds has no round":                  {Labeler: labeler, Rounds: []int{}},
		"share: drop is 1":                     {Labeler: labeler, Filter: Share{Drop: 1, Score: ByTracIn}},
		`share: score is ""`:                   {Labeler: labeler, Filter: Share{Drop: 0.1}},
	} {
		if err := plan.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// What a successor lacks is found before anything is trained.
func TestAble(t *testing.T) {
	description := naivebayes.Model{Smoothing: 1}
	opened, err := description.Open(t.Context(), classes)
	if err != nil {
		t.Fatal(err)
	}
	poor := Classifier(description, opened, classes)
	for want, plan := range map[string]Plan{
		`"naive-bayes" can't keep checkpoints, which a filter by TracIn needs`: {Filter: TracIn{}},
		`"naive-bayes" can't learn from probabilities`:                         {Filter: None{}, Soft: true},
	} {
		if err := plan.Able(poor); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := (Plan{}).Keeping(description); err == nil || !strings.Contains(err.Error(), "can't keep checkpoints") {
		t.Error(err)
	}
	for _, plan := range []Plan{{Filter: Confidence{}}, {Filter: None{}}, {Filter: Share{Drop: 0.1, Score: ByConfidence}}} {
		if err := plan.Able(poor); err != nil {
			t.Error(err)
		}
	}
}
