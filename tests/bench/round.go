package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
)

// A rounds is what one side's rounds took, and what its models were worth.
type rounds struct {
	train, query []float64 // seconds, by seed
	tested       [][]eval.Tally
}

func (r *rounds) add(train, query float64, tested []eval.Tally) {
	r.train, r.query, r.tested = append(r.train, train), append(r.query, query), append(r.tested, tested)
}

// whole is the seconds of training and query together.
func (r *rounds) whole() []float64 {
	var sums []float64
	for i, train := range r.train {
		sums = append(sums, train+r.query[i])
	}
	return sums
}

func (r *rounds) accuracy() float64 {
	return eval.Over(r.tested, func(tested []eval.Tally) float64 {
		var all eval.Tally
		for _, t := range tested {
			all = all.Plus(t)
		}
		return all.Score()
	}).Mean
}

// round compares a whole round of active learning, which is what a person waits for: alnb in bfloat16 with UPS, third query,
// and small-text, which trains on the same labeled documents and scores the whole pool.
func (b *bench) round(ctx context.Context) error {
	if b.smallText == "" {
		say("the round is left out: it needs small-text")
		return nil
	}
	p, err := startPeer(ctx, b.python, "peer_smalltext.py", b.log, "PYTHONPATH="+b.smallText)
	if err != nil {
		return err
	}
	defer p.close()
	start, err := filepath.Abs(b.start)
	if err != nil {
		return err
	}
	source := corpus.Limit(datasets.AGNews(), b.sizes.roundPool, b.sizes.roundPool*2/5)
	data, err := source.Load(ctx)
	if err != nil {
		return err
	}
	if _, err := p.load(&work{documents: append(data.Train[:len(data.Train):len(data.Train)], data.Test...)}, start); err != nil {
		return err
	}
	meter := newMeter(map[string]int{smallName: p.process.Process.Pid, torchName: b.torch.process.Process.Pid})
	var ours, theirs rounds
	for seed := uint64(1); seed <= uint64(b.sizes.roundSeeds); seed++ {
		meter.begin()
		labeled, err := b.ourRound(ctx, source, seed, &ours)
		if err != nil {
			return err
		}
		meter.end(alnbName)
		meter.begin()
		if err := theirRound(p, start, data, labeled, b.sizes.roundSteps, &theirs); err != nil {
			return err
		}
		meter.end(smallName)
		last := len(ours.train) - 1
		say("seed %d: alnb %.1f + %.1f s, small-text %.1f + %.1f s", seed, ours.train[last], ours.query[last], theirs.train[last], theirs.query[last])
	}
	difference, err := eval.PairedDifference(ours.tested, theirs.tested, keyed.Key{Purpose: "bench round"})
	if err != nil {
		return err
	}
	var rows [][]string
	for _, side := range []struct {
		name string
		of   *rounds
	}{{"alnb, bfloat16, UPS", &ours}, {smallName, &theirs}} {
		rows = append(rows, []string{
			side.name, spread(side.of.train, "%.1f"), spread(side.of.query, "%.2f"), spread(side.of.whole(), "%.1f"), fmt.Sprintf("%.4f", side.of.accuracy()),
		})
	}
	b.report.table("A whole round", fmt.Sprintf("%d training steps on 150 labeled documents and a query from the pool of %d, for %d seeds in turn: "+
		"alnb's third query, so that UPS has stale scores, and small-text on the same labeled documents. small-text takes **%.2f** times as long "+
		"(goal 3.0). Accuracy is on %d test documents; alnb's is %+.4f above, 95 %% interval %+.4f to %+.4f. %s",
		b.sizes.roundSteps, len(data.Train)-150, b.sizes.roundSeeds, median(theirs.whole())/median(ours.whole()), len(data.Test),
		difference.Mean, difference.Low, difference.High, meter),
		[]string{"", "training, s", "query, s", "round, s", "accuracy"}, rows)
	b.report.data["round"] = map[string]any{
		"alnb": map[string]any{"train_s": ours.train, "query_s": ours.query}, "small-text": map[string]any{"train_s": theirs.train, "query_s": theirs.query},
		"difference": difference,
	}
	return nil
}

// ourRound runs active learning up to the third query, adds that round, and returns what it was trained on.
func (b *bench) ourRound(ctx context.Context, source corpus.Source, seed uint64, to *rounds) ([]string, error) {
	minilm := model.Pretrained(b.model)
	minilm.MaxTokens = maxTokens
	minilm.Training.Steps, minilm.Training.LearningRate, minilm.Training.Bfloat16 = b.sizes.roundSteps, learningRate, true
	ups := subsample.UPS{Gamma: 0.1, T: 0.01, FullQueries: []int{0, 1}}
	const arm, third = "LC+UPS", 2
	dir := filepath.Join(b.dir, "round", fmt.Sprint("seed-", seed))
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	results, err := alnb.Experiment{
		Data:  source,
		Arms:  []alnb.Arm{{Name: arm, Acquisition: minilm, Strategy: query.LeastConfident{}, Subsample: ups}},
		Start: alnb.Docs(50), Batch: alnb.Docs(50), Rounds: third + 1, Seeds: []uint64{seed},
	}.Run(ctx, dir, alnb.RunOptions{})
	if err != nil {
		return nil, err
	}
	tested, err := results.Tested(arm, seed, third)
	if err != nil {
		return nil, err
	}
	timing := results.Timings()[third]
	to.add(timing.Train.Mean, timing.Score.Mean, tested)
	return results.Labelings()[third].IDs, nil
}

// theirRound lets small-text train on the labeled documents and score the rest.
func theirRound(p *peer, start string, data *corpus.Dataset, labeled []string, steps int, to *rounds) error {
	taken := make(map[string]bool, len(labeled))
	for _, id := range labeled {
		taken[id] = true
	}
	var rows, pool, test []int
	for i, e := range data.Train {
		if taken[e.ID] {
			rows = append(rows, i)
		} else {
			pool = append(pool, i)
		}
	}
	gold := make([]int, len(data.Test))
	for i, e := range data.Test {
		test, gold[i] = append(test, len(data.Train)+i), e.Label
	}
	var training struct{ Seconds float64 }
	epochs := max(1, int(math.Round(float64(steps*batchSize)/float64(len(rows)))))
	if err := p.ask(request{"op": "train", "model": start, "rows": rows, "epochs": epochs, "rate": learningRate}, &training); err != nil {
		return err
	}
	whole, err := p.score("", pool)
	if err != nil {
		return err
	}
	out, err := p.score("", test)
	if err != nil {
		return err
	}
	to.add(training.Seconds, whole.Seconds, eval.TallyClasses(out.Probabilities, gold))
	return nil
}
