package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/store/storetest"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

var (
	someTexts  = pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 4, Rate: 0.3}}
	otherTexts = pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 5, Rate: 0.2}}
	someWords  = pseudolabeltest.Words{Settings: pseudolabeltest.Settings{Epochs: 4, Rate: 0.3}}
	otherWords = pseudolabeltest.Words{Settings: pseudolabeltest.Settings{Epochs: 2, Rate: 0.2}} // it knows little
)

// succeeding has arms for each way to train a successor.
func succeeding() Experiment {
	model := wordCounts{Smoothing: 0.1}
	arm := func(name string, plan *pseudolabel.Plan) Arm {
		if plan != nil {
			plan.Labeler = otherTexts
		}
		return Arm{Name: name, Acquisition: model, Strategy: query.LeastConfident{}, Successor: someTexts, PseudoLabel: plan}
	}
	e := Experiment{
		Data: datasets.Synthetic{Train: 150, Test: 60, Seed: 1},
		Arms: []Arm{
			{Name: "own", Acquisition: someTexts, Strategy: query.LeastConfident{}},
			arm("mismatch", nil),
			arm("PLASM", &pseudolabel.Plan{}),
			arm("confidence", &pseudolabel.Plan{Filter: pseudolabel.Confidence{}, Soft: true, GoldWeight: 2}),
			arm("sometimes", &pseudolabel.Plan{Filter: pseudolabel.None{}, Rounds: []int{2}}),
			arm("PLASM+UPS", &pseudolabel.Plan{Filter: pseudolabel.TracIn{}, Checkpoints: 2}),
		},
		Start: Docs(40), Batch: Docs(10), Rounds: 2, Seeds: []uint64{1, 2},
	}
	e.Arms[4].SuccessorRounds = []int{0, 2}
	e.Arms[5].SuccessorRounds = []int{2}
	e.Arms[5].Subsample = third
	return e
}

// succeedingTagged is the same for spans.
func succeedingTagged() Experiment {
	e := succeeding()
	e.Data, e.Tagged = nil, names{Train: 120, Test: 50}
	e.Start, e.Batch = Docs(40), Words(40)
	for i := range e.Arms {
		a := &e.Arms[i]
		a.Acquisition, a.Successor, a.Strategy = nil, nil, query.MNLP{}
		a.Tagger, a.SuccessorTagger = tagCounts{Smoothing: 0.1}, someWords
		if a.PseudoLabel != nil {
			a.PseudoLabel.Labeler, a.PseudoLabel.LabelerTagger = nil, otherWords
		}
	}
	e.Arms[0].Tagger, e.Arms[0].SuccessorTagger = someWords, nil
	return e
}

