package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/naivebayes"
	"github.com/alnb/alnb/helpers/nb"
	"github.com/alnb/alnb/helpers/report"
)

// registry is what an experiment's file may name: all that comes with alnb.
func registry() spec.Registry {
	return spec.Registry{
		Models:     spec.NewKind[learner.Model]("model", model.Pretrained(""), model.CNNBiLSTMCRF(""), naivebayes.Model{Smoothing: 0.1}),
		Strategies: strategies(),
		Sources: spec.NewKind[corpus.Source]("data source",
			datasets.Files{}, datasets.AGNews(), datasets.Banking77(), datasets.Quickstart(),
			datasets.Synthetic{Train: 5000, Test: 2000, Seed: 1}),
		Taggers: spec.NewKind[learner.TaggerModel]("tagger", model.PretrainedTagger(""), model.CNNBiLSTMCRF("")),
		TaggedSources: spec.NewKind[corpus.TaggedSource]("tagged data source",
			datasets.CoNLL{}, datasets.CoNLL2012{}, datasets.CoNLL2003(), datasets.OntoNotes(), datasets.WNUT17(), datasets.WikiGold(),
			datasets.SyntheticNames{Train: 1000, Test: 400, Seed: 1}),
		Samplers: samplers(),
		Filters: spec.NewKind[pseudolabel.Filter]("filter",
			pseudolabel.TracIn{}, pseudolabel.Confidence{}, pseudolabel.Share{Score: pseudolabel.ByTracIn}, pseudolabel.None{}),
		Pools: spec.NewKind[corpus.PoolSource]("pool", datasets.Texts{}),
	}
}

// strategies are what an experiment's file and alnb query may name.
func strategies() spec.Kind[query.Strategy] {
	return spec.NewKind("strategy", query.All()...)
}

// samplers have the full queries of UPS; how much the others score, a file must say.
func samplers() spec.Kind[subsample.Sampler] {
	ups := subsample.DefaultUPS()
	return spec.NewKind[subsample.Sampler]("sampler", subsample.Full{}, ups,
		subsample.TopGamma{Gamma: ups.Gamma, FullQueries: ups.FullQueries},
		subsample.RandomSubset{FullQueries: ups.FullQueries}, subsample.Deadline{})
}

func experimentCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "experiment", Short: "Run experiments from files, and show what they gave", Args: cobra.NoArgs}
	cmd.AddCommand(experimentRun(), experimentShow(), experimentSubmit(), experimentStatus(), experimentCancel(), experimentFetch())
	return cmd
}

func experimentRun() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "run EXP.yaml --dir DIR",
		Short: "Run an experiment, or go on with it",
		Long: `Runs the experiment that a YAML or JSON file describes, in the folder DIR, or goes on with what is there. In the end
DIR/results.json holds the learning curves and DIR/report.html shows charts and tables. docs/cli.md describes the file.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			experiment, err := readExperiment(args[0])
			if err != nil {
				return err
			}
			failed := nb.RunParts(dir, experiment) // ends the program where all of it fails
			if err := show(dir, ""); err != nil || failed == nil {
				return err
			}
			os.Exit(1) // it was said what failed
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the run's folder (made where missing)")
	cmd.MarkFlagRequired("dir")
	return cmd
}

func experimentShow() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "show DIR",
		Short: "Show what a run has given so far, also while it goes on",
		Long:  "Prints the tables of a run, and writes DIR/results.json, DIR/rounds.jsonl (also .csv, .parquet) and DIR/report.html.",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return show(args[0], against) },
	}
	cmd.Flags().StringVar(&against, "against", "", "the arm with which the others' last scores are compared (the first)")
	return cmd
}

func show(dir, against string) error {
	results, err := alnb.OpenResults(dir)
	if err != nil {
		return err
	}
	tables, err := report.Text(results, against)
	if err != nil {
		return err
	}
	if err := report.Write(results, dir); err != nil {
		return err
	}
	done, total := results.Finished()
	if done < total {
		standing, err := report.StandingTable(results)
		if err != nil {
			return err
		}
		tables = standing.Text() + "\n" + tables
	}
	fmt.Printf("%d of %d rounds are finished.\n\n%s", done, total, tables)
	return nil
}
