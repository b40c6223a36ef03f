package pseudolabel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
)

// A bench makes hand-overs anew, as another process would: from the same documents, with models that are opened again.
type bench struct {
	*testing.T
	work      string
	plan      Plan
	gold      []Labeled
	pool      []Labeled
	labeler   pseudolabeltest.Settings
	successor pseudolabeltest.Settings
	by        string
	words     bool
}

func quick() pseudolabeltest.Settings { return pseudolabeltest.Settings{Epochs: 6, Rate: 0.3} }

// texts is a bench for classes: 60 gold labels, 240 documents without.
func texts(t *testing.T, filter Filter) *bench {
	data, err := datasets.Synthetic{Train: 300, Test: 1, Seed: 1}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, work: filepath.Join(t.TempDir(), "work"), plan: Plan{Filter: filter}, labeler: quick(), successor: quick(),
		by: "a"}
	for i, e := range data.Train {
		if i < 60 {
			b.gold = append(b.gold, Labeled{Document: e.Document, Class: e.Label})
		} else {
			b.pool = append(b.pool, Labeled{Document: e.Document, Class: e.Label})
		}
	}
	return b
}

// spans is a bench for names in sentences.
func spans(t *testing.T, filter Filter) *bench {
	b := &bench{T: t, work: filepath.Join(t.TempDir(), "work"), plan: Plan{Filter: filter}, labeler: quick(), successor: quick(),
		by: "a", words: true}
	for i := range 150 {
		stream := keyed.Key{Purpose: "sentences", Round: i}.Stream()
		doc := Labeled{Document: corpus.Document{ID: fmt.Sprint("s", i)}}
		for range 3 + i%6 {
			if kind := stream.IntN(8); kind < 2 {
				start, name := len(doc.Words), []string{"PER", "LOC"}[kind]
				// What most names begin with is the other type's, too, now and then.
				mark := name
				if stream.IntN(5) == 0 {
					mark = "NAM"
				}
				doc.Words = append(doc.Words, fmt.Sprint(mark, "-one", stream.IntN(20)), fmt.Sprint(mark, "-two", stream.IntN(20)))
				doc.Spans = append(doc.Spans, corpus.Span{Start: start, End: start + 2, Type: name})
			} else {
				doc.Words = append(doc.Words, fmt.Sprint("word", stream.IntN(30)))
			}
		}
		if i < 40 {
			b.gold = append(b.gold, doc)
		} else {
			b.pool = append(b.pool, doc)
		}
	}
	return b
}

var (
	classes = []string{"World", "Sports", "Business", "Sci/Tech"}
	types   = []string{"PER", "LOC"}
)

func (b *bench) handOver() *HandOver {
	b.Helper()
	h := &HandOver{Plan: b.plan, Gold: b.gold, Pool: documents(b.pool), Truth: b.pool, Seed: 1, Work: b.work, By: b.by}
	if b.words {
		h.Plan.LabelerTagger = pseudolabeltest.Words{Settings: b.labeler}
		labeler, _ := h.Plan.LabelerTagger.OpenTagger(b.Context(), types)
		description, err := h.Plan.KeepingTagger(pseudolabeltest.Words{Settings: b.successor})
		if err != nil {
			b.Fatal(err)
		}
		successor, _ := description.OpenTagger(b.Context(), types)
		h.Labeler, h.Successor = Tagger(h.Plan.LabelerTagger, labeler), Tagger(description, successor)
		return h
	}
	h.Plan.Labeler = pseudolabeltest.Texts{Settings: b.labeler}
	labeler, _ := h.Plan.Labeler.Open(b.Context(), classes)
	description, err := h.Plan.Keeping(pseudolabeltest.Texts{Settings: b.successor})
	if err != nil {
		b.Fatal(err)
	}
	successor, _ := description.Open(b.Context(), classes)
	h.Labeler, h.Successor = Classifier(h.Plan.Labeler, labeler, classes), Classifier(description, successor, classes)
	return h
}

// outcome is all that a hand-over gives, the successor included, but for the time it took.
func (b *bench) outcome(h *HandOver, r Result) any {
	b.Helper()
	labels, err := h.Successor.label(b.Context(), h.Pool, nil)
	if err != nil {
		b.Fatal(err)
	}
	return []any{r.Trained, r.Report, r.Labels, labels}
}

func (b *bench) run() (*HandOver, Result) {
	b.Helper()
	h := b.handOver()
	r, err := h.Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return h, r
}

