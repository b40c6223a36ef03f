package nb

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/chart"
)

// monitor shows a run's progress, no more often than its screen wants it.
type monitor struct {
	screen screen
	now    func() time.Time
	bar    string // the id of the progress bar on the screen

	mu    sync.Mutex
	began time.Time
	shown time.Time
	last  alnb.Progress
	noted map[string]bool
	done  float64   // of the round, the training or the hand-over under way: it never goes back, though a phase may be of several trainings
	phase phaseKey  // what last is busy with …
	since time.Time // … since when …
	from  int       // … and how much of it was done then
	ended bool
}

// phaseKey tells one stretch of work from the next.
type phaseKey struct {
	phase alnb.Phase
	arm   string
	seed  uint64
	round int
}

func newMonitor(s screen, now func() time.Time) *monitor {
	return &monitor{screen: s, now: now, bar: s.newBar(), began: now(), noted: make(map[string]bool)}
}

// report takes the run's progress.
func (m *monitor) report(p alnb.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	now := m.now()
	if p.Note != "" && !m.noted[p.Note] {
		m.noted[p.Note] = true
		m.screen.line(chart.Visible(p.Note))
	}
	if p.Arm != m.last.Arm || p.Seed != m.last.Seed || p.Round != m.last.Round || p.FinishedRounds != m.last.FinishedRounds {
		m.done = 0
	}
	m.done = max(m.done, partOf(p))
	if key := (phaseKey{p.Phase, p.Arm, p.Seed, p.Round}); key != m.phase || p.Done < m.last.Done {
		m.phase, m.since, m.from = key, now, p.Done
	}
	m.last = p
	if now.Sub(m.shown) >= m.screen.interval() {
		m.shown = now
		m.screen.progress(m.bar, m.status(now))
	}
}

// end shows the last state with a sentence instead of what the run is busy with.
func (m *monitor) end(sentence string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	s := m.status(m.now())
	s.ended, s.activity, s.rate, s.left = true, sentence, "", 0
	m.screen.progress(m.bar, s)
}

// finish shows that all is done.
func (m *monitor) finish() {
	m.mu.Lock()
	m.done = 1
	m.mu.Unlock()
	m.end("Finished.")
}

// rounds says how many rounds are finished.
func (m *monitor) rounds() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last.TotalRounds == 0 {
		return "no round"
	}
	return fmt.Sprintf("%d of %d rounds", m.last.FinishedRounds, m.last.TotalRounds)
}

// status is what a progress bar shows.
type status struct {
	finished, total int     // rounds
	share           float64 // of the whole run, in [0, 1]
	ended           bool
	activity        string // what the run is busy with, or how it ended
	rate            string // how fast, or empty
	elapsed         time.Duration
	left            time.Duration // 0 where it can't be told yet
}

// status is called with the lock held.
func (m *monitor) status(now time.Time) status {
	p := m.last
	s := status{finished: p.FinishedRounds, total: p.TotalRounds, elapsed: now.Sub(m.began), activity: activity(p)}
	switch {
	case p.TotalRounds > 0:
		s.share = min(1, (float64(p.FinishedRounds)+m.done)/float64(p.TotalRounds))
	default:
		s.share = m.done
	}
	if took := now.Sub(m.since).Seconds(); took > 0.5 && p.Done > m.from {
		s.rate = rate(p.Phase, float64(p.Done-m.from)/took)
	}
	// Rounds that were on disk took no time; what this process did tells what is left.
	did := float64(p.FinishedRounds-p.Resumed) + m.done
	if left := float64(p.TotalRounds-p.FinishedRounds) - m.done; did >= 0.25 && left > 0 {
		s.left = time.Duration(float64(s.elapsed) * left / did)
	}
	return s
}

// partOf is how much of the round, the training, the hand-over or the second look under way is done.
func partOf(p alnb.Progress) float64 {
	phases := p.Phases
	if p.Phase == alnb.PhaseLook {
		phases = []alnb.Phase{alnb.PhaseLook}
	}
	at := slices.Index(phases, p.Phase)
	if at < 0 {
		return 0
	}
	done, all := 0.0, 0.0
	for i, phase := range phases {
		all += length(phase)
		switch {
		case i < at:
			done += length(phase)
		case i == at && p.Total > 0:
			done += length(phase) * min(1, float64(p.Done)/float64(p.Total))
		}
	}
	return done / all
}

// length guesses how long a phase takes, in trainings of a model.
func length(phase alnb.Phase) float64 {
	switch phase {
	case alnb.PhaseQuality:
		return 3 // folds
	case alnb.PhasePseudoLabel: // a training, then the pool
		return 1.4
	case alnb.PhaseScore, alnb.PhaseInfluence:
		return 0.4
	case alnb.PhaseEvaluate:
		return 0.25
	}
	return 1
}

func activity(p alnb.Progress) string {
	verb := p.Phase.Doing()
	if p.Total > 0 {
		verb = fmt.Sprintf("%s %d/%d", verb, p.Done, p.Total)
	}
	if p.Arm == "" {
		return verb
	}
	return fmt.Sprintf("%s · seed %d · round %d of %d · %s", chart.Visible(p.Arm), p.Seed, p.Round, p.Rounds, verb)
}

func rate(phase alnb.Phase, perSecond float64) string {
	switch phase {
	case alnb.PhaseTrain, alnb.PhaseLook, alnb.PhaseQuality, alnb.PhaseFirstSuccessor, alnb.PhaseSuccessor:
		return fmt.Sprintf("%.1f steps/s", perSecond)
	case alnb.PhasePseudoLabel:
		return "" // steps first, then documents
	}
	return fmt.Sprintf("%.0f documents/s", perSecond)
}
