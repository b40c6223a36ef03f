package alnb

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	at := func(seconds ...int) (times []time.Time) {
		for _, s := range seconds {
			times = append(times, time.Unix(int64(s), 0))
		}
		return times
	}
	for _, test := range []struct {
		finished []time.Time
		want     time.Duration
	}{
		{nil, 0}, {at(5), 0}, {at(0, 60, 120), time.Minute}, {at(120, 0, 60), time.Minute},
		{at(0, 60, 120, 40000, 40060), time.Minute}, // after a break
		{at(0, 0, 0, 90), 30 * time.Second},         // rounds that others had done
	} {
		if got := pace(test.finished); got != test.want {
			t.Errorf("%v: %v, want %v", test.finished, got, test.want)
		}
	}
}

// While a run is under way, others can see that it is, and how far.
func TestStandingWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	var during Standing
	results, err := small().Run(t.Context(), dir, RunOptions{Progress: func(p Progress) {
		if p.FinishedRounds == 3 && during.Units == nil {
			results, err := OpenResults(dir)
			if err == nil {
				during, err = results.Standing()
			}
			if err != nil {
				t.Error(err)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !during.Running || during.Units[0].Done != 2 || during.Units[2].Done != 1 || during.Units[3].Done != 0 {
		t.Errorf("while it ran: %+v", during)
	}
	if after, err := results.Standing(); err != nil || after.Running || after.Left != 0 || after.Units[3].Done != 4 {
		t.Errorf("%+v, %v", after, err)
	}
}
