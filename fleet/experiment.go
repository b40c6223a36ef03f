package fleet

import (
	"context"
	"fmt"
	"path"
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

// experimentName is the name in the bucket of what is published of an experiment:
//
//	experiments/ID/config                          config.json of its run folders
//	experiments/ID/arms/00-lc/seed-1/round-00      a finished round, as in a run folder
//	experiments/ID/origins/arms/00-lc/seed-1       which data, weights and backend the unit used
func experimentName(id string, parts ...string) string {
	return path.Join(append([]string{"experiments", id}, parts...)...)
}

// A Submission is an experiment in the queue.
type Submission struct {
	ID    string // made of its configuration: the same experiment on the same data has the same
	Lane  string // the part of the queue its units wait in
	Units int
	Added int // of them, that weren't in the queue before
}

// SubmitExperiment publishes an experiment and puts its units into the queue, one for each arm and seed. Submitted again, it has those
// units tried once more that failed, were cancelled, or are finished but have rounds no more, and nothing else: it doesn't matter by whom
// it was submitted first.
func SubmitExperiment(ctx context.Context, q *queue.Queue, b *bucket.Bucket, e alnb.Experiment) (Submission, error) {
	config, err := e.Configuration(ctx)
	if err != nil {
		return Submission{}, err
	}
	s := Submission{ID: idOf(config)}
	if s.Lane, err = Lane(ctx, b); err != nil {
		return s, err
	}
	err = forgetLost(ctx, q, s.ID, s.Lane, func() (func(part string) bool, error) { return roundsLost(ctx, b, e, s.ID) })
	if err != nil {
		return s, err
	}
	if _, err := b.Publish(ctx, experimentName(s.ID, "config"), fstest.MapFS{"config.json": {Data: config}}); err != nil {
		return s, err
	}
	var units []queue.Unit
	for _, unit := range e.Units() {
		units = append(units, queue.Unit{
			Work: experimentWork, Of: s.ID, Part: e.UnitFolder(unit), Label: fmt.Sprintf("%s, seed %d", unit.Arm, unit.Seed),
			Version: Version(), Lane: s.Lane,
		})
	}
	s.Units = len(units)
	s.Added, err = q.Submit(ctx, units)
	return s, err
}

// forgetLost has a queue forget units of what has the ID that are finished by it, if what one of them made isn't there any more. lost is
// asked only where some are finished, and tells that of a unit's part.
func forgetLost(ctx context.Context, q *queue.Queue, id, lane string, lost func() (func(part string) bool, error)) error {
	units, err := q.Status(ctx, id, lane)
	if err != nil {
		return err
	}
	units = slices.DeleteFunc(units, func(u queue.Status) bool { return u.State != queue.Finished })
	if len(units) == 0 {
		return nil
	}
	is, err := lost()
	if err == nil && slices.ContainsFunc(units, func(u queue.Status) bool { return is(u.Part) }) {
		err = q.Forget(ctx, id, lane)
	}
	return err
}

// roundsLost tells which units haven't all their rounds in the bucket.
func roundsLost(ctx context.Context, b *bucket.Bucket, e alnb.Experiment, id string) (func(part string) bool, error) {
	missing := make(map[string]int)
	for _, unit := range e.Units() {
		missing[experimentName(id, e.UnitFolder(unit))] = e.UnitRounds(unit)
	}
	for name, err := range b.Published(ctx, experimentName(id, "arms")) {
		if err != nil {
			return nil, err
		}
		missing[path.Dir(name)]--
	}
	return func(part string) bool { return missing[experimentName(id, part)] > 0 }, nil
}

// Status says what has become of the units of what was submitted, an experiment or a sweep, into a lane; "": the last time, into any.
func Status(ctx context.Context, q *queue.Queue, id, lane string) (Summary, error) {
	if err := checkID(id); err != nil {
		return Summary{}, err
	}
	units, err := q.Status(ctx, id, lane)
	if err == nil && len(units) == 0 {
		err = fmt.Errorf("fleet: nothing with the ID %q was submitted to this queue", id)
	}
	return summarize(units), err
}

// FetchExperiment brings the rounds of an experiment that are finished into a run folder, which is made where missing: that of
// alnb.OpenResults. It may be called while workers go on, and again later.
func FetchExperiment(ctx context.Context, b *bucket.Bucket, id, dir string, registry spec.Registry) (rounds int, err error) {
	if err := checkID(id); err != nil {
		return 0, err
	}
	config, err := b.Read(ctx, experimentName(id, "config"), "config.json")
	if err != nil {
		return 0, fmt.Errorf("fleet: the experiment %s: %w", id, err)
	}
	e, err := alnb.ParseConfiguration(config, registry)
	if err != nil {
		return 0, err
	}
	folder, err := store.OpenExperiment(dir, config)
	if err != nil {
		return 0, err
	}
	defer folder.Close()
	if rounds, err = fetchRounds(ctx, b, id, "arms", dir); err != nil {
		return rounds, err
	}
	var origins []string
	for _, unit := range e.Units() {
		name := experimentName(id, "origins", e.UnitFolder(unit))
		if has, err := b.Has(ctx, name); err != nil {
			return rounds, err
		} else if !has {
			continue
		}
		for origin, err := range readOrigins(ctx, b, name) {
			if err != nil {
				return rounds, err
			}
			if !slices.Contains(origins, origin) {
				origins = append(origins, origin)
			}
		}
	}
	return rounds, folder.WriteOrigins(origins)
}

// fetchRounds brings the rounds below a part of an experiment into a run folder, unless they are there, and counts them. Those that
// follow one that was removed from the bucket are left out, until it is made again.
func fetchRounds(ctx context.Context, b *bucket.Bucket, id, part, dir string) (rounds int, err error) {
	prefix := experimentName(id)
	next := make(map[string]int) // round by unit
	for name, err := range b.Published(ctx, experimentName(id, part)) {
		if err != nil {
			return rounds, err
		}
		unit := path.Dir(name)
		if path.Base(name) != store.RoundName(next[unit]) {
			continue
		}
		next[unit]++
		into := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, prefix+"/")))
		rounds++
		if exists(into) {
			continue
		}
		if err := b.Fetch(ctx, name, into); err != nil {
			return rounds, err
		}
	}
	return rounds, nil
}