func both(t *testing.T, filter Filter, test func(t *testing.T, b *bench)) {
	t.Run("texts", func(t *testing.T) { test(t, texts(t, filter)) })
	t.Run("words", func(t *testing.T) { test(t, spans(t, filter)) })
}

func TestHandOverByTracIn(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		h, r := b.run()
		n, q := len(b.pool), r.Report.Quality.Q
		drop := int(math.Round((1 - q) * float64(n)))
		want := store.PseudoLabeling{Gold: len(b.gold), Labeled: n, Dropped: drop, Kept: n - drop, Filter: "tracin"}
		got := r.Report
		if got.Quality, got.Errors = nil, nil; got != want || drop < 3 || drop > n/2 {
			t.Fatalf("%+v, want %+v", got, want)
		}

		// The scores are those of a first successor, trained here without any of the steps.
		labels, err := h.Labeler.label(t.Context(), h.Pool, nil)
		if err != nil {
			t.Fatal(err)
		}
		var set trainingSet
		for i, l := range labels {
			set.docs = append(set.docs, Labeled{h.Pool[i], l.Class, l.Spans})
		}
		pseudo := slices.Clone(set.docs)
		set.docs = append(set.docs, b.gold...)
		first := b.handOver().Successor
		if _, err := first.train(t.Context(), set, h.run(StageFirst, nil)); err != nil {
			t.Fatal(err)
		}
		influences := make([]float64, n)
		steps := first.checkpoints()
		if len(steps) != 3 || steps[2] != 6*len(set.docs) || steps[0] != 4*len(set.docs) {
			t.Fatalf("checkpoints %v of %d documents", steps, len(set.docs))
		}
		for _, step := range steps {
			if err := first.restore(step); err != nil {
				t.Fatal(err)
			}
			at, err := first.influence(t.Context(), pseudo, nil, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			for i, influence := range at {
				influences[i] += influence / 3 / float64(max(1, len(pseudo[i].Words)))
			}
		}
		lowest, highest := math.Inf(1), math.Inf(-1)
		for i, l := range r.Labels {
			if l.ID != b.pool[i].ID || l.Influence == nil || math.Abs(*l.Influence-influences[i]) > 1e-9*influences[i] {
				t.Fatalf("document %d: %+v, want a self-influence of %g", i, l, influences[i])
			}
			if l.Dropped {
				lowest = min(lowest, *l.Influence)
			} else {
				highest = max(highest, *l.Influence)
			}
		}
		if lowest < highest {
			t.Errorf("%g is dropped, %g isn't", lowest, highest)
		}

		// The successor is that of the rest and of gold.
		var rest trainingSet
		for i, doc := range pseudo {
			if !r.Labels[i].Dropped {
				rest.docs = append(rest.docs, doc)
			}
		}
		rest.docs = append(rest.docs, b.gold...)
		trained, err := first.train(t.Context(), rest, h.run(StageSuccessor, nil))
		if err != nil || trained != r.Trained || trained.Steps != 6*(n-drop+len(b.gold)) {
			t.Errorf("%+v, %v; want %+v", r.Trained, err, trained)
		}
		if _, err := os.Stat(h.checkpointsDir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the checkpoints are still there: %v", err)
		}
	})
}

func TestErrorsAreCounted(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		_, r := b.run()
		wrong, dropped, droppedWrong := 0, 0, 0
		for i, l := range r.Labels {
			isWrong := l.Class != b.pool[i].Class || !slices.Equal(l.Spans, b.pool[i].Spans)
			if isWrong != l.Wrong {
				t.Fatalf("%+v is wrong: %v", l, isWrong)
			}
			if isWrong {
				wrong++
			}
			if l.Dropped {
				dropped++
			}
			if l.Dropped && isWrong {
				droppedWrong++
			}
		}
		e := r.Report.Errors
		if wrong < 5 || e.Wrong != wrong || len(e.Filters) != 3 {
			t.Fatalf("%d are wrong: %+v", wrong, e)
		}
		tracin, confidence, chance := e.Filters[0], e.Filters[1], e.Filters[2]
		if tracin.By != "tracin" || tracin.Wrong != float64(droppedWrong) ||
			*tracin.Precision != float64(droppedWrong)/float64(dropped) ||
			*tracin.Recall != float64(droppedWrong)/float64(wrong) {
			t.Errorf("%+v: %d of %d dropped are wrong", tracin, droppedWrong, dropped)
		}
		if n := float64(len(b.pool)); chance.By != "random" || *chance.AUC != 0.5 ||
			math.Abs(*chance.Precision-float64(wrong)/n) > 1e-12 || math.Abs(*chance.Recall-float64(dropped)/n) > 1e-12 {
			t.Errorf("%+v", chance)
		}
		// What a filter by confidence of the same size would have dropped is what it drops.
		b.plan.Filter = Share{Drop: float64(dropped) / float64(len(b.pool)), Score: ByConfidence}
		_, other := b.run()
		if got := other.Report.Errors.Filters[0]; !reflect.DeepEqual(got, confidence) || other.Report.Dropped != dropped {
			t.Errorf("by confidence %+v, foreseen %+v", got, confidence)
		}
		if *tracin.AUC < 0.6 || *confidence.AUC < 0.6 {
			t.Errorf("areas of %.3f and %.3f: the scores say nothing", *tracin.AUC, *confidence.AUC)
		}
		t.Logf("%d of %d wrong; TracIn %.3f, confidence %.3f", wrong, len(b.pool), *tracin.AUC, *confidence.AUC)
	})
}