func TestSuccessors(t *testing.T) {
	for name, e := range map[string]Experiment{"texts": succeeding(), "words": succeedingTagged()} {
		t.Run(name, func(t *testing.T) {
			trainings := 0
			for i := range e.Arms {
				switch {
				case i == 0:
				case e.Tagged != nil:
					e.Arms[i].Tagger = tagCounts{Smoothing: 0.1, trainings: &trainings}
				default:
					e.Arms[i].Acquisition = wordCounts{Smoothing: 0.1, trainings: &trainings}
				}
			}
			dir := t.TempDir()
			results, err := e.Run(t.Context(), dir, RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			// All arms but the first choose alike, as both queries are full ones of UPS, and train once for each; nobody trains an
			// acquisition model for the last round, which makes no query.
			if want := len(e.Seeds) * e.Rounds; trainings != want {
				t.Errorf("the acquisition model was trained %d times, want %d", trainings, want)
			}
			r := reader{t, e, results.folder}
			for _, seed := range e.Seeds {
				for round := range e.Rounds + 1 {
					base := r.round("mismatch", seed, round)
					for _, name := range []string{"PLASM", "confidence", "sometimes"} {
						d := r.round(name, seed, round)
						if !slices.Equal(d.Labeled.IDs, base.Labeled.IDs) || !reflect.DeepEqual(d.Query, base.Query) || !slices.Equal(d.Scores,
							base.Scores) {
							t.Errorf("%s, seed %d, round %d chose something else", name, seed, round)
						}
						if round < e.Rounds && (!d.Timings.Shared || d.Timings.Train != base.Timings.Train ||
							d.Timings.Steps != len(d.Labeled.IDs)) {
							t.Errorf("%s, round %d: %+v, mismatch %+v", name, round, d.Timings, base.Timings)
						}
					}
					for _, arm := range e.Arms {
						d := r.round(arm.Name, seed, round)
						plasm := arm.PseudoLabel != nil && arm.PseudoLabel.In(round) && arm.evaluates(round)
						if (d.Metrics != nil) != arm.evaluates(round) || (d.PseudoLabeling != nil) != plasm {
							t.Errorf("%s, round %d: %+v, %+v", arm.Name, round, d.Metrics, d.PseudoLabeling)
						}
						if labels, err := results.PseudoLabels(arm.Name, seed, round); err != nil || len(labels) != pooled(d) {
							t.Errorf("%s, round %d: %d pseudo-labels, %v", arm.Name, round, len(labels), err)
						}
						stages := map[string]int{"own": 0, "mismatch": 1, "confidence": 3, "sometimes": 1, "PLASM": 5, "PLASM+UPS": 5}[arm.Name]
						if arm.Name == "sometimes" && round == 2 {
							stages = 3
						}
						if arm.evaluates(round) && len(d.Timings.Stages) != stages {
							t.Errorf("%s, round %d: stages %+v", arm.Name, round, d.Timings.Stages)
						}
					}
					if d := r.round("confidence", seed, round); !d.Timings.Stages[0].Shared || d.Timings.Stages[2].Shared {
						// Its labels of words keep their probabilities, so they aren't those of PLASM.
						if e.Tagged == nil {
							t.Errorf("the pseudo-labeler isn't shared: %+v", d.Timings.Stages)
						}
					}
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "work")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder of the steps is still there: %v", err)
			}
			checkResults(t, e, results)
		})
	}
}

// pooled is how many pseudo-labels a round is to have.
func pooled(d *store.Round) int {
	if d.PseudoLabeling == nil {
		return 0
	}
	return d.PseudoLabeling.Dropped + d.PseudoLabeling.Kept
}

// checkResults is for rounds that have no metrics.
func checkResults(t *testing.T, e Experiment, results *Results) {
	t.Helper()
	curves := results.Curves()
	for i, points := range [][]int{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 2}, {2}} {
		var rounds []int
		for _, p := range curves[i].Points {
			rounds = append(rounds, p.Round)
			if p.Seeds != 2 || !(p.Mean > 0) {
				t.Errorf("%s: %+v", curves[i].Arm, p)
			}
		}
		if !slices.Equal(rounds, points) || curves[i].Area.N != 2 {
			t.Errorf("%+v", curves[i])
		}
	}
	unknown := 0
	for _, l := range results.Labelings() {
		if math.IsNaN(l.Value) {
			unknown++
		}
	}
	if unknown != 2*(1+2) {
		t.Errorf("%d rounds have no value", unknown)
	}
	differences, err := results.Differences("PLASM+UPS")
	if err != nil || len(differences) != 5 || differences[0].Round != 2 {
		t.Errorf("%+v, %v", differences, err)
	}
	rows := results.PseudoLabelings()
	if len(rows) != 3+3+1+1 || rows[0].Arm != "PLASM" || rows[0].Filter != "tracin" || rows[0].Q.N != 2 ||
		rows[0].Found[0].By != "tracin" ||
		rows[0].Found[0].Precision.N != 2 || rows[3].Found[0].By != "confidence" || rows[6].Filter != "none" ||
		rows[6].Dropped.Mean != 0 {
		t.Errorf("%+v", rows)
	}
	successions := results.Successions()
	if len(successions) != 3+3+3+2+1 || successions[3].Stages[0].Name != "quality" || !(successions[3].All.Mean > 0) {
		t.Errorf("%+v", successions)
	}
	for _, row := range results.Timings() {
		if row.Arm == "mismatch" && row.Round == 2 && (row.Train.Mean != 0 || row.Steps != 0) || row.Arm == "mismatch" &&
			row.Round == 0 && row.Steps != 40 {
			t.Errorf("%+v", row)
		}
	}
}

func TestSuccessorsGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: successors in runs that are interrupted; -short was given")
	}
	few := func(e Experiment) Experiment {
		e.Arms, e.Seeds, e.Rounds = e.Arms[1:4], e.Seeds[:1], 1
		return e
	}
	t.Run("texts", func(t *testing.T) { interruptedAtPhases(t, func() Experiment { return few(succeeding()) }) })
	t.Run("words", func(t *testing.T) { interruptedAtPhases(t, func() Experiment { return few(succeedingTagged()) }) })
}

// interruptedAtPhases stops a run in each of its phases, each time it comes to one, and compares what comes of it.
func interruptedAtPhases(t *testing.T, make func() Experiment) {
	t.Helper()
	want := t.TempDir()
	visits := []Phase{}
	if _, err := make().Run(t.Context(), want, RunOptions{Progress: func(p Progress) {
		if len(visits) == 0 || visits[len(visits)-1] != p.Phase {
			visits = append(visits, p.Phase)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	for _, phase := range []Phase{PhaseQuality, PhasePseudoLabel, PhaseFirstSuccessor, PhaseInfluence, PhaseSuccessor} {
		if !slices.Contains(visits, phase) {
			t.Fatalf("it never came to %q: %v", phase, visits)
		}
	}
	for stop := range visits {
		dir := t.TempDir()
		interruptAt(t, make(), dir, stop)
		if _, err := make().Run(t.Context(), dir, RunOptions{}); err != nil {
			t.Fatalf("interrupted while %s: %v", visits[stop].Doing(), err)
		}
		sameContents(t, storetest.Files(t, dir), storetest.Files(t, want))
	}
}

// interruptAt runs an experiment until it has come to so many phases.
func interruptAt(t *testing.T, e Experiment, dir string, stop int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	visits, last := 0, Phase("")
	_, err := e.Run(ctx, dir, RunOptions{Progress: func(p Progress) {
		if p.Phase != last {
			visits, last = visits+1, p.Phase
		}
		if visits == stop+1 {
			cancel()
		}
	}})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// inChild is the environment variable with the folder that a test's child runs an experiment in.
const inChild = "ALNB_TEST_SUCCESSORS"

// TestRunInChild runs the experiment of TestKilledWhileHandingOver; by itself it does nothing.
func TestRunInChild(t *testing.T) {
	dir := os.Getenv(inChild)
	if dir == "" {
		t.Skip("it is the child of TestKilledWhileHandingOver")
	}
	if _, err := killed().Run(t.Context(), dir,
		RunOptions{Progress: func(Progress) { time.Sleep(20 * time.Microsecond) }}); err != nil {
		t.Fatal(err)
	}
}

func killed() Experiment {
	e := succeeding()
	e.Arms, e.Seeds, e.Rounds = e.Arms[1:4], e.Seeds[:1], 1
	return e
}

// Killed with SIGKILL at random instants, a run gives the files of one that wasn't.
func TestKilledWhileHandingOver(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: runs that are killed while labels are handed over; -short was given")
	}
	want, dir := t.TempDir(), t.TempDir()
	if _, err := killed().Run(t.Context(), want, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	kills, inWork := 0, 0
	for ; ; kills++ {
		child := exec.Command(os.Args[0], "-test.run=^TestRunInChild$")
		child.Env = append(os.Environ(), inChild+"="+dir)
		instant := keyed.Key{Purpose: "kill a run", Round: kills}.Float64()
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The longer it takes, the more patience: a busy machine may need long for a step.
		patience := time.Duration(instant * float64(100+20*kills) * float64(time.Millisecond))
		die := time.AfterFunc(30*time.Millisecond+patience, func() { child.Process.Kill() })
		err := child.Wait()
		die.Stop()
		if err == nil {
			break
		}
		if child.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child ended by itself: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "work")); err == nil {
			inWork++
		}
	}
	t.Logf("%d kills, %d of them between the steps of a round", kills, inWork)
	if inWork < 3 {
		t.Errorf("%d of %d kills met a round under way", inWork, kills)
	}
	sameContents(t, storetest.Files(t, dir), storetest.Files(t, want))
}

func TestSuccessorsMistakes(t *testing.T) {
	for want, change := range map[string]func(*Arm){
		"has SuccessorRounds, and no Successor":         func(a *Arm) { a.Successor, a.PseudoLabel, a.SuccessorRounds = nil, nil, []int{1} },
		"has a PseudoLabel, and no Successor":           func(a *Arm) { a.Successor = nil },
		"has SuccessorRounds without a round":           func(a *Arm) { a.SuccessorRounds = []int{} },
		"has the round 3 in SuccessorRounds":            func(a *Arm) { a.SuccessorRounds = []int{3} },
		"has the round 7 in PseudoLabel.Rounds":         func(a *Arm) { a.PseudoLabel.Rounds = []int{0, 7} },
		"has a SuccessorTagger":                         func(a *Arm) { a.SuccessorTagger = someWords },
		"can't pseudo-label: pseudolabel: the plan has": func(a *Arm) { a.PseudoLabel.Labeler = nil },
		"give a Labeler":                                func(a *Arm) { a.PseudoLabel.Labeler, a.PseudoLabel.LabelerTagger = nil, someWords },
		`"word_counts" can't keep checkpoints`:          func(a *Arm) { a.Successor = wordCounts{} },
		`"word_counts" can't learn from probabilities`: func(a *Arm) {
			a.Successor, a.PseudoLabel.Filter, a.PseudoLabel.Soft = wordCounts{}, pseudolabel.None{}, true
		},
	} {
		e := succeeding()
		trainings := 0
		for i := range e.Arms {
			e.Arms[i].Acquisition = wordCounts{Smoothing: 0.1, trainings: &trainings}
		}
		change(&e.Arms[2])
		if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{}); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), `arm "PLASM"`) {
			t.Errorf("want %q, got %v", want, err)
		}
		if trainings > 0 {
			t.Errorf("%q was found after %d trainings", want, trainings)
		}
	}
}

