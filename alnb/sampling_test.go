package alnb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

// every is a strategy without scores: it chooses documents far apart in the order of their IDs' hashes.
type every struct{}

func (every) Name() string { return "every" }

func (every) Select(_ context.Context, r query.Request) ([]int, error) {
	order, err := query.Ranking(r.Docs, nil, keyed.Key{Purpose: "every"})
	n := min(r.Budget.Docs, len(order))
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = order[i*len(order)/n]
	}
	return chosen, err
}

func arm(name string, strategy query.Strategy, sampler subsample.Sampler) Arm {
	return Arm{Name: name, Acquisition: wordCounts{Smoothing: 0.1}, Strategy: strategy, Subsample: sampler}
}

// third scores a third of the pool, but for the first two queries.
var third = subsample.UPS{Gamma: 0.3, T: 0.01, FullQueries: []int{0, 1}}

// subsampling has every sampler, and every kind of strategy with one. Deadline is long enough to score all, and so gives the
// same each time.
func subsampling() Experiment {
	e := Experiment{
		Data: datasets.Synthetic{Train: 200, Test: 50, Seed: 1},
		Arms: []Arm{
			arm("LC", query.LeastConfident{}, nil),
			arm("LC full", query.LeastConfident{}, subsample.Full{}),
			arm("LC UPS", query.LeastConfident{}, third),
			arm("LC UPS shadow", query.LeastConfident{}, third),
			arm("LC top", query.LeastConfident{}, subsample.TopGamma{Gamma: 0.3, FullQueries: []int{0}}),
			arm("LC subset", query.LeastConfident{}, subsample.RandomSubset{Share: 0.3, FullQueries: []int{1}}),
			arm("LC deadline", query.LeastConfident{}, subsample.Deadline{Seconds: 60}),
			arm("Random", query.Random{}, nil),
			arm("Random UPS", query.Random{}, third),
			arm("every", every{}, nil),
			arm("every UPS", every{}, third),
			arm("every UPS shadow", every{}, third),
		},
		Start: Docs(8), Batch: Docs(10), Rounds: 4, Seeds: []uint64{1, 2},
	}
	for i := range e.Arms {
		e.Arms[i].Shadow = strings.HasSuffix(e.Arms[i].Name, "shadow")
	}
	return e
}

// reader reads the rounds of an experiment's folder.
type reader struct {
	*testing.T
	Experiment
	folder *store.Experiment
}

func ran(t *testing.T, e Experiment) reader {
	t.Helper()
	dir := t.TempDir()
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	folder, _, err := store.ReadExperiment(dir)
	if err != nil {
		t.Fatal(err)
	}
	return reader{t, e, folder}
}

func (r reader) round(name string, seed uint64, round int) *store.Round {
	r.Helper()
	a := slices.IndexFunc(r.Arms, func(arm Arm) bool { return arm.Name == name })
	done, err := r.folder.ReadRound(a, name, seed, round)
	if err == nil {
		done.Scores, err = r.folder.ReadScores(a, name, seed, round)
	}
	if err != nil {
		r.Fatal(err)
	}
	return done
}