// Whatever call fails, the hand-over goes on after the steps that were finished, and gives what an undisturbed one gives.
func TestInterruptedAtEachCall(t *testing.T) {
	for name, plan := range map[string]Plan{
		"tracin": {Filter: TracIn{}}, "soft": {Filter: TracIn{}, Soft: true, GoldWeight: 2, Checkpoints: 2}, "confidence": {Filter: Confidence{}}, "none": {Filter: None{}},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, nil, func(t *testing.T, b *bench) {
				b.plan = plan
				calls := b.count()
				h, r := b.run()
				undisturbed := slices.Clone(*calls)
				want := b.outcome(h, r)
				for stop := range undisturbed {
					b.work = filepath.Join(t.TempDir(), "w")
					calls := b.count()
					ctx, cancel := context.WithCancel(t.Context())
					b.before(func(call string) error {
						*calls = append(*calls, call)
						if len(*calls) == stop+1 {
							cancel()
							return ctx.Err()
						}
						return nil
					})
					if _, err := b.handOver().Run(ctx); !errors.Is(err, context.Canceled) {
						t.Fatalf("stopped at call %d, %s: %v", stop, undisturbed[stop], err)
					}
					cancel()
					again := b.count()
					h, r := b.run()
					made := len(*again) // outcome asks, too
					if got := b.outcome(h, r); !reflect.DeepEqual(got, want) {
						t.Fatalf("stopped at call %d, %s: it went on to another end", stop, undisturbed[stop])
					}
					// A step is at most: a training and a prediction; a first successor and its checkpoints; or one self-influence.
					first := 1 + 2*h.Plan.checkpoints()
					if most := len(undisturbed) - stop + first + 1; made > most {
						t.Errorf("stopped at call %d of %d, %s: %d calls more", stop, len(undisturbed), undisturbed[stop], made)
					}
				}
			})
		})
	}
}

// before sets what both models call.
func (b *bench) before(f func(string) error) { b.labeler.Before, b.successor.Before = f, f }

// count lists the calls from now on.
func (b *bench) count() *[]string {
	calls := new([]string)
	b.before(func(call string) error {
		*calls = append(*calls, call)
		return nil
	})
	return calls
}

// After a restart the checkpoints come from their folders: nothing is trained again but the successor.
func TestCheckpointsAreLoaded(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		influences := 0
		b.before(func(call string) error {
			if call == "influence" {
				influences++
			}
			if influences == 2 {
				return errors.New("the power went out")
			}
			return nil
		})
		if _, err := b.handOver().Run(t.Context()); err == nil || !strings.Contains(err.Error(), "the power went out") {
			t.Fatal(err)
		}
		calls := b.count()
		b.run()
		if want := []string{"load", "influence", "load", "influence", "train"}; !slices.Equal(*calls, want) {
			t.Errorf("%v, want %v", *calls, want)
		}
	})
}

