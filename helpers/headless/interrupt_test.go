package headless

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/store/storetest"
)

// training is a cell that trains a real, tiny BERT six times.
const training = `import (
	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/nb"
)

%%%%
tiny := model.Pretrained(%q)
tiny.MaxTokens, tiny.Training.Steps = 32, 400
nb.Run("runs/x", alnb.Experiment{
	Data: datasets.Synthetic{Train: 200, Test: 50, Seed: 1},
	Arms: []alnb.Arm{
		{Name: "Random", Acquisition: tiny, Strategy: query.Random{}},
		{Name: "LC", Acquisition: tiny, Strategy: query.LeastConfident{}},
	},
	Start: alnb.Docs(20), Batch: alnb.Docs(20), Rounds: 2, Seeds: []uint64{1},
})`

// A kernel interrupt stops a run; the cell, run again, comes to the result of an undisturbed one, byte for byte.
func TestInterruptedCellGoesOn(t *testing.T) {
	requireKernel(t)
	checkpoint, err := filepath.Abs("../../alnb/model/testdata/tiny-bert")
	if err != nil {
		t.Fatal(err)
	}
	notebook := filepath.Join(t.TempDir(), "run.ipynb")
	writeNotebook(t, notebook, []string{fmt.Sprintf(training, checkpoint)})
	interrupted, undisturbed := t.TempDir(), t.TempDir()
	if err := Run(t.Context(), Config{Notebook: notebook, OutDir: undisturbed, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // when the first round is on disk, the second is being trained
		for ctx.Err() == nil {
			if rounds, _ := filepath.Glob(filepath.Join(interrupted, "runs", "x", "arms", "*", "*", "round-*")); len(rounds) > 0 {
				cancel()
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if err := Run(ctx, Config{Notebook: notebook, OutDir: interrupted, Log: t.Output()}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted notebook: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(interrupted, "run.ipynb"))
	if err != nil || !strings.Contains(string(raw), "of 6 rounds; run it again and it goes on.") {
		t.Errorf("%v: %s", err, raw)
	}
	if err := Run(t.Context(), Config{Notebook: notebook, OutDir: interrupted, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	got, want := storetest.Files(t, filepath.Join(interrupted, "runs", "x")), storetest.Files(t, filepath.Join(undisturbed, "runs", "x"))
	if len(want) < 20 || !maps.Equal(got, want) {
		t.Errorf("%d files, an undisturbed run has %d, or their contents differ", len(got), len(want))
	}
}