func TestSamplers(t *testing.T) {
	r := ran(t, subsampling())
	for _, seed := range r.Seeds {
		for query := range r.Rounds {
			pool := 200 - 8 - 10*query
			for name, share := range map[string][]float64{
				"LC": {1, 1, 1, 1}, "LC full": {1, 1, 1, 1}, "LC deadline": {1, 1, 1, 1},
				"LC UPS": {1, 1, 0.31, 0.31}, "LC UPS shadow": {1, 1, 0.31, 0.31}, "LC top": {1, 0.3, 0.3, 0.3},
				"LC subset": {0.3, 1, 0.3, 0.3}, "Random UPS": {1, 1, 0.31, 0.31}, "every UPS": {1, 1, 0.31, 0.31},
			} {
				done := r.round(name, seed, query)
				s := done.Query.Sample
				if s == nil || s.Pool != pool || s.Scored != len(done.Scores) || s.Full != (share[query] == 1) ||
					math.Abs(s.Share()-share[query]) > 0.04 || done.Timings.Scored != s.Scored {
					t.Errorf("%s, query %d: %+v, %d scores", name, query, s, len(done.Scores))
				}
				if (done.Timings.Saved > 0) != (share[query] < 1) {
					t.Errorf("%s, query %d saved %g s", name, query, done.Timings.Saved)
				}
			}
			for _, name := range []string{"Random", "every"} {
				if done := r.round(name, seed, query); done.Query.Sample != nil || done.Scores != nil || done.Timings.Scored != 0 {
					t.Errorf("%s, query %d scored something: %+v", name, query, done.Query.Sample)
				}
			}
			// What scores all chooses what is chosen without a sampler; a shadow changes nothing.
			for _, pair := range [][2]string{{"LC full", "LC"}, {"LC deadline", "LC"}, {"LC UPS shadow", "LC UPS"}, {"every UPS shadow", "every UPS"}} {
				a, b := r.round(pair[0], seed, query), r.round(pair[1], seed, query)
				if !slices.Equal(a.Query.IDs, b.Query.IDs) || !slices.Equal(a.Scores, b.Scores) {
					t.Errorf("%s and %s differ in query %d", pair[0], pair[1], query)
				}
			}
			// The query is among what was scored.
			for _, name := range []string{"LC UPS", "LC top", "LC subset", "Random UPS", "every UPS"} {
				done := r.round(name, seed, query)
				for _, id := range done.Query.IDs {
					if !slices.ContainsFunc(done.Scores, func(s store.Score) bool { return s.ID == id }) {
						t.Errorf("%s, query %d chose %s, which it didn't score", name, query, id)
					}
				}
			}
		}
		// Until a query is subsampled nothing differs, and every strategy ranks by what the same model is unsure of.
		if a, b := r.round("LC UPS", seed, 1), r.round("LC", seed, 1); !slices.Equal(a.Query.IDs, b.Query.IDs) {
			t.Error("a full query of UPS differs from LC's")
		}
		if a, b := r.round("every UPS", seed, 0), r.round("LC", seed, 0); !slices.Equal(a.Scores, b.Scores) {
			t.Error("the scores of a strategy without any are not LC's")
		}
	}
}

// The documents that UPS keeps are those of the stale scores: what was computed last, in whichever round.
func TestStaleScores(t *testing.T) {
	e := subsampling()
	e.Arms = []Arm{arm("top", query.LeastConfident{}, subsample.TopGamma{Gamma: 0.3, FullQueries: []int{0}})}
	r := ran(t, e)
	last := map[string]float64{}
	for query := range r.Rounds {
		done := r.round("top", 1, query)
		if query > 0 {
			var left []float64
			labeled := done.Labeled.IDs
			for id, score := range last {
				if !slices.Contains(labeled, id) {
					left = append(left, score)
				}
			}
			slices.SortFunc(left, func(a, b float64) int { return cmp.Compare(b, a) })
			edge := left[len(done.Scores)-1]
			for _, s := range done.Scores {
				if last[s.ID] < edge {
					t.Errorf("query %d scored %s, whose stale score %g is below %g", query, s.ID, last[s.ID], edge)
				}
			}
		}
		for _, s := range done.Scores {
			last[s.ID] = s.Score
		}
	}
}

func TestKept(t *testing.T) {
	r := ran(t, subsampling())
	for query := range r.Rounds {
		for name, known := range map[string][]bool{
			"LC": {false, false, false, false}, "LC full": {false, false, false, false}, "LC deadline": {false, false, false, false},
			"LC UPS": {false, true, false, false}, "LC UPS shadow": {false, true, true, true},
			"LC top": {false, false, false, false}, "LC subset": {false, true, false, false},
			"every UPS": {false, true, false, false}, "every UPS shadow": {false, true, true, true},
		} {
			kept := r.round(name, 1, query).Query.Sample.Kept
			if (kept != nil) != known[query] {
				t.Errorf("%s, query %d: kept is %v", name, query, kept)
			}
			if kept != nil && !(*kept >= 0 && *kept <= 1) {
				t.Errorf("%s, query %d: kept %g", name, query, *kept)
			}
		}
		// A uniform choice from the pool lies in a third of it by a third; one that was made within it, wholly.
		if kept := r.round("every UPS shadow", 1, query).Query.Sample.Kept; kept != nil && *kept > 0.8 {
			t.Errorf("query %d of a strategy that doesn't look at uncertainty kept %g", query, *kept)
		}
	}
}

