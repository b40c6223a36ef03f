package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

func registry() spec.Registry {
	return spec.Registry{
		Models:     spec.NewKind[learner.Model]("model", pseudolabeltest.Texts{}),
		Strategies: spec.NewKind("strategy", query.All()...),
		Sources:    spec.NewKind[corpus.Source]("data source", datasets.Synthetic{}),
		Samplers:   spec.NewKind[subsample.Sampler]("sampler", subsample.UPS{}),
		Filters:    spec.NewKind[pseudolabel.Filter]("filter", pseudolabel.Confidence{}),
	}
}

func small() alnb.Experiment {
	model := pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 5, Rate: 0.3}}
	other := pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 6, Rate: 0.2}}
	return alnb.Experiment{
		Data: datasets.Synthetic{Train: 200, Test: 100, Seed: 1},
		Arms: []alnb.Arm{
			{Name: "LC + UPS", Acquisition: model, Strategy: query.LeastConfident{}, Subsample: subsample.UPS{Gamma: 0.1, T: 0.01, FullQueries: []int{0}}},
			{Name: "PLASM", Acquisition: model, Strategy: query.LeastConfident{}, Successor: other,
				PseudoLabel: &pseudolabel.Plan{Labeler: model, Filter: pseudolabel.Confidence{}}},
			{Name: "Random", Acquisition: model, Strategy: query.Random{}},
		},
		Start: alnb.Docs(8), Batch: alnb.Docs(8), Rounds: 3, Seeds: []uint64{1, 2},
	}
}

// place is a queue and a bucket on this machine.
type place struct{ queue, bucket string }

func newPlace(t *testing.T) place {
	dir := t.TempDir()
	return place{"sqlite://" + filepath.Join(dir, "queue.db"), filepath.Join(dir, "store")}
}

func (p place) open(t *testing.T) (*queue.Queue, *bucket.Bucket) {
	t.Helper()
	q, err := queue.Open(t.Context(), p.queue)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bucket.Open(t.Context(), p.bucket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close(); b.Close() })
	return q, b
}

