package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/plane"
)

// recorder is a screen that remembers.
type recorder struct {
	lines, fails []string
	bars         []status
}

func (r *recorder) line(text string)                   { r.lines = append(r.lines, text) }
func (r *recorder) frame(address string)               { r.line(address) }
func (r *recorder) fail(text string)                   { r.fails = append(r.fails, text) }
func (r *recorder) newBar() string                     { return "bar" }
func (r *recorder) interval() time.Duration            { return 300 * time.Millisecond }
func (r *recorder) progress(_ string, s status)        { r.bars = append(r.bars, s) }
func (r *recorder) table(chart.Table) error            { return nil }
func (r *recorder) chart(string, figure, string) error { return nil }
func (r *recorder) close()                             {}

func TestMonitor(t *testing.T) {
	now := time.Unix(0, 0)
	var r recorder
	m := newMonitor(&r, func() time.Time { return now })
	p := alnb.Progress{
		Phase: alnb.PhaseTrain, Arm: "LC", Seed: 7, Round: 1, Rounds: 3, Total: 1000, FinishedRounds: 5, Resumed: 4, TotalRounds: 8,
		Phases: []alnb.Phase{alnb.PhaseTrain, alnb.PhaseEvaluate, alnb.PhaseScore},
	}
	now = now.Add(60 * time.Second) // the first of our rounds took a minute
	for step := range 1000 {
		p.Done = step + 1
		if step%10 == 0 {
			p.Note = "data: some"
		}
		m.report(p)
		now = now.Add(20 * time.Millisecond)
	}
	if len(r.lines) != 1 {
		t.Errorf("a note was said %d times", len(r.lines))
	}
	if n := len(r.bars); n < 60 || n > 70 {
		t.Errorf("20 seconds gave %d updates", n)
	}
	s := r.bars[len(r.bars)-1]
	if s.rate != "50.0 steps/s" || !strings.HasPrefix(s.activity, "LC · seed 7 · round 1 of 3 · training ") {
		t.Errorf("%+v", s)
	}
	// 1.6 of our rounds took 80 s; 2.4 are left.
	if s.left < 115*time.Second || s.left > 125*time.Second {
		t.Errorf("%v to go, want 2 minutes", s.left)
	}
	if want := (5 + 1/1.65) / 8; s.share < want-0.01 || s.share > want {
		t.Errorf("share %g, want %g", s.share, want)
	}
	m.end("Finished.")
	m.report(p) // comes too late
	if last := r.bars[len(r.bars)-1]; last.activity != "Finished." || last.rate != "" || last.left != 0 {
		t.Errorf("at the end: %+v", last)
	}
}

// A phase of several trainings, and a phase that another arm has done already, don't take the bar back; the next round begins anew.
func TestRoundsPart(t *testing.T) {
	var r recorder
	m := newMonitor(&r, time.Now)
	phases := []alnb.Phase{alnb.PhaseTrain, alnb.PhaseScore, alnb.PhaseQuality, alnb.PhasePseudoLabel, alnb.PhaseSuccessor, alnb.PhaseEvaluate}
	before := 0.0
	for _, p := range []alnb.Progress{
		{Phase: alnb.PhaseLoad}, {Phase: alnb.PhaseTrain, Done: 1, Total: 2}, {Phase: alnb.PhaseQuality, Done: 9, Total: 10},
		{Phase: alnb.PhaseQuality, Done: 1, Total: 10}, {Phase: alnb.PhasePseudoLabel, Done: 5, Total: 10},
		{Phase: alnb.PhaseSuccessor, Done: 1, Total: 2}, {Phase: alnb.PhaseEvaluate, Done: 1, Total: 1},
	} {
		p.Phases, p.TotalRounds = phases, 2
		m.report(p)
		now := m.status(time.Now()).share
		if now < before {
			t.Errorf("%+v: from %g to %g", p, before, now)
		}
		before = now
	}
	if before != 0.5 {
		t.Errorf("a round of two: %g", before)
	}
	for _, p := range []alnb.Progress{{FinishedRounds: 1}, {FinishedRounds: 1, Round: 1, Phases: phases, Phase: alnb.PhaseTrain, Total: 5}} {
		p.TotalRounds = 2
		m.report(p)
		if now := m.status(time.Now()).share; now != 0.5 {
			t.Errorf("%+v: %g", p, now)
		}
	}
}

func TestBarEscapes(t *testing.T) {
	var r recorder
	m := newMonitor(&r, time.Now)
	m.report(alnb.Progress{Arm: "<script>alert(1)</script>\u202e", Note: "a\u202enote"})
	if page := string(r.bars[0].html()); strings.Contains(page, "<script") || strings.Contains(page, "\u202e") {
		t.Error(page)
	}
	if r.lines[0] != `a\u202enote` {
		t.Errorf("%q", r.lines[0])
	}
}