// A round in which labels can't be handed over says why, and the run goes on.
func TestRefusedRound(t *testing.T) {
	e := succeeding()
	e.Arms, e.Start, e.Batch = e.Arms[1:3], Docs(1), Docs(60)
	var notes []string
	dir := t.TempDir()
	results, err := e.Run(t.Context(), dir, RunOptions{Progress: func(p Progress) {
		if strings.Contains(p.Note, "PLASM") {
			notes = append(notes, p.Note)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := reader{t, e, results.folder}
	if d := r.round("PLASM", 1, 0); d.Metrics != nil || d.Query == nil || !strings.Contains(d.PseudoLabeling.Refused,
		"all 1 gold labels are of the class") {
		t.Errorf("%+v", d.PseudoLabeling)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "PLASM, seed 1, round 0: all 1 gold labels are of the class") {
		t.Errorf("%q", notes)
	}
	rows := results.PseudoLabelings()
	if rows[0].Refused != 2 || rows[0].Labeled.N != 0 || rows[1].Refused != 0 || rows[1].Labeled.N != 2 {
		t.Errorf("%+v", rows)
	}
	curves := results.Curves()
	if len(curves[1].Points) != 2 || curves[1].Area.N != 0 || len(curves[0].Points) != 3 || curves[0].Area.N != 2 {
		t.Errorf("%+v", curves)
	}
}

// Where the last query takes the rest of the pool, nothing is left to label.
func TestNothingLeftInTheLastRound(t *testing.T) {
	e := succeeding()
	e.Arms, e.Start, e.Batch = e.Arms[2:3], Docs(50), Docs(50)
	results, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := reader{t, e, results.folder}.round("PLASM", 1, 2)
	if d.Metrics == nil || d.Metrics.Steps != 4*150 || d.PseudoLabeling.Labeled != 0 || !strings.Contains(d.PseudoLabeling.Note,
		"nothing is left to label") {
		t.Errorf("%+v, %+v", d.Metrics, d.PseudoLabeling)
	}
}

// An arm of its own acquisition model shares its choice with one that has a successor.
func TestSelectionIsSharedWithTheOwn(t *testing.T) {
	e := succeeding()
	trainings := 0
	model := wordCounts{Smoothing: 0.1, trainings: &trainings}
	e.Arms = []Arm{
		{Name: "own", Acquisition: model, Strategy: query.LeastConfident{}},
		{Name: "other", Acquisition: model, Strategy: query.LeastConfident{}, Successor: someTexts},
		{Name: "again", Acquisition: model, Strategy: query.LeastConfident{}, Subsample: subsample.Full{}},
	}
	results, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
	if err != nil || trainings != 2*3 {
		t.Fatalf("%d trainings, %v", trainings, err)
	}
	r := reader{t, e, results.folder}
	own, other := r.round("own", 1, 1), r.round("other", 1, 1)
	if !reflect.DeepEqual(own.Query, other.Query) || !slices.Equal(own.Scores, other.Scores) || own.Timings.Shared ||
		!other.Timings.Shared ||
		other.Timings.Train != own.Timings.Train || other.Timings.Score != own.Timings.Score ||
		own.Metrics.Value == other.Metrics.Value {
		t.Errorf("%+v %+v, %+v %+v", own.Timings, own.Metrics, other.Timings, other.Metrics)
	}
}

// Without successors, a run's configuration is what it was before there were any, so that folders from then can be gone on with.
func TestConfigurationStays(t *testing.T) {
	e := small()
	e.Arms = e.Arms[1:]
	e.Seeds = []uint64{1}
	raw, err := e.configure(dataConfig{Name: "x", Classes: []string{"a"}, Train: 1, Test: 1, Fingerprint: "f"})
	if err != nil {
		t.Fatal(err)
	}
	var compact any
	if err := json.Unmarshal(raw, &compact); err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(compact)
	const want = `{"data":{"classes":["a"],"fingerprint":"f","name":"x","test":1,"train":1},"experiment":{"arms":[{"acquisition":` +
		`{"config":{"smoothing":0.1},"name":"word_counts"},"name":"LC","strategy":{"name":"least-confident"}}],"batch":{"docs":10},` +
		`"data":{"config":{"seed":1,"test":200,"train":300},"name":"synthetic"},"rounds":3,"seeds":[1],"start":{"docs":8}},"version":2}`
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if raw, err = succeeding().configure(dataConfig{}); err != nil || !strings.HasPrefix(string(raw), "{\n  \"version\": 3,") {
		t.Errorf("%.40s, %v", raw, err)
	}
}

// Metrics that are missing where a model was evaluated are missed.
func TestMetricsThatAreGoneAreMissed(t *testing.T) {
	dir := t.TempDir()
	e := small()
	if _, err := e.Run(t.Context(), dir, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "arms", "01-lc", "seed-1", "round-02", "metrics.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenResults(dir); err == nil || !strings.Contains(err.Error(), `arm "LC", seed 1, round 2`) ||
		!strings.Contains(err.Error(), "has no metrics.json") {
		t.Error(err)
	}
}
