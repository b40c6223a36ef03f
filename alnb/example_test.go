package alnb

import (
	"context"
	"fmt"
	"os"

	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

func ExampleExperiment() {
	dir, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(dir)
	experiment := Experiment{
		Data: datasets.Synthetic{Train: 300, Test: 200, Seed: 1},
		Arms: []Arm{
			{Name: "Random", Acquisition: wordCounts{Smoothing: 0.1}, Strategy: query.Random{}},
			{Name: "LC", Acquisition: wordCounts{Smoothing: 0.1}, Strategy: query.LeastConfident{}},
		},
		Start: Docs(8), Batch: Docs(10), Rounds: 3, Seeds: []uint64{1, 2},
	}
	results, err := experiment.Run(context.Background(), dir, RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, curve := range results.Curves() {
		fmt.Println(curve.Arm, "was evaluated after", len(curve.Points), "trainings")
	}
	// Output:
	// Random was evaluated after 4 trainings
	// LC was evaluated after 4 trainings
}

// A cheap model chooses documents, and another is trained on them and on pseudo-labels of the rest.
func ExampleExperiment_pseudoLabel() {
	dir, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(dir)
	chosen := Arm{
		Acquisition: wordCounts{Smoothing: 0.1}, Strategy: query.LeastConfident{}, // they choose
		Successor: someTexts, SuccessorRounds: []int{1}, // it is evaluated
	}
	mismatch, plasm := chosen, chosen
	mismatch.Name = "mismatch"
	plasm.Name = "PLASM"
	plasm.PseudoLabel = &pseudolabel.Plan{Labeler: otherTexts, Filter: pseudolabel.TracIn{}}
	experiment := Experiment{
		Data: datasets.Synthetic{Train: 300, Test: 200, Seed: 1},
		Arms: []Arm{mismatch, plasm}, Start: Docs(80), Batch: Docs(20), Rounds: 1, Seeds: []uint64{1},
	}
	results, err := experiment.Run(context.Background(), dir, RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range results.PseudoLabelings() {
		fmt.Printf("%s, round %d: %.0f documents were labeled, %.0f dropped and %.0f kept\n",
			row.Arm, row.Round, row.Labeled.Mean, row.Dropped.Mean, row.Kept.Mean)
	}
	// Output:
	// PLASM, round 1: 200 documents were labeled, 48 dropped and 152 kept
}

// From its third query on, an arm scores a fifth of the pool, but for a few documents.
func ExampleExperiment_subsample() {
	dir, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(dir)
	experiment := Experiment{
		Data: datasets.Synthetic{Train: 300, Test: 200, Seed: 1},
		Arms: []Arm{{
			Name: "LC+UPS", Acquisition: wordCounts{Smoothing: 0.1}, Strategy: query.LeastConfident{},
			Subsample: subsample.UPS{Gamma: 0.2, T: 0.01, FullQueries: []int{0, 1}},
		}},
		Start: Docs(8), Batch: Docs(10), Rounds: 4, Seeds: []uint64{1, 2, 3},
	}
	results, err := experiment.Run(context.Background(), dir, RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range results.Samplings() {
		if s.Query >= 0 {
			fmt.Printf("query %d scored %3.0f %% of the pool\n", s.Query, 100*s.Share.Mean)
		}
	}
	// Output:
	// query 0 scored 100 % of the pool
	// query 1 scored 100 % of the pool
	// query 2 scored  21 % of the pool
	// query 3 scored  21 % of the pool
}
