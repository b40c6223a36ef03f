package alnb

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/store/storetest"
)

// The units of an experiment, each run in a folder of its own, together give the files of a run of all.
func TestUnitsGiveWhatTheRunGives(t *testing.T) {
	for name, e := range map[string]Experiment{"queries": small(), "successors": succeeding()} {
		whole, together := t.TempDir(), t.TempDir()
		if _, err := e.Run(t.Context(), whole, RunOptions{}); err != nil {
			t.Fatal(err)
		}
		var config string
		for _, unit := range e.Units() {
			dir := t.TempDir()
			var rounds []string
			options := RunOptions{Only: &unit, Finished: func(_ context.Context, folder string) error {
				rounds = append(rounds, folder)
				return nil
			}}
			results, err := e.Run(t.Context(), dir, options)
			if err != nil {
				t.Fatal(err)
			}
			if done, _ := results.Finished(); done != len(rounds) || done == 0 {
				t.Errorf("%s: %v has %d rounds, and %d were told of", name, unit, done, len(rounds))
			}
			for _, round := range rounds {
				if err := os.CopyFS(filepath.Join(together, filepath.FromSlash(round)), os.DirFS(filepath.Join(dir, filepath.FromSlash(round)))); err != nil {
					t.Fatal(err)
				}
			}
			before := slices.Clone(rounds)
			rounds = nil
			if _, err := e.Run(t.Context(), dir, options); err != nil || !slices.Equal(rounds, before) {
				t.Errorf("%s: run again, %v told of %q, %v", name, unit, rounds, err)
			}
			config = storetest.Files(t, dir)["config.json"]
		}
		want := storetest.Files(t, whole)
		if config != want["config.json"] {
			t.Errorf("%s: a unit's folder has another configuration", name)
		}
		got := storetest.Files(t, together)
		got["config.json"], got["origins.json"] = config, want["origins.json"]
		sameContents(t, got, want)
	}
	e := small()
	if _, err := e.Run(t.Context(), t.TempDir(), RunOptions{Only: &UnitName{"LC", 7}}); err == nil {
		t.Error("a unit that there isn't was run")
	}
}
