package nb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/report"
	"github.com/alnb/alnb/helpers/setup"
)

// Units shows what has become of the units of an experiment that workers run: what waits, runs, is done, or failed and why. The queue's
// URL is in ALNB_QUEUE. It asks the program alnb, so that cells need nothing of queues.
func Units(id string) {
	folder, err := home.Dir()
	if err != nil {
		exit(newScreen(), err.Error())
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	tableOr(units(ctx, setup.Paths(folder).Alnb, id))
}

func units(ctx context.Context, program, id string) (chart.Table, error) {
	out, err := exec.CommandContext(ctx, program, "experiment", "status", "--json", "--", id).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && len(failed.Stderr) > 0 {
		return chart.Table{}, errors.New(strings.TrimSpace(string(failed.Stderr)))
	}
	if err != nil {
		return chart.Table{}, fmt.Errorf("nb: %w; \"make setup\" installs it", err)
	}
	var all []report.Unit
	if err := json.Unmarshal(out, &all); err != nil {
		return chart.Table{}, fmt.Errorf("nb: %s experiment status: %w", program, err)
	}
	return report.UnitsTable(id, all), nil
}