// Shadow's share, computed by hand: the full query is LC's by the same model, which was trained on the same documents.
func TestShadowTellsWhatWasMissed(t *testing.T) {
	e := subsampling()
	shadow := arm("shadow", query.LeastConfident{}, subsample.RandomSubset{Share: 0.3})
	shadow.Shadow = true
	e.Arms = []Arm{shadow, arm("LC", query.LeastConfident{}, nil)}
	e.Rounds = 1
	r := ran(t, e)
	for _, seed := range r.Seeds {
		a, b := r.round("shadow", seed, 0), r.round("LC", seed, 0)
		found := 0.0
		for _, id := range b.Query.IDs {
			if slices.ContainsFunc(a.Scores, func(s store.Score) bool { return s.ID == id }) {
				found++
			}
		}
		if kept := *a.Query.Sample.Kept; kept != found/10 {
			t.Errorf("seed %d: kept %g, want %g", seed, kept, found/10)
		}
	}
}

func TestContainment(t *testing.T) {
	r := ran(t, subsampling())
	for query := range r.Rounds {
		if c := r.round("LC", 1, query).Query.Sample.Contained; (c != nil) != (query > 0) {
			t.Errorf("LC, query %d: contained %v", query, c)
		}
		if c := r.round("LC UPS", 1, query).Query.Sample.Contained; (c != nil) != (query == 1) {
			t.Errorf("UPS, query %d: contained %v", query, c)
		}
	}
	c := r.round("LC", 1, 1).Query.Sample.Contained
	previous := r.round("LC", 1, 0)
	var scores []float64
	var positions []int
	for _, s := range previous.Scores {
		if slices.Contains(previous.Query.IDs, s.ID) {
			continue // labeled since
		}
		if slices.Contains(r.round("LC", 1, 1).Query.IDs, s.ID) {
			positions = append(positions, len(scores))
		}
		scores = append(scores, s.Score)
	}
	if want := subsample.Containment(positions, scores, Tops()); !slices.EqualFunc(c, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
		t.Errorf("contained %v, want %v", c, want)
	}
}

func TestSubsamplingGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: interruptions; -short was given")
	}
	interrupted(t, subsampling)
	interruptedInEachRound(t, func() Experiment {
		e := subsampling()
		e.Arms, e.Seeds = []Arm{e.Arms[2], e.Arms[5], e.Arms[11]}, []uint64{1}
		return e
	})
}

