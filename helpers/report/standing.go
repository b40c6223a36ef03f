package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/chart"
)

// StandingTable is how far a run is: for each arm and seed the rounds that are finished.
func StandingTable(r *alnb.Results) (chart.Table, error) {
	standing, err := r.Standing()
	if err != nil {
		return chart.Table{}, err
	}
	return standingTable(standing), nil
}

func standingTable(s alnb.Standing) chart.Table {
	t := chart.Table{Caption: "Rounds that are finished", Columns: []chart.Column{{Name: "Arm"}}}
	var seeds []uint64
	done, total := 0, 0
	var failed []string
	row := -1
	for _, u := range s.Units {
		if !slices.Contains(seeds, u.Seed) {
			seeds = append(seeds, u.Seed)
			t.Columns = append(t.Columns, chart.Column{Name: fmt.Sprintf("seed %d", u.Seed), Numbers: true})
		}
		if row < 0 || t.Rows[row][0] != u.Arm {
			t.Rows, row = append(t.Rows, []string{u.Arm}), row+1
		}
		cell := fmt.Sprintf("%d of %d", u.Done, u.Rounds)
		if u.Failed != "" {
			cell += ", failed"
			failed = append(failed, u.Failed)
		}
		t.Rows[row] = append(t.Rows[row], cell)
		done, total = done+u.Done, total+u.Rounds
	}
	switch {
	case done == total:
		t.Note = "All is finished."
	case s.Running:
		t.Note = fmt.Sprintf("%d of %d rounds; a process is at work on the rest", done, total)
	default:
		t.Note = fmt.Sprintf("%d of %d rounds; nothing is running: run the experiment again, and it goes on", done, total)
	}
	if done < total {
		switch left := s.Left.Round(time.Minute); {
		case left > 0:
			t.Note += fmt.Sprintf(", about %v to go", left)
		case s.Left > 0:
			t.Note += ", less than a minute to go"
		}
		t.Note += "."
	}
	if failed != nil {
		t.Note += " Failed: " + strings.Join(failed, "; ")
	}
	return t
}
