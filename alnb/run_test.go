package alnb

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/datasets"
)

// wordCounts is a small real classifier, multinomial naive Bayes: the loop needs no XLA to be tested.
type wordCounts struct {
	Smoothing float64 `json:"smoothing"`
	opened    *int
	trainings *int
	fails     func(documents int) error             // in training on so many; nil: it doesn't
	loss      float64                               // more than 1
	spoils    func(answers [][]float32) [][]float32 // nil: it doesn't
}

func (wordCounts) Name() string { return "word_counts" }

func (m wordCounts) Open(_ context.Context, classes []string) (learner.Classifier, error) {
	if m.opened != nil {
		*m.opened++
	}
	return &wordCounter{wordCounts: m, classes: len(classes)}, nil
}

type wordCounter struct {
	wordCounts
	classes int
	counts  []map[string]float64
	totals  []float64
	prior   []float64
}

func (c *wordCounter) Train(ctx context.Context, examples []corpus.Example, run learner.Run) (learner.Trained, error) {
	if c.trainings != nil {
		*c.trainings++
	}
	if c.fails != nil {
		if err := c.fails(len(examples)); err != nil {
			return learner.Trained{}, err
		}
	}
	c.counts, c.totals, c.prior = make([]map[string]float64, c.classes), make([]float64, c.classes), make([]float64, c.classes)
	for k := range c.counts {
		c.counts[k] = map[string]float64{}
	}
	for i, e := range examples {
		if err := ctx.Err(); err != nil {
			return learner.Trained{}, err
		}
		c.prior[e.Label]++
		for _, word := range strings.Fields(strings.ToLower(e.Text)) {
			c.counts[e.Label][word]++
			c.totals[e.Label]++
		}
		run.Progress(i+1, len(examples))
	}
	return learner.Trained{Steps: len(examples), Loss: 1 + c.loss}, nil
}

func (c *wordCounter) Probabilities(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		logs := make([]float64, c.classes)
		for k := range logs {
			logs[k] = math.Log(c.prior[k] + c.Smoothing)
			for _, word := range strings.Fields(strings.ToLower(doc.Text)) {
				logs[k] += math.Log((c.counts[k][word] + c.Smoothing) / (c.totals[k] + 1000*c.Smoothing))
			}
		}
		top, sum := slices.Max(logs), 0.0
		for k := range logs {
			logs[k] = math.Exp(logs[k] - top)
			sum += logs[k]
		}
		rows[i] = make([]float32, c.classes)
		for k := range logs {
			rows[i][k] = float32(logs[k] / sum)
		}
		progress(i + 1)
	}
	if c.spoils != nil {
		rows = c.spoils(rows)
	}
	return rows, nil
}

func (c *wordCounter) Origin() string { return "word counts, made here" }
func (c *wordCounter) Close() error   { return nil }

