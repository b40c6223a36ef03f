package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/alnb/alnb/helpers/chart"
)

// A Unit is a unit of an experiment that workers run, as alnb experiment status --json prints it.
type Unit struct {
	Unit   string    `json:"unit"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	Worker string    `json:"worker,omitempty"` // who does it, or did it last
	Deaths int       `json:"deaths,omitempty"` // workers that died while they did it
	Why    string    `json:"why,omitempty"`    // why it failed, or waits
}

// UnitsTable says what has become of the units of what has the ID.
func UnitsTable(id string, units []Unit) chart.Table {
	t := chart.Table{Caption: "Units of " + id, Columns: []chart.Column{
		{Name: "Unit"}, {Name: "State"}, {Name: "Since (UTC)"}, {Name: "Worker"}, {Name: "Deaths", Numbers: true}, {Name: "Why", Wraps: true},
	}}
	var states []string
	count := make(map[string]int)
	for _, u := range units {
		t.Rows = append(t.Rows, []string{u.Unit, u.State, u.Since.UTC().Format(time.DateTime), u.Worker, fmt.Sprint(u.Deaths), u.Why})
		if count[u.State]++; count[u.State] == 1 {
			states = append(states, u.State)
		}
	}
	for i, state := range states {
		states[i] = fmt.Sprintf("%d %s", count[state], state)
	}
	t.Note = strings.Join(states, ", ") + "."
	return t
}
