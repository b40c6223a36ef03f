package alnb

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

func testRegistry() spec.Registry {
	return spec.Registry{
		Models:     spec.NewKind[learner.Model]("model", wordCounts{}, pseudolabeltest.Texts{}),
		Taggers:    spec.NewKind[learner.TaggerModel]("tagger", tagCounts{}, pseudolabeltest.Words{}),
		Strategies: spec.NewKind[query.Strategy]("strategy", query.Random{}, query.LeastConfident{}, query.MNLP{}, every{}),
		Samplers: spec.NewKind[subsample.Sampler]("sampler", subsample.Full{}, subsample.DefaultUPS(),
			subsample.TopGamma{Gamma: 0.1}, subsample.RandomSubset{Share: 0.1}, subsample.Deadline{Seconds: 5}),
		Filters: spec.NewKind[pseudolabel.Filter]("filter", pseudolabel.TracIn{}, pseudolabel.Confidence{},
			pseudolabel.Share{Drop: 0.1, Score: pseudolabel.ByTracIn}, pseudolabel.None{}),
		Sources:       spec.NewKind[corpus.Source]("data source", datasets.Synthetic{}),
		TaggedSources: spec.NewKind[corpus.TaggedSource]("tagged data source", names{}, datasets.CoNLL{}),
	}
}

func TestExperimentsComeBack(t *testing.T) {
	limited := tagged()
	limited.Tagged = corpus.LimitTagged(limited.Tagged, 150, 20)
	line := small()
	line.Arms = append(line.Arms, Arm{Name: "all labels", Acquisition: wordCounts{}, All: true})
	conll := tagged()
	conll.Tagged = datasets.CoNLL{Train: "a", Test: "b"}
	for name, want := range map[string]Experiment{
		"small": small(), "subsampling": subsampling(), "tagged": tagged(), "limited": limited, "conll": conll, "all labels": line,
		"successors": succeeding(), "successors of taggers": succeedingTagged(),
	} {
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(raw, testRegistry())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s came back as %+v, %v", name, raw, got, err)
		}
	}
}

func TestSamplersDefaults(t *testing.T) {
	const arms = `{"data": "synthetic", "start": {"docs": 1}, "batch": {"words": 1}, "rounds": 1, "seeds": [1], "arms": [
		{"name": "a", "acquisition": "word_counts", "strategy": "random", "subsample": "ups"},
		{"name": "b", "acquisition": "word_counts", "strategy": "random", "subsample": {"name": "ups", "config": {"t": 0.5, "full_queries": [3]}}}]}`
	for range 2 { // the second reading has the same defaults
		e, err := Parse([]byte(arms), testRegistry())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(e.Arms[0].Subsample, subsample.DefaultUPS()) ||
			!reflect.DeepEqual(e.Arms[1].Subsample, subsample.UPS{Gamma: 0.1, T: 0.5, FullQueries: []int{3}}) {
			t.Errorf("%+v", e.Arms)
		}
	}
	for want, change := range map[string][2]string{
		`there is no sampler "upps"`:     {`"ups"}`, `"upps"}`},
		"gamma is 3":                     {`"t": 0.5`, `"gamma": 3`},
		"has Shadow set":                 {`"subsample": "ups"`, `"shadow": true`},
		"has a Tagger":                   {`"acquisition": "word_counts"`, `"acquisition": "word_counts", "tagger": "tag_counts"`},
		"is either {docs: n}, {words: n": {`{"words": 1}`, `{"words": 1, "docs": 1}`},
	} {
		if _, err := Parse([]byte(strings.Replace(arms, change[0], change[1], 1)), testRegistry()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// A folder of version 1 can be read; what it lacks is left out.
func TestFolderOfVersion1(t *testing.T) {
	dir := t.TempDir()
	round := filepath.Join(dir, "arms", "00-lc", "seed-1", "round-00")
	if err := os.MkdirAll(round, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		filepath.Join(dir, "config.json"): `{"version": 1, "experiment": {"data": {"name": "synthetic"}, "arms": [{"name": "LC",
			"acquisition": {"name": "m"}, "strategy": {"name": "s"}}], "start": {"docs": 1}, "batch": {"docs": 1}, "rounds": 1, "seeds": [1]},
			"data": {"name": "synthetic", "classes": ["a"], "train": 3, "test": 1, "fingerprint": "x"}}`,
		filepath.Join(round, "labeled.json"): `{"ids":["a"]}`,
		filepath.Join(round, "metrics.json"): `{"accuracy":0.5,"test":1,"loss":0,"steps":2}`,
		filepath.Join(round, "query.json"):   `{"ids":["b"]}`,
		filepath.Join(round, "timings.json"): `{"train_s":1,"score_s":2}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	results, err := OpenResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c := results.Curves(); c[0].Metric != "accuracy" || c[0].Points[0].Mean != 0.5 {
		t.Errorf("%+v", c)
	}
	if rows := results.Samplings(); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}