func TestMissingCheckpoint(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		fail := func(call string) error {
			if call == "influence" {
				return errors.New("the power went out")
			}
			return nil
		}
		b.before(fail)
		h := b.handOver()
		if _, err := h.Run(t.Context()); err == nil {
			t.Fatal("it didn't go out")
		}
		b.before(nil)
		// A folder of a model with other labels is refused, and so is one that is gone.
		b.successor.Loaded = []string{"x", "y"}
		if _, err := b.handOver().Run(t.Context()); err == nil || !strings.Contains(err.Error(), `has the labels ["x" "y"]`) {
			t.Error(err)
		}
		b.successor.Loaded = nil
		entries, err := os.ReadDir(h.checkpointsDir())
		if err != nil || len(entries) != 3 {
			t.Fatal(entries, err)
		}
		for _, entry := range entries {
			if err := os.RemoveAll(filepath.Join(h.checkpointsDir(), entry.Name())); err != nil {
				t.Fatal(err)
			}
		}
		_, err = b.handOver().Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "is missing") || !strings.Contains(err.Error(), "remove "+h.firstDir()) {
			t.Fatal(err)
		}
		// What it advises helps.
		if err := os.RemoveAll(h.firstDir()); err != nil {
			t.Fatal(err)
		}
		b.run()
	})
}

// Hand-overs with the same pseudo-labeler share its labels; with the same successor, too, its self-influence.
func TestStepsAreShared(t *testing.T) {
	both(t, TracIn{}, func(t *testing.T, b *bench) {
		_, first := b.run()
		for _, s := range first.Stages {
			if s.Shared {
				t.Errorf("%+v", first.Stages)
			}
		}
		b.by = "b"
		calls := b.count()
		_, second := b.run()
		if !slices.Equal(*calls, []string{"train"}) {
			t.Errorf("the second makes the calls %v", *calls)
		}
		for i, s := range second.Stages {
			if s.Shared != (i < 4) || s.Name != first.Stages[i].Name || i < 4 && s.Seconds != first.Stages[i].Seconds {
				t.Errorf("%+v, before %+v", second.Stages, first.Stages)
			}
		}
		if !reflect.DeepEqual(second.Labels, first.Labels) || !reflect.DeepEqual(second.Report, first.Report) {
			t.Error("the second gave something else")
		}
		*calls = nil
		b.successor.Epochs++
		if b.run(); slices.Index(*calls, "predict") >= 0 || len(*calls) != 1+3*2+3*2+1 {
			t.Errorf("another successor makes the calls %v", *calls)
		}
		*calls = nil
		b.gold = b.gold[:len(b.gold)-1]
		if b.run(); (*calls)[1] != "predict" {
			t.Errorf("other gold labels make the calls %v", *calls)
		}
	})
}

func TestWeightsAndSoftLabels(t *testing.T) {
	both(t, None{}, func(t *testing.T, b *bench) {
		b.plan.Soft, b.plan.GoldWeight = true, 4
		h := b.handOver()
		labels, err := h.label(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		dropped := make([]bool, len(labels))
		dropped[0] = true
		set := h.mixed(labels, dropped)
		n := len(labels) - 1
		if len(set.docs) != n+len(b.gold) || set.weights[n-1] != 1 || set.weights[n] != 4 || len(set.weights) != len(set.docs) {
			t.Fatalf("%d documents, weights %v", len(set.docs), set.weights)
		}
		if !reflect.DeepEqual(set.teacher[0], labels[1].Probabilities) || len(labels[1].Probabilities) != max(1,
			len(set.docs[0].Words)) {
			t.Errorf("%v, want %v", set.teacher[0], labels[1].Probabilities)
		}
		for k, row := range set.teacher[n] { // of the first gold label
			label := h.Successor.labels()[slices.Index(row, 1)]
			want := classes[b.gold[0].Class]
			if b.words {
				want = corpus.Tags(len(b.gold[0].Words), b.gold[0].Spans)[k]
			}
			if label != want || slices.Max(row) != 1 {
				t.Errorf("%v is %s, want %s", row, label, want)
			}
		}
		// Weights and soft labels change what is learned.
		_, soft := b.run()
		b.plan.GoldWeight = 0
		_, unweighted := b.run()
		b.plan.Soft = false
		_, hard := b.run()
		if soft.Trained.Loss == unweighted.Trained.Loss || hard.Trained.Loss == unweighted.Trained.Loss {
			t.Errorf("%+v, %+v, %+v", soft.Trained, unweighted.Trained, hard.Trained)
		}
	})
}

func TestReordered(t *testing.T) {
	got := reordered([][]float32{{0.7, 0.2, 0.1}}, []string{"O", "B-A", "I-A"}, []string{"I-A", "O", "B-A"})
	if want := [][]float32{{0.1, 0.7, 0.2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
