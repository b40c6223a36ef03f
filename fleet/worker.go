package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// A Worker does the units of a queue.
type Worker struct {
	Bucket   *bucket.Bucket
	Registry spec.Registry // what units may name
	// Dir is a folder of this worker's machine, for what is under way. It may be lost: what is finished is in the bucket.
	Dir string
	// Said is told what happens, a sentence each.
	Said func(string)
	// Answer has a model, a *model.Classifier or a *model.Tagger, answer the rows of a file, as alnb predict does, into another, and
	// counts them. It is asked for sweeps that predict.
	Answer func(ctx context.Context, model any, in, out string) (rows int, err error)

	opened *opened
}

// Do is a queue.Handler.
func (w *Worker) Do(ctx context.Context, unit queue.Unit) error {
	if err := checkID(unit.Of); err != nil {
		return queue.Never(err)
	}
	switch unit.Work {
	case experimentWork:
		return w.experiment(ctx, unit)
	case sweepWork:
		return w.sweep(ctx, unit)
	}
	return queue.Never(fmt.Errorf("fleet: this program doesn't know the work %q", unit.Work))
}

// errTaken tells that another worker had published a round first.
var errTaken = errors.New("another worker has published this round")

// experiment does an arm with a seed, from its last published round on.
func (w *Worker) experiment(ctx context.Context, unit queue.Unit) error {
	config, err := w.Bucket.Read(ctx, experimentName(unit.Of, "config"), "config.json")
	if err != nil {
		return err
	}
	e, err := alnb.ParseConfiguration(config, w.Registry)
	if err != nil {
		return queue.Never(err)
	}
	i := slices.IndexFunc(e.Units(), func(u alnb.UnitName) bool { return e.UnitFolder(u) == unit.Part })
	if i < 0 {
		return queue.Never(fmt.Errorf("fleet: the experiment %s has no unit %q", unit.Of, unit.Part))
	}
	dir := filepath.Join(w.Dir, unit.Of, strings.ReplaceAll(unit.Part, "/", "-"))
	for {
		err := w.rounds(ctx, e, e.Units()[i], unit, config, dir)
		if errors.Is(err, errTaken) {
			err = os.RemoveAll(filepath.Join(dir, "arms")) // what of it counts is in the bucket
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		return os.RemoveAll(dir)
	}
}

func (w *Worker) rounds(ctx context.Context, e alnb.Experiment, name alnb.UnitName, unit queue.Unit, config []byte, dir string) error {
	if err := w.adopt(ctx, unit, config, dir); err != nil {
		return err
	}
	_, err := e.Run(ctx, dir, alnb.RunOptions{Only: &name, Finished: func(ctx context.Context, folder string) error {
		if err := w.publishOrigins(ctx, unit, dir); err != nil { // first: a unit whose rounds are all published isn't begun again
			return err
		}
		files := os.DirFS(filepath.Join(dir, filepath.FromSlash(folder)))
		published := experimentName(unit.Of, folder)
		won, err := w.Bucket.Publish(ctx, published, files)
		if err != nil || won {
			if won {
				w.Said(unit.Label + ": " + folder[strings.LastIndex(folder, "/")+1:] + " is published")
			}
			return err
		}
		return w.same(ctx, published, filepath.Join(dir, filepath.FromSlash(folder)))
	}})
	var failed *alnb.FailedError
	if errors.As(err, &failed) && len(failed.Errs) == 1 {
		err = failed.Errs[0]
	}
	return err
}

// publishOrigins publishes which data, weights and backend the unit uses. A run writes that before its first round; one that finds all
// rounds finished doesn't, and whoever published them has published that, too.
func (w *Worker) publishOrigins(ctx context.Context, unit queue.Unit, dir string) error {
	origins, err := os.ReadFile(filepath.Join(dir, "origins.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = w.Bucket.Publish(ctx, experimentName(unit.Of, "origins", unit.Part), fstest.MapFS{"origins.json": {Data: origins}})
	}
	return err
}

// adopt makes the folder that of the unit, with the rounds that are published.
func (w *Worker) adopt(ctx context.Context, unit queue.Unit, config []byte, dir string) error {
	folder, err := store.OpenExperiment(dir, config)
	if err != nil {
		return err
	}
	defer folder.Close()
	rounds, err := fetchRounds(ctx, w.Bucket, unit.Of, unit.Part, dir)
	if err == nil && rounds > 0 {
		w.Said(fmt.Sprintf("%s: %d rounds are finished; going on after them", unit.Label, rounds))
	}
	return err
}

// same tells whether a round of this worker's is the published one. On another machine the last bits of a score may differ, and with
// them a query: what was published first counts, and the rounds after it must follow from it.
func (w *Worker) same(ctx context.Context, published, dir string) error {
	for _, file := range []string{"labeled.json", "query.json", "scores.json"} {
		theirs, err := w.Bucket.Read(ctx, published, file)
		mine, none := os.ReadFile(filepath.Join(dir, file))
		if none != nil {
			continue // and a round that has a query in one has it in both
		}
		if err != nil {
			return err
		}
		if string(theirs) != string(mine) {
			return errTaken
		}
	}
	return nil
}

func readOrigins(ctx context.Context, b *bucket.Bucket, name string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var origins []string
		raw, err := b.Read(ctx, name, "origins.json")
		if err == nil {
			err = json.Unmarshal(raw, &origins)
		}
		if err != nil {
			yield("", err)
			return
		}
		for _, origin := range origins {
			if !yield(origin, nil) {
				return
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
