package alnb

import (
	"slices"
	"time"
)

// A Standing is how far a run is.
type Standing struct {
	Units   []Unit
	Running bool          // a process is at work in the folder
	Left    time.Duration // what is left takes about so long, at the pace of the rounds so far; 0 where that isn't known
}

// A Unit is an arm's rounds with one seed: what fails by itself, and goes on after its last finished round.
type Unit struct {
	Arm    string
	Seed   uint64
	Done   int    // rounds that are finished
	Rounds int    // of so many
	Failed string // why the last run gave it up; "" where it didn't
}

// Standing says how far the run is, also while it goes on.
func (r *Results) Standing() (Standing, error) {
	s := Standing{Running: r.folder.InUse()}
	var finished []time.Time
	left := 0
	for a, arm := range r.arms() {
		for _, seed := range r.config.Experiment.Seeds {
			rounds := r.of(a, seed)
			failed, err := r.folder.ReadFailure(a, arm.Name, seed)
			if err != nil {
				return s, err
			}
			u := Unit{Arm: arm.Name, Seed: seed, Done: len(rounds), Rounds: r.config.Experiment.last(arm) + 1, Failed: failed}
			if u.Done == u.Rounds {
				u.Failed = ""
			}
			left += u.Rounds - u.Done
			s.Units = append(s.Units, u)
			for _, round := range rounds {
				if at, err := time.Parse(time.RFC3339, round.Timings.Finished); err == nil {
					finished = append(finished, at)
				}
			}
		}
	}
	s.Left = time.Duration(left) * pace(finished)
	return s, nil
}

// pace is the mean time from one finished round to the next. Breaks, in which nothing ran, are left out: what took twenty times as
// long as usual.
func pace(finished []time.Time) time.Duration {
	slices.SortFunc(finished, time.Time.Compare)
	var gaps []time.Duration
	for i := 1; i < len(finished); i++ {
		gaps = append(gaps, finished[i].Sub(finished[i-1]))
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	usual := max(gaps[len(gaps)/2], 10*time.Second) // of many that are shared, and take no time
	sum, n := time.Duration(0), 0
	for _, gap := range gaps {
		if gap <= 20*usual {
			sum, n = sum+gap, n+1
		}
	}
	return sum / time.Duration(n)
}