func small() Experiment {
	model := wordCounts{Smoothing: 0.1}
	return Experiment{
		Data: datasets.Synthetic{Train: 300, Test: 200, Seed: 1},
		Arms: []Arm{
			{Name: "Random", Acquisition: model, Strategy: query.Random{}},
			{Name: "LC", Acquisition: model, Strategy: query.LeastConfident{}},
		},
		Start: Docs(8), Batch: Docs(10), Rounds: 3, Seeds: []uint64{1, 2},
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	results, err := small().Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	curves := results.Curves()
	if len(curves) != 2 || curves[0].Arm != "Random" || curves[1].Arm != "LC" {
		t.Fatalf("curves %+v", curves)
	}
	for _, curve := range curves {
		if len(curve.Points) != 4 {
			t.Fatalf("%s has %d points, want 4", curve.Arm, len(curve.Points))
		}
		for round, p := range curve.Points {
			if p.Round != round || p.Labeled != 8+10*round || p.Seeds != 2 {
				t.Errorf("%s: point %d is %+v", curve.Arm, round, p)
			}
		}
		if first, last := curve.Points[0].Mean, curve.Points[3].Mean; last <= first {
			t.Errorf("%s: 38 labels give %.2f, 8 gave %.2f", curve.Arm, last, first)
		}
	}
	if curves[0].Points[0] != curves[1].Points[0] {
		t.Errorf("both arms start with the same seed set and differ: %+v, %+v", curves[0].Points[0], curves[1].Points[0])
	}
	if rows := results.Timings(); len(rows) != 10 || rows[4].Round != -1 || rows[4].Steps != 8+18+28+38 {
		t.Errorf("timings %+v", rows)
	}
	if sources := results.Sources(); len(sources) != 2 {
		t.Errorf("sources %q", sources)
	}
	for _, l := range results.Labelings() {
		if slices.Sort(l.IDs); len(slices.Compact(l.IDs)) != 8+10*l.Round {
			t.Errorf("%s, seed %d, round %d: %d different documents are labeled", l.Arm, l.Seed, l.Round, len(l.IDs))
		}
	}
}

func TestRunTwiceGivesTheSameFiles(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if _, err := small().Run(t.Context(), dir, RunOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	sameContents(t, storetest.Files(t, a), storetest.Files(t, b))
}

func sameContents(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs:\n%.300s\n%.300s", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

// Stopped early, late and in between, and run again until it is done, a run gives the files of an undisturbed one.
func TestInterruptedRunGoesOn(t *testing.T) { interrupted(t, small) }

// interrupted runs an experiment with interruptions and compares it with an undisturbed run. It makes a new description
// each time, as a new process would.
func interrupted(t *testing.T, make func() Experiment) {
	t.Helper()
	want := t.TempDir()
	events := 0
	if _, err := make().Run(t.Context(), want, RunOptions{Progress: func(Progress) { events++ }}); err != nil {
		t.Fatal(err)
	}
	for _, patience := range []int{4, events / 40, events / 10, events / 4, events / 2, events * 4 / 5, events - events/20} {
		dir := t.TempDir()
		runs := 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			seen, resumed := 0, 0
			_, err := make().Run(ctx, dir, RunOptions{Progress: func(p Progress) {
				resumed = p.Resumed
				if seen++; seen == patience+50*runs {
					cancel()
				}
			}})
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if runs++; runs > 500 {
				t.Fatalf("no end after 500 interruptions, %d rounds done", resumed)
			}
		}
		if runs == 0 {
			t.Errorf("the run was not interrupted after %d events", patience)
		}
		sameContents(t, storetest.Files(t, dir), storetest.Files(t, want))
	}
}

// Stopped while each of its rounds is under way, a run gives the files of an undisturbed one.
func interruptedInEachRound(t *testing.T, make func() Experiment) {
	t.Helper()
	want := t.TempDir()
	results, err := make().Run(t.Context(), want, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, total := results.Finished()
	for _, phase := range []Phase{PhaseTrain, PhaseScore} {
		dir := t.TempDir()
		for stop := range total {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := make().Run(ctx, dir, RunOptions{Progress: func(p Progress) {
				if p.Phase == phase && p.FinishedRounds >= stop && p.Done > 0 {
					cancel()
				}
			}})
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if _, err := make().Run(t.Context(), dir, RunOptions{}); err != nil {
			t.Fatal(err)
		}
		sameContents(t, storetest.Files(t, dir), storetest.Files(t, want))
	}
}

func TestFinishedRunTrainsNothing(t *testing.T) {
	dir := t.TempDir()
	opened, trainings := 0, 0
	e := small()
	for i := range e.Arms {
		e.Arms[i].Acquisition = wordCounts{Smoothing: 0.1, opened: &opened, trainings: &trainings}
	}
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	// Two arms, two seeds, four rounds; the arms share round 0.
	if opened != 1 || trainings != 14 {
		t.Errorf("%d models were opened and trained %d times, want 1 and 14", opened, trainings)
	}
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil || trainings != 14 {
		t.Errorf("run again: %v, %d trainings", err, trainings)
	}
}

func TestAnotherConfigurationIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := small().Run(t.Context(), dir, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	other := small()
	other.Batch = Docs(11)
	other.Arms[1].Acquisition = wordCounts{Smoothing: 0.5}
	_, err := other.Run(t.Context(), dir, RunOptions{})
	if err == nil {
		t.Fatal("a folder of another configuration was taken")
	}
	for _, part := range []string{"experiment.batch.docs was 10, is 11", "smoothing was 0.1, is 0.5", dir} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

func TestFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	var inner error
	_, err := small().Run(t.Context(), dir, RunOptions{Progress: func(p Progress) {
		if p.Phase == PhaseScore && inner == nil {
			_, inner = small().Run(t.Context(), dir, RunOptions{})
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if inner == nil || !strings.Contains(inner.Error(), "in use by another process") {
		t.Errorf("a second run in the folder gave %v", inner)
	}
}

func TestMistakesAreSentences(t *testing.T) {
	for want, change := range map[string]func(*Experiment){
		"no Data, and no Tagged data":    func(e *Experiment) { e.Data = nil },
		"no Arms":                        func(e *Experiment) { e.Arms = nil },
		"no Seeds":                       func(e *Experiment) { e.Seeds = nil },
		"listed twice":                   func(e *Experiment) { e.Seeds = []uint64{1, 1} },
		"at least 1 query":               func(e *Experiment) { e.Rounds = 0 },
		`two arms are called "LC"`:       func(e *Experiment) { e.Arms[0].Name = "LC" },
		"needs an Acquisition model":     func(e *Experiment) { e.Arms[0].Strategy = nil },
		"Start: the size is not set":     func(e *Experiment) { e.Start = Size{} },
		"Fraction(1.5) does not lie":     func(e *Experiment) { e.Batch = Fraction(1.5) },
		"need 3008 documents":            func(e *Experiment) { e.Rounds = 300 },
		"301 documents were asked for":   func(e *Experiment) { e.Batch = Docs(301) },
		"test documents; both must be p": func(e *Experiment) { e.Data = datasets.Synthetic{Train: 10} },
	} {
		e := small()
		change(&e)
		if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// broken is a data set whose mistake would go unnoticed in the results.
type broken struct{ spoil func(*corpus.Dataset) }

func (broken) Name() string { return "broken" }

func (b broken) Load(ctx context.Context) (*corpus.Dataset, error) {
	data, err := small().Data.Load(ctx)
	if err == nil {
		b.spoil(data)
	}
	return data, err
}

func TestBrokenDataIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*corpus.Dataset){
		`training split has two documents with the ID "x"`: func(d *corpus.Dataset) { d.Train[3].ID, d.Train[9].ID = "x", "x" },
		"document 4 of the test split has no ID":           func(d *corpus.Dataset) { d.Test[3].ID = "" },
		"has the class number 4; there are 4 classes":      func(d *corpus.Dataset) { d.Test[3].Label = 4 },
		`stands twice in ["World" "World" `:                func(d *corpus.Dataset) { d.Classes = []string{"World", "World", "a", "b"} },
		"has the class number -1":                          func(d *corpus.Dataset) { d.Train[3].Label = -1 },
	} {
		e := small()
		e.Data = broken{spoil}
		if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestSeedSetOfOneClassIsSaidAloud(t *testing.T) {
	e := small()
	e.Start, e.Rounds = Docs(1), 1
	said := 0
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{Progress: func(p Progress) {
		if strings.Contains(p.Note, "all 1 labeled documents are of the class") {
			said++
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if said != len(e.Seeds) {
		t.Errorf("it was said %d times, want once for each of %d seeds", said, len(e.Seeds))
	}
}

func TestOpenResultsOfNothing(t *testing.T) {
	if _, err := OpenResults(t.TempDir()); err == nil || !strings.Contains(err.Error(), "run the experiment first") {
		t.Errorf("got %v", err)
	}
}

func TestSeedSetDependsOnTheSeed(t *testing.T) {
	data, err := small().Data.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{docs: documents(data.Train), start: query.Docs(8)}
	if a, b := r.seedSet(1), r.seedSet(1); !slices.Equal(a, b) {
		t.Error("the same seed gives two seed sets")
	}
	if a, b := r.seedSet(1), r.seedSet(2); slices.Equal(a, b) {
		t.Error("two seeds give the same seed set")
	}
}