// work has a worker work until the test ends, or stop is called.
func (p place) work(t *testing.T, name, version string) (stop func()) {
	q, b := p.open(t)
	store, err := b.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(s string) { t.Log(name + ": " + s) }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- q.Work(ctx, w.Do, queue.WorkOptions{Lane: laneOf(version, store), Name: name, Lease: 2 * time.Second, Drain: time.Millisecond,
			Wait: 100 * time.Millisecond, Said: w.Said})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (p place) wait(t *testing.T, q *queue.Queue, id string, end time.Duration) Summary {
	t.Helper()
	began := time.Now()
	for {
		s, err := Status(t.Context(), q, id, "")
		if err != nil {
			t.Fatal(err)
		}
		if s.Done() || time.Since(began) > end {
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Workers give what a run by one process gives, also where some of them stop in between.
func TestWorkersGiveWhatARunGives(t *testing.T) {
	e, p := small(), newPlace(t)
	want := t.TempDir()
	if _, err := e.Run(t.Context(), want, alnb.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	q, b := p.open(t)
	s, err := SubmitExperiment(t.Context(), q, b, e)
	if err != nil || s.Units != 6 || s.Added != 6 {
		t.Fatalf("%+v, %v", s, err)
	}
	if again, err := SubmitExperiment(t.Context(), q, b, e); err != nil || again.ID != s.ID || again.Added != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	p.work(t, "steady", Version())
	for i := range 5 {
		stop := p.work(t, "restless", Version())
		time.Sleep(time.Duration(100+50*i) * time.Millisecond)
		stop()
	}
	if end := p.wait(t, q, s.ID, time.Minute); end.Count[queue.Finished] != 6 {
		t.Fatalf("%+v", end)
	}
	got := t.TempDir()
	for range 2 {
		if rounds, err := FetchExperiment(t.Context(), b, s.ID, got, registry()); err != nil || rounds != 24 {
			t.Fatal(rounds, err)
		}
	}
	same(t, got, want)
	if results, err := alnb.OpenResults(got); err != nil {
		t.Error(err)
	} else if done, total := results.Finished(); done != total {
		t.Errorf("%d of %d rounds", done, total)
	}
}

// same compares run folders, times aside.
func same(t *testing.T, got, want string) {
	t.Helper()
	g, w := storetest.Files(t, got), storetest.Files(t, want)
	for name := range w {
		if g[name] != w[name] {
			t.Errorf("%s differs:\n%.200s\n%.200s", name, g[name], w[name])
		}
	}
	if len(g) != len(w) {
		t.Errorf("%d files, want %d", len(g), len(w))
	}
}

// What a worker published first counts: another that did the same round otherwise, as another machine may, goes on from that.
func TestTheFirstRoundCounts(t *testing.T) {
	e, p := small(), newPlace(t)
	q, b := p.open(t)
	s, err := SubmitExperiment(t.Context(), q, b, e)
	if err != nil {
		t.Fatal(err)
	}
	unit := e.Units()[0]
	dir := t.TempDir()
	w := &Worker{Bucket: b, Registry: registry(), Dir: dir, Said: func(string) {}}
	// It has done all rounds itself, before it sees what is published.
	mine := filepath.Join(dir, s.ID, strings.ReplaceAll(e.UnitFolder(unit), "/", "-"))
	if _, err := e.Run(t.Context(), mine, alnb.RunOptions{Only: &unit}); err != nil {
		t.Fatal(err)
	}
	// Another machine's rounding had it ask for another document first: one that this one asked for in the next round.
	ids := func(raw []byte, err error) (ids []string) {
		t.Helper()
		var of struct{ IDs []string }
		if err := errors.Join(err, json.Unmarshal(raw, &of)); err != nil || len(of.IDs) == 0 {
			t.Fatal(len(of.IDs), err)
		}
		return of.IDs
	}
	round := func(n int, file string) string {
		return filepath.Join(mine, filepath.FromSlash(e.UnitFolder(unit)), store.RoundName(n), file)
	}
	first, next := ids(os.ReadFile(round(0, "query.json"))), ids(os.ReadFile(round(1, "query.json")))
	theirs := make(fstest.MapFS)
	for _, file := range []string{"labeled.json", "metrics.json", "query.json", "scores.json", "tested.json", "timings.json"} {
		raw, err := os.ReadFile(round(0, file))
		if err != nil {
			t.Fatal(err)
		}
		if file == "query.json" {
			raw = []byte(strings.Replace(string(raw), first[0], next[0], 1))
		}
		theirs[file] = &fstest.MapFile{Data: raw}
	}
	if _, err := b.Publish(t.Context(), experimentName(s.ID, e.UnitFolder(unit), store.RoundName(0)), theirs); err != nil {
		t.Fatal(err)
	}
	if err := w.Do(t.Context(), queue.Unit{Work: experimentWork, Of: s.ID, Part: e.UnitFolder(unit), Label: "it"}); err != nil {
		t.Error(err)
	}
	labeled := ids(b.Read(t.Context(), experimentName(s.ID, e.UnitFolder(unit), store.RoundName(1)), "labeled.json"))
	if slices.Contains(labeled, first[0]) || !slices.Contains(labeled, next[0]) {
		t.Error("the second round doesn't follow from the first that was published")
	}
	if _, err := os.Stat(mine); err == nil {
		t.Error("the worker's folder is still there")
	}
}

// A worker may die when it has published the last round: the next one has nothing to run, and finishes the unit.
func TestAllRoundsArePublishedAlready(t *testing.T) {
	e, p := small(), newPlace(t)
	q, b := p.open(t)
	s, err := SubmitExperiment(t.Context(), q, b, e)
	if err != nil {
		t.Fatal(err)
	}
	unit := queue.Unit{Work: experimentWork, Of: s.ID, Part: e.UnitFolder(e.Units()[1]), Label: "it"}
	for range 2 {
		w := &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(string) {}}
		if err := w.Do(t.Context(), unit); err != nil {
			t.Fatal(err)
		}
	}
	if has, err := b.Has(t.Context(), experimentName(s.ID, "origins", unit.Part)); !has || err != nil {
		t.Error("its origins aren't published", err)
	}
}

func TestAnotherVersionsUnitsWait(t *testing.T) {
	p := newPlace(t)
	q, b := p.open(t)
	s, err := SubmitExperiment(t.Context(), q, b, small())
	if err != nil {
		t.Fatal(err)
	}
	p.work(t, "newer", "v9.9.9")
	if end := p.wait(t, q, s.ID, time.Second); end.Count[queue.Waiting] != 6 {
		t.Errorf("%+v", end.Count)
	}
	if lane := laneOf("v1.2.3-0.20260101+Dirty", "0123abcd"); lane != "alnb-v1-2-3-0-20260101-dirty-0123abcd" {
		t.Error(lane)
	}
}

// A store may be emptied, or another be used with the same queue: what was finished is done again.
func TestAnotherStore(t *testing.T) {
	e, p := small(), newPlace(t)
	e.Seeds = e.Seeds[:1]
	q, b := p.open(t)
	done := func(b *bucket.Bucket, added int) {
		t.Helper()
		s, err := SubmitExperiment(t.Context(), q, b, e)
		if err != nil || s.Added != added {
			t.Fatalf("%d units are added, want %d: %v", s.Added, added, err)
		}
		p.wait(t, q, s.ID, time.Minute)
		if rounds, err := FetchExperiment(t.Context(), b, s.ID, t.TempDir(), registry()); err != nil || rounds != 12 {
			t.Errorf("%d rounds, %v", rounds, err)
		}
	}
	stop := p.work(t, "one", Version())
	done(b, 3)
	done(b, 0)
	stop()
	if err := os.RemoveAll(filepath.Join(p.bucket, "experiments")); err != nil {
		t.Fatal(err)
	}
	p.work(t, "two", Version())
	done(b, 3)
	other := place{p.queue, filepath.Join(t.TempDir(), "other")}
	_, b2 := other.open(t)
	other.work(t, "three", Version())
	done(b2, 3)
}

// A round that was damaged, and removed, is made again when the experiment is submitted again; until then those after it don't count.
func TestALostRoundIsMadeAgain(t *testing.T) {
	e, p := small(), newPlace(t)
	e.Seeds = e.Seeds[:1]
	q, b := p.open(t)
	p.work(t, "one", Version())
	fetch := func(added, rounds int) string {
		t.Helper()
		s, err := SubmitExperiment(t.Context(), q, b, e)
		if err != nil || s.Added != added {
			t.Fatalf("%d units are added, want %d: %v", s.Added, added, err)
		}
		p.wait(t, q, s.ID, time.Minute)
		dir := t.TempDir()
		if got, err := FetchExperiment(t.Context(), b, s.ID, dir, registry()); err != nil || got != rounds {
			t.Errorf("%d rounds, want %d: %v", got, rounds, err)
		}
		return dir
	}
	want := fetch(3, 12)
	lost, err := filepath.Glob(filepath.Join(p.bucket, "experiments", "*", "arms", "00-*", "seed-1", store.RoundName(1)))
	if err != nil || len(lost) != 1 {
		t.Fatal(lost, err)
	}
	if err := os.RemoveAll(lost[0]); err != nil {
		t.Fatal(err)
	}
	id := strings.Split(strings.TrimPrefix(lost[0], filepath.Join(p.bucket, "experiments")+"/"), "/")[0]
	if rounds, err := FetchExperiment(t.Context(), b, id, t.TempDir(), registry()); err != nil || rounds != 9 {
		t.Errorf("%d rounds count, want 9: %v", rounds, err)
	}
	same(t, fetch(3, 12), want)
}

func TestMistakesAreSentences(t *testing.T) {
	p := newPlace(t)
	q, b := p.open(t)
	_, err := Status(t.Context(), q, "nothing", "")
	mistake(t, err, `nothing with the ID "nothing" was submitted to this queue`)
	_, err = Status(t.Context(), q, "../x", "")
	mistake(t, err, `"../x" is no ID`)
	_, err = FetchExperiment(t.Context(), b, "nothing", t.TempDir(), registry())
	mistake(t, err, "the experiment nothing: bucket: read experiments/nothing/config")
	bad := small()
	bad.Rounds = 1000
	_, err = SubmitExperiment(t.Context(), q, b, bad)
	mistake(t, err, "need 8008 documents; the training split of")
	w := &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(string) {}}
	mistake(t, w.Do(t.Context(), queue.Unit{Work: "dance", Of: "a"}), `doesn't know the work "dance"`)
	s, err := SubmitExperiment(t.Context(), q, b, small())
	if err != nil {
		t.Fatal(err)
	}
	mistake(t, w.Do(t.Context(), queue.Unit{Work: experimentWork, Of: s.ID, Part: "arms/77-x/seed-1"}), "has no unit")
	w.Registry = spec.Registry{}
	mistake(t, w.Do(t.Context(), queue.Unit{Work: experimentWork, Of: s.ID, Part: "arms/00-x/seed-1"}), "data")
}

func mistake(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
