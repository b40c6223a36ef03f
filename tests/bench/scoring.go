package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/alnb/alnb/alnb/model"
)

// keep saves a trained classifier for the comparison of scoring.
func (b *bench) keep(c *model.Classifier) error {
	if err := os.RemoveAll(b.trained); err != nil {
		return err
	}
	return c.Save(b.trained)
}

// ensureTrained trains a model where the section that does hasn't run.
func (b *bench) ensureTrained(ctx context.Context) error {
	if _, err := os.Stat(b.trained); err == nil {
		return nil
	}
	say("training %d steps", b.sizes.steps)
	t, err := b.startTraining(ctx, false, b.work.labeled)
	if err != nil {
		return err
	}
	if err := t.finish(); err != nil {
		return err
	}
	return b.keep(t.classifier)
}

// A scorer scores documents.
type scorer struct {
	name  string
	score func(rows []int) (scored, error)
}

// scorers are alnb and PyTorch with the trained weights, in both precisions; close frees them.
func (b *bench) scorers(ctx context.Context) (all []scorer, ours []*model.Classifier, close func(), err error) {
	if err := b.ensureTrained(ctx); err != nil {
		return nil, nil, nil, err
	}
	close = func() {
		for _, c := range ours {
			c.Close()
		}
	}
	for _, p := range precisions {
		c, err := openTrained(ctx, b.trained, b.work, p.bfloat16)
		if err != nil {
			close()
			return nil, nil, nil, err
		}
		ours = append(ours, c)
		id := "scoring " + p.name
		if err := b.openPeer(id, b.trained, p.bfloat16, 1); err != nil {
			close()
			return nil, nil, nil, err
		}
		all = append(all,
			scorer{alnbName + " " + p.name, func(rows []int) (scored, error) { return score(ctx, c, b.work.docs(rows)) }},
			scorer{torchName + " " + p.name, func(rows []int) (scored, error) { return b.torch.score(id, rows) }})
	}
	return all, ours, close, nil
}

// inTurn lets scorers score rows in turn, so many times, and returns each one's documents a second and probabilities.
// The first time, which compiles, doesn't count: its seconds are first.
func inTurn(scorers []scorer, rows []int, times int, m *meter) (speeds [][]float64, first []float64, probabilities [][][]float32, err error) {
	speeds, first, probabilities = make([][]float64, len(scorers)), make([]float64, len(scorers)), make([][][]float32, len(scorers))
	for time := range 1 + times {
		for i, s := range scorers {
			m.begin()
			out, err := s.score(rows)
			if err != nil {
				return nil, nil, nil, err
			}
			m.end(s.name)
			if time == 0 {
				first[i], probabilities[i] = out.Seconds, out.Probabilities
				continue
			}
			speeds[i] = append(speeds[i], float64(len(rows))/out.Seconds)
			say("time %d of %d, %s: %.1f documents/s", time, times, s.name, speeds[i][time-1])
		}
	}
	return speeds, first, probabilities, nil
}

// scoring compares scoring a part of AG News' pool.
func (b *bench) scoring(ctx context.Context) error {
	scorers, ours, close, err := b.scorers(ctx)
	if err != nil {
		return err
	}
	defer close()
	before := []int{ours[0].Compiled(), ours[1].Compiled()}
	meter := newMeter(map[string]int{torchName: b.torch.process.Process.Pid})
	speeds, first, probabilities, err := inTurn(scorers, b.work.pool, b.sizes.scorings, meter)
	if err != nil {
		return err
	}
	var rows [][]string
	for i, p := range precisions {
		mine, theirs := speeds[2*i], speeds[2*i+1]
		rows = append(rows, []string{p.name, spread(mine, "%.1f"), spread(theirs, "%.1f"), ratio(median(mine)/median(theirs), 1.1)})
		b.noteCompiled(p.name, "scoring", ours[i].Compiled()-before[i], first[2*i]-float64(len(b.work.pool))/median(mine))
	}
	b.report.table("Scoring", fmt.Sprintf("%d documents of AG News' pool, tokenized before, the same trained weights; documents a second, the median "+
		"(least to most) of %d times, taken in turn. %s %s", len(b.work.pool), b.sizes.scorings, padding(ours[0]), meter),
		[]string{"", alnbName, torchName, "ratio"}, rows)
	b.agreement(probabilities)
	b.report.data["scoring"] = map[string]any{"sides": []string{scorers[0].name, scorers[1].name, scorers[2].name, scorers[3].name}, "documents_per_s": speeds}
	return nil
}

// padding says how much of what a classifier computes is padding, where it tells.
func padding(c any) string {
	counter, ok := c.(interface{ Tokens() (real, padded int) })
	if !ok {
		return "How much is padding was not measured."
	}
	real, padded := counter.Tokens()
	return fmt.Sprintf("Padded tokens per real one: %.3f (goal at most 1.10).", float64(padded)/float64(real))
}

// agreement compares the probabilities of all scorers: those of precisions are alnb's, PyTorch's.
func (b *bench) agreement(probabilities [][][]float32) {
	top := min(100, len(b.work.pool)/3)
	row := func(name string, x, y [][]float32, goal string) []string {
		return []string{name, fmt.Sprintf("%.1e", largestDifference(x, y)), fmt.Sprintf("%.2f", overlap(leastConfident(x, top), leastConfident(y, top))), goal}
	}
	ours, theirs, ours16, theirs16 := probabilities[0], probabilities[1], probabilities[2], probabilities[3]
	b.report.table("Agreement", fmt.Sprintf("On the same documents with the same weights, after %d training steps: the largest difference of "+
		"probabilities, and the share of the %d least confident documents that both choose.", b.sizes.steps, top), []string{"", "largest difference", "same choice", "goal"}, [][]string{
		row("alnb bfloat16 and float32", ours16, ours, "at most 1e-2; at least 0.95"),
		row("PyTorch bfloat16 and float32", theirs16, theirs, ""),
		row("alnb and PyTorch, float32", ours, theirs, ""),
	})
}

func largestDifference(x, y [][]float32) float64 {
	most := 0.0
	for i := range x {
		for k := range x[i] {
			most = max(most, math.Abs(float64(x[i][k])-float64(y[i][k])))
		}
	}
	return most
}

// leastConfident returns the positions of the n documents whose largest probability is smallest.
func leastConfident(probabilities [][]float32, n int) []int {
	order := make([]int, len(probabilities))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int {
		return cmp.Compare(slices.Max(probabilities[i]), slices.Max(probabilities[k]))
	})
	return order[:n]
}

// overlap is the share of x that is in y.
func overlap(x, y []int) float64 {
	both := 0
	for _, i := range x {
		if slices.Contains(y, i) {
			both++
		}
	}
	return float64(both) / float64(len(x))
}
