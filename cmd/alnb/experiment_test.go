package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/spec"
)

// documented is the experiment that docs/cli.md shows.
func documented(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	block, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/cli.md shows no experiment")
	}
	return block
}

func parse(t *testing.T, yaml string) (alnb.Experiment, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "exp.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	raw, err := spec.ReadFile(path)
	if err != nil {
		return alnb.Experiment{}, err
	}
	return alnb.Parse(raw, registry())
}

func TestExperimentsComeBack(t *testing.T) {
	want, err := parse(t, documented(t))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := alnb.Parse(raw, registry())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back as %+v, %v", want, got, err)
	}
	if !strings.Contains(string(raw), `"learning_rate":0.0001`) || !strings.Contains(string(raw), `"min_steps":1000`) {
		t.Errorf("what was given, or the defaults of what wasn't, is not in %s", raw)
	}
}

// documentedSuccessor is the arm with a successor that docs/cli.md shows, in the experiment that it shows.
func documentedSuccessor(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n- name: PLASM")
	block, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/cli.md shows no arm with a successor")
	}
	return strings.Replace(documented(t), "start:", "- name: PLASM"+block+"start:", 1)
}

func TestSuccessorsComeBack(t *testing.T) {
	want, err := parse(t, documentedSuccessor(t))
	if err != nil {
		t.Fatal(err)
	}
	arm := want.Arms[3]
	if plan := arm.PseudoLabel; arm.Successor.Name() != "cnn-bilstm-crf" || plan.Filter != (pseudolabel.TracIn{}) ||
		!slices.Equal(arm.SuccessorRounds, []int{0, 2, 4}) || !slices.Equal(plan.Rounds, []int{2, 4}) || plan.GoldWeight != 1 {
		t.Errorf("%+v, %+v", arm, plan)
	}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := alnb.Parse(raw, registry())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back as %+v, %v", want, got, err)
	}
	for want, change := range map[string][2]string{
		`there is no filter "tracing"; there are confidence, none, share, tracin`: {"filter: tracin", "filter: tracing"},
		`unknown field "weight"`:                   {"gold_weight", "weight"},
		"has the round 5 in SuccessorRounds":       {"[0, 2, 4]", "[0, 2, 5]"},
		"share: drop is 1":                         {"filter: tracin", "filter: {name: share, config: {drop: 1}}"},
		`pseudo_label: labeler: there is no model`: {"labeler: *minilm", "labeler: minilm"},
	} {
		if _, err := parse(t, strings.Replace(documentedSuccessor(t), change[0], change[1], 1)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// The experiments that docs/results.md is about can be run.
func TestExperimentFiles(t *testing.T) {
	files, err := filepath.Glob("../../experiments/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no experiment files: %v", err)
	}
	for _, file := range files {
		raw, err := spec.ReadFile(file)
		if err == nil {
			_, err = alnb.Parse(raw, registry())
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestMistakesInExperimentsAreSentences(t *testing.T) {
	for want, change := range map[string][2]string{
		`there is no strategy "least-confidant"; there are badge, bald, cal, coreset,`: {"least-confident", "least-confidant"},
		`arm 2, "LC": strategy`: {"least-confident", "least-confidant"},
		`there is no data source "agnews"; there are ag_news, banking77, files, quickstart, synthetic`: {"ag_news", "agnews"},
		`unknown field "epoch"`:                                   {"steps: 60", "epoch: 60"},
		`unknown field "round"`:                                   {"rounds: 4", "round: 4"},
		"a size is either {docs: n}, {words: n} or {fraction: f}": {"start: {docs: 50}", "start: {}"},
		`unknown field "tokens"`:                                  {"start: {docs: 50}", "start: {tokens: 50}"},
		`there is no sampler "upps"; there are deadline, full, random-subset, top-gamma, ups`: {"subsample: ups", "subsample: upps"},
		"random-subset: share is 0":            {"subsample: ups", "subsample: random-subset"},
		"pool is -5":                           {"pool: 5000", "pool: -5"},
		"an experiment makes at least 1 query": {"rounds: 4", "rounds: 0"},
		`two arms are called "LC"`:             {"name: Random", "name: LC"},
		"the seed 2 is listed twice":           {"[1, 2]", "[2, 2]"},
		"exp.yaml: yaml: line 15: ":            {"start: {", "start: {{"},
	} {
		if _, err := parse(t, strings.Replace(documented(t), change[0], change[1], 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

const smallExperiment = `
data: {name: synthetic, config: {train: 120, test: 40}}
arms:
- name: LC
  acquisition: {name: transformer, config: {checkpoint: ../../alnb/model/testdata/tiny-bert, max_tokens: 32, training: {steps: 3}}}
  strategy: least-confident
start: {docs: 10}
batch: {fraction: 0.1}
rounds: 2
seeds: [1]
`

func TestExperimentRunAndShow(t *testing.T) {
	dir := t.TempDir()
	file, run := filepath.Join(dir, "exp.yaml"), filepath.Join(dir, "run")
	if err := os.WriteFile(file, []byte(smallExperiment), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"experiment", "run", file, "--dir", run}, {"experiment", "show", run}} {
		cmd := root()
		cmd.SetArgs(args)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		raw, err := os.ReadFile(filepath.Join(run, "results.json"))
		if err != nil || !strings.Contains(string(raw), `"finished": 3`) {
			t.Errorf("%v: %v: %s", args, err, raw)
		}
	}
	cmd := root()
	cmd.SetArgs([]string{"experiment", "show", dir})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "not the folder of a run") {
		t.Errorf("got %v", err)
	}
}