func TestRunEnds(t *testing.T) {
	for name, test := range map[string]struct {
		run  runFunc
		code int
		said string
	}{
		"finished": {func(context.Context, string, alnb.RunOptions) (*alnb.Results, error) { return nil, nil }, 0, ""},
		"failed": {func(context.Context, string, alnb.RunOptions) (*alnb.Results, error) {
			return nil, errors.New("the reason")
		}, 1, "the reason"},
		"failed in part": {func(context.Context, string, alnb.RunOptions) (*alnb.Results, error) {
			return nil, &alnb.FailedError{Units: 6, Errs: []error{errors.New("the reason")}}
		}, 1, "1 of 6 units, an arm with a seed, failed"},
		"interrupted": {func(ctx context.Context, _ string, o alnb.RunOptions) (*alnb.Results, error) {
			o.Progress(alnb.Progress{FinishedRounds: 2, TotalRounds: 9})
			<-ctx.Done()
			return nil, fmt.Errorf("alnb: %w", ctx.Err())
		}, InterruptedCode, "Interrupted after 2 of 9 rounds; run it again and it goes on."},
		"interrupted while it doesn't listen": {func(context.Context, string, alnb.RunOptions) (*alnb.Results, error) {
			time.Sleep(time.Minute)
			return nil, nil
		}, InterruptedCode, "Interrupted after no round"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			if test.code == InterruptedCode {
				time.AfterFunc(50*time.Millisecond, cancel)
			}
			defer cancel()
			var r recorder
			began := time.Now()
			if code := run(ctx, &r, "runs/x", test.run); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if took := time.Since(began); took > 1500*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			if said := strings.Join(r.fails, "\n"); !strings.Contains(said, test.said) || (test.said == "") != (said == "") {
				t.Errorf("it said %q", said)
			}
		})
	}
}

func TestBringsLibrary(t *testing.T) {
	dir := t.TempDir()
	for i, test := range []struct {
		title string
		want  bool
	}{{"first", true}, {"second", false}, {"first", true}, {"second", false}} {
		if got := bringsLibrary(dir, test.title); got != test.want {
			t.Errorf("call %d, chart %q: %v", i, test.title, got)
		}
	}
	if !bringsLibrary("", "any") || !bringsLibrary(filepath.Join(dir, "missing"), "any") {
		t.Error("where nothing can be remembered, every chart must bring the library")
	}
}

func TestTerminal(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out, log strings.Builder
	screen := terminal{out: &out, log: &log, drawn: new(bool)}
	table := chart.Table{Columns: []chart.Column{{Name: "accuracy", Numbers: true}}, Rows: [][]string{{"0.5000"}}}
	lines := chart.Lines{Title: "t", Series: []chart.Series{{Name: "LC", X: []float64{50}, Y: []float64{0.5}}}}
	if err := screen.chart(lines.Title, lines, table.Text()); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSpace(strings.TrimPrefix(log.String(), "The chart is in "))
	if info, err := os.Stat(path); err != nil || info.Size() == 0 || !strings.Contains(out.String(), "0.5000") {
		t.Errorf("%v %q %q", err, out.String(), log.String())
	}
}

func TestPlaneInATerminal(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c, err := plane.Example().Choice(t.Context(), query.LeastConfident{}, query.Docs(2))
	if err != nil {
		t.Fatal(err)
	}
	var out, log strings.Builder
	if err := (terminal{out: &out, log: &log, drawn: new(bool)}).chart(c.Title, c, c.Alt()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "least-confident") || !strings.Contains(out.String(), "1 at (") || !strings.Contains(log.String(), "The chart is in ") {
		t.Errorf("%q %q", out.String(), log.String())
	}
}

func TestProgressInATerminal(t *testing.T) {
	var log strings.Builder
	columns := 60
	screen := terminal{log: &log, columns: func() int { return columns }, drawn: new(bool)}
	screen.progress("", status{share: 0.25, finished: 1, total: 4, activity: "LC · training 10/40 with a long name that doesn't fit", elapsed: time.Second})
	screen.line("data: some")
	screen.progress("", status{share: 1, finished: 4, total: 4, ended: true, activity: "Finished.", elapsed: time.Minute})
	screen.close()
	want := "[######..................]  25 %  1 of 4 rounds · LC · trai\r\x1b[Kdata: some\n" +
		"[########################] 100 %  4 of 4 rounds · Finished.\n"
	if log.String() != want {
		t.Errorf("got  %q\nwant %q", log.String(), want)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		900 * time.Millisecond: "1 s", 61 * time.Second: "1 min 1 s", 3*time.Hour + 59*time.Second: "3 h 0 min",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