// A model that is slow has Deadline score a part, which a run that goes on takes as it was.
func TestDeadlineGoesOn(t *testing.T) {
	e := subsampling()
	e.Arms = []Arm{arm("deadline", query.LeastConfident{}, subsample.Deadline{Seconds: 1e-6})}
	e.Seeds = []uint64{1}
	dir := t.TempDir()
	for stop := 1; stop <= 5; stop++ {
		before := storetest.Files(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := e.Run(ctx, dir, RunOptions{Progress: func(p Progress) {
			if p.FinishedRounds == stop {
				cancel()
			}
		}})
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		after := storetest.Files(t, dir)
		for name := range before {
			if before[name] != after[name] {
				t.Errorf("%s changed", name)
			}
		}
	}
	results, err := OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if rows := results.Samplings(); len(rows) != 5 || rows[4].Late != 4 || rows[1].Share.Mean > 0.2 || rows[1].ToppedUp.Mean < 6 {
		t.Errorf("%+v", rows)
	}
}

// shy is a sampler that breaks its promise: it has one document scored.
type shy struct{}

func (shy) Name() string { return "shy" }
func (shy) Check() error { return nil }
func (shy) Sample(ctx context.Context, _ subsample.Pool, score subsample.ScoreFunc) (subsample.Sample, error) {
	scores, err := score(ctx, []int{3})
	return subsample.Sample{Positions: []int{3}, Scores: scores}, err
}

func TestSamplersMistakes(t *testing.T) {
	for want, change := range map[string]func(*Experiment){
		`arm "LC" can't subsample: subsample: ups: gamma is 2`: func(e *Experiment) { e.Arms[1].Subsample = subsample.UPS{Gamma: 2} },
		`arm "LC" has Shadow set`:                              func(e *Experiment) { e.Arms[1].Shadow = true },
		"the sampler shy had 1 documents scored":               func(e *Experiment) { e.Arms[1].Subsample = shy{} },
	} {
		e := small()
		change(&e)
		if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// A model that misses what one arm needs is an error before any training.
func TestMissingCapabilityIsFoundBeforeTraining(t *testing.T) {
	opened, trainings := 0, 0
	e := small()
	for i := range e.Arms {
		e.Arms[i].Acquisition = wordCounts{Smoothing: 0.1, opened: &opened, trainings: &trainings}
	}
	other := wordCounts{Smoothing: 0.2, trainings: &trainings}
	for want, strategy := range map[string]query.Strategy{"gives no embeddings": query.CoreSet{}, "gives no tags": query.MNLP{}} {
		e.Arms[1] = Arm{Name: "last", Acquisition: other, Strategy: strategy}
		_, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `arm "last"`) || trainings != 0 {
			t.Errorf("%d trainings, then %v; want %q", trainings, err, want)
		}
	}
}

func TestSamplingResults(t *testing.T) {
	dir := t.TempDir()
	results, err := subsampling().Run(t.Context(), dir, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rows := results.Samplings()
	if len(rows) != 10*5 { // all arms but Random and every, which score nothing
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		switch {
		case row.Arm == "LC UPS" && row.Query == -1:
			if row.Share.N != 2 || math.Abs(row.Share.Mean-0.67) > 0.03 || row.Full || row.Kept.N != 2 || !(row.Saved.Mean > 0) {
				t.Errorf("%+v", row)
			}
		case row.Arm == "LC" && row.Query == 1:
			if !row.Full || row.Saved.Mean != 0 || len(row.Contained) != 5 || row.Contained[4].N != 2 || row.Contained[4].Mean < row.Contained[0].Mean {
				t.Errorf("%+v", row)
			}
		}
	}
	for _, curve := range results.Curves() {
		low, high := 1.0, 0.0
		for _, p := range curve.Points {
			low, high = min(low, p.Mean), max(high, p.Mean)
		}
		if a := curve.Area; a.N != 2 || a.Mean < low || a.Mean > high {
			t.Errorf("%s: area %+v", curve.Arm, curve.Area)
		}
	}
	iterations := results.IterationTimings(Iterations()...)
	if len(iterations) != 2*12 || iterations[0].Round != 2 || iterations[1].Round != -1 {
		t.Fatalf("%+v", iterations)
	}
	for i := 0; i < len(iterations); i += 2 {
		rounds := results.Timings()[i/2*6:]
		sum := rounds[0].Both.Mean + rounds[1].Both.Mean + rounds[2].Both.Mean + rounds[3].Both.Mean
		if all := iterations[i+1]; math.Abs(all.Both.Mean-sum) > 1e-9 || math.Abs(all.Train.Mean+all.Score.Mean-sum) > 1e-9 {
			t.Errorf("%s: all iterations take %+v, its rounds %g", all.Arm, all.Both, sum)
		}
		if iterations[i].Train != rounds[1].Train || iterations[i].Score != rounds[1].Score {
			t.Errorf("iteration 2 takes %+v, round 1 %+v", iterations[i], rounds[1])
		}
	}
	// Times vary; what is kept beside them doesn't.
	raw, err := os.ReadFile(filepath.Join(dir, "arms", "02-lc-ups", "seed-1", "round-02", "query.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept store.Query
	if err := json.Unmarshal(raw, &kept); err != nil || kept.Sample == nil || kept.Sample.Full {
		t.Errorf("%v: %s", err, raw)
	}
}
