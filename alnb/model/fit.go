package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/stat"

	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// An example is a document with what is to be learnt from it.
type example struct {
	document
	id      string
	targets [][]float32 // distributions over the classes: one for a text, one for each word of a list
	weight  float32
}

func documentsOf(examples []example) []document {
	docs := make([]document, len(examples))
	for i, x := range examples {
		docs[i] = x.document
	}
	return docs
}

// A checkpoint is the weights after a step of the last training.
type checkpoint struct {
	step    int
	weights map[string]pretrained.Tensor
}

// fit trains from the starting weights. temperature divides the logits; 1 but in distillation.
func (e *engine) fit(ctx context.Context, examples []example, temperature float64, run learner.Run) (learner.Trained, error) {
	if len(examples) == 0 {
		return learner.Trained{}, errors.New("there are no labeled documents; label some first")
	}
	classWeights, err := e.training.classWeights(e.classes)
	if err != nil {
		return learner.Trained{}, err
	}
	for i := range examples {
		examples[i].weight = 1
		if run.Weights != nil {
			if len(run.Weights) != len(examples) {
				return learner.Trained{}, fmt.Errorf("there are %d weights for %d documents", len(run.Weights), len(examples))
			}
			examples[i].weight = float32(run.Weights[i])
			if w := run.Weights[i]; !(w >= 0 && w <= math.MaxFloat32) {
				return learner.Trained{}, fmt.Errorf("document %q has the weight %g; weights are finite and not negative", examples[i].id, w)
			}
		}
	}
	e.ready, e.kept = false, nil
	if err := e.programs.reset(e.startingWeights(run.Seed)); err != nil {
		return learner.Trained{}, err
	}

	t := e.training
	train, held := holdOut(examples, t.EarlyStopping.Holdout, run.Seed)
	total := t.steps(len(train))
	keep := t.checkpoints(len(train), total)
	if len(held) > 0 { // nobody knows which epoch will be the last
		keep = t.epochEnds(len(train), total)
	}
	stopping := stopper{engine: e, held: held, patience: t.EarlyStopping.Patience, ends: t.epochEnds(len(train), total)}
	order := epochStream{n: len(train), seed: run.Seed}
	shortest := shortestRow(documentsOf(train), e.arch.limit())
	var losses []float64
	for i := range total {
		rows := order.next(t.BatchSize)
		s := e.miniBatch(train, rows, shortest, classWeights)
		s.temperature, s.rate, s.number = temperature, t.rate(i, total), i+1
		s.dropout = dropoutKey(run.Seed, i)
		loss, err := e.programs.step(ctx, s)
		if err == nil {
			err = t.checkLoss(loss, i, total)
		}
		if err != nil {
			return learner.Trained{}, err
		}
		losses = append(losses, loss)
		if e.observe != nil {
			e.observe(loss)
		}
		if run.Progress != nil {
			run.Progress(i+1, total)
		}
		if _, wanted := slices.BinarySearch(keep, i+1); wanted && t.Checkpoints > 0 {
			weights, err := e.programs.weights()
			if err != nil {
				return learner.Trained{}, err
			}
			e.kept = append(e.kept, checkpoint{i + 1, weights})
			e.kept = e.kept[max(0, len(e.kept)-t.Checkpoints):]
		}
		if stop, err := stopping.after(ctx, i+1); err != nil {
			return learner.Trained{}, err
		} else if stop {
			break
		}
	}
	if err := stopping.restore(); err != nil {
		return learner.Trained{}, err
	}
	e.ready = true
	return learner.Trained{Steps: len(losses), Loss: lastLoss(losses, len(losses))}, nil
}

// dropoutKey is the key of a step's dropout.
func dropoutKey(seed uint64, step int) [2]uint32 {
	return dropoutBits(keyed.Key{Seed: seed, Purpose: "dropout", Round: step})
}

func dropoutBits(key keyed.Key) [2]uint32 {
	hash := key.Hash()
	return [2]uint32{uint32(hash), uint32(hash >> 32)}
}

// checkLoss refuses to go on when a training has diverged.
func (t Training) checkLoss(loss float64, step, total int) error {
	if finite(loss) {
		return nil
	}
	return fmt.Errorf("the loss became %g in step %d of %d; a smaller LearningRate than %g may help", loss, step+1, total, t.LearningRate)
}

// lastLoss is the mean over the last tenth of total steps, of at least one, as far as their losses are there; 0 where
// none is.
func lastLoss(losses []float64, total int) float64 {
	if len(losses) == 0 {
		return 0
	}
	return stat.Mean(losses[max(0, len(losses)-max(1, total/10)):], nil)
}

// miniBatch lays out the examples of rows for a training step; shortest is shortestRow's.
func (e *engine) miniBatch(examples []example, rows []int, shortest int, classWeights []float32) step {
	chosen := make([]example, len(rows))
	for i, row := range rows {
		chosen[i] = examples[row]
	}
	docs := documentsOf(chosen)
	b := trainingBatch(docs, e.arch, e.training.BatchSize, shortest)
	b.rows = e.programs.devices.size(b.rows)
	targets, weights := e.targets(b, chosen, classWeights)
	return step{inputs: e.arch.inputs(at(docs, b.docs), b.layout), targets: targets, weights: weights}
}

// targets lays out what is to be learnt from the examples of a batch, and the weights.
func (e *engine) targets(b batch, examples []example, classWeights []float32) (targets, weights *tensors.Tensor) {
	k, dims := len(e.classes), []int{b.rows, b.slots}
	if examples[0].first != nil {
		dims[1] = b.length
	}
	flat, weigh := make([]float32, dims[0]*dims[1]*k), make([]float32, dims[0]*dims[1])
	for i, inBatch := range b.docs {
		example := examples[inBatch]
		for word, target := range example.targets {
			position := b.document(i)
			if example.first != nil {
				if example.first[word] < 0 {
					continue
				}
				position = b.position(i, int(example.first[word]))
			}
			copy(flat[position*k:], target)
			for class, p := range target {
				weigh[position] += example.weight * p * classWeights[class]
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, dims[0], dims[1], k), tensors.FromFlatDataAndDimensions(weigh, dims...)
}

// holdOut splits the examples at random: a share is held out, at least one document where it is above 0.
func holdOut(examples []example, share float64, seed uint64) (train, held []example) {
	if share == 0 || len(examples) < 2 {
		return examples, nil
	}
	n := min(max(1, int(math.Round(share*float64(len(examples))))), len(examples)-1)
	out := make(map[int]bool, n)
	for _, i := range (keyed.Key{Seed: seed, Purpose: "early stopping"}).Stream().Perm(len(examples))[:n] {
		out[i] = true
	}
	for i, x := range examples {
		if out[i] {
			held = append(held, x)
		} else {
			train = append(train, x)
		}
	}
	return train, held
}

// finite tells whether a value is a number: a training that diverged must not go on silently.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
