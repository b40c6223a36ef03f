package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/pretrained"
)

// programs are a classifier's two compiled functions, a training step and scoring, one program each for every padded
// length, with the weights and the optimizer's moments they share on the device.
type programs struct {
	encoder   nn.BERT
	optimizer nn.AdamW
	names     []string // of the weights, in order
	shapes    map[string][]int
	variables *model.Store
	train     *model.Exec
	score     *model.Exec
	compiled  atomic.Int64
	running   sync.Mutex // held while a program runs, also by one that its caller no longer waits for
	closed    bool       // guarded by running
}

// The optimizer's moments are variables beside the weights.
const momentM, momentV = "adam.m:", "adam.v:"

func newPrograms(backend compute.Backend, encoder nn.BERT, optimizer nn.AdamW, dims map[string][]int) (*programs, error) {
	p := &programs{
		encoder: encoder, optimizer: optimizer, names: slices.Sorted(maps.Keys(dims)), shapes: dims,
		variables: model.NewStore(),
	}
	scope := p.variables.RootScope()
	for _, name := range p.names {
		for _, prefix := range []string{"", momentM, momentV} {
			zeros := tensors.FromShape(shapes.Make(dtypes.Float32, dims[name]...))
			if _, err := scope.CreateVariable(prefix+name, zeros); err != nil {
				return nil, fmt.Errorf("create the variable %s: %w", prefix+name, err)
			}
		}
	}
	var err error
	if p.train, err = model.NewExec(backend, p.variables, p.trainGraph); err != nil {
		return nil, err
	}
	if p.score, err = model.NewExec(backend, p.variables, p.scoreGraph); err != nil {
		return nil, err
	}
	p.train.SetMaxCache(len(trainingLengths) + 1) // a limit of tokens is a length, too
	p.score.SetMaxCache(len(scoringLengths) + 1)
	return p, nil
}

// reset puts weights into place for a cold start, and zeros into the optimizer's moments.
func (p *programs) reset(weights map[string]pretrained.Tensor) error {
	p.running.Lock()
	defer p.running.Unlock()
	scope := p.variables.RootScope()
	for _, name := range p.names {
		w := weights[name]
		values := map[string]*tensors.Tensor{
			name:           tensors.FromFlatDataAndDimensions(w.Data, w.Dims...),
			momentM + name: tensors.FromShape(shapes.Make(dtypes.Float32, w.Dims...)),
			momentV + name: tensors.FromShape(shapes.Make(dtypes.Float32, w.Dims...)),
		}
		for variable, value := range values {
			if err := scope.GetVariable(variable).SetValue(value); err != nil {
				return fmt.Errorf("set the variable %s: %w", variable, err)
			}
		}
	}
	return nil
}

// weights copies the weights from the device.
func (p *programs) weights() (map[string]pretrained.Tensor, error) {
	p.running.Lock()
	defer p.running.Unlock()
	out := make(map[string]pretrained.Tensor, len(p.names))
	for _, name := range p.names {
		value, err := p.variables.RootScope().GetVariable(name).Value()
		if err != nil {
			return nil, err
		}
		data, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		out[name] = pretrained.Tensor{Dims: p.shapes[name], Data: data}
	}
	return out, nil
}

// step trains on one mini-batch and returns its loss.
func (p *programs) step(ctx context.Context, b batch, labels []int32, scalars []float32, dropout []uint32) (float64, error) {
	loss, err := p.run(ctx, p.train,
		tensors.FromFlatDataAndDimensions(b.ids, b.size, b.length),
		tensors.FromFlatDataAndDimensions(b.lengths, b.size),
		tensors.FromFlatDataAndDimensions(labels, b.size),
		tensors.FromFlatDataAndDimensions(b.weights(), b.size),
		tensors.FromFlatDataAndDimensions(scalars, len(scalars)),
		tensors.FromFlatDataAndDimensions(dropout, len(dropout)))
	if err != nil {
		return 0, err
	}
	return float64(loss[0]), nil
}

// probabilities scores one batch: float32 [size, classes], row by row.
func (p *programs) probabilities(ctx context.Context, b batch) ([]float32, error) {
	return p.run(ctx, p.score,
		tensors.FromFlatDataAndDimensions(b.ids, b.size, b.length),
		tensors.FromFlatDataAndDimensions(b.lengths, b.size))
}

// run calls a program and returns its one output, row by row; panics become errors. A program can't be stopped, and
// the first run of one compiles it for seconds: when ctx ends, run returns at once and leaves the program to finish by
// itself.
func (p *programs) run(ctx context.Context, program *model.Exec, inputs ...any) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		flat []float32
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if panicked := exceptions.TryCatch[error](func() { r.flat, r.err = p.call(program, inputs) }); panicked != nil {
			r.err = panicked
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.flat, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *programs) call(program *model.Exec, inputs []any) ([]float32, error) {
	p.running.Lock()
	defer p.running.Unlock()
	if p.closed {
		return nil, errors.New("the model is closed")
	}
	out, err := program.Call(inputs...)
	if err != nil {
		return nil, err
	}
	flat, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, err
	}
	return flat, out[0].FinalizeAll()
}

// close frees the programs and what lies on the device: at once, or as soon as a program has finished that its caller
// no longer waits for.
func (p *programs) close() {
	free := func() {
		defer p.running.Unlock()
		if p.closed {
			return
		}
		p.closed = true
		p.train.Finalize()
		p.score.Finalize()
		p.variables.Finalize()
	}
	if p.running.TryLock() {
		free()
		return
	}
	go func() {
		p.running.Lock()
		free()
	}()
}

// trainGraph is a training step. Inputs: ids [batch, seq], lengths [batch], labels [batch], weights [batch], the
// optimizer's scalars [3], the dropout's key [2]. Output: the loss, before the step.
func (p *programs) trainGraph(scope *model.Scope, g *Graph, in []*Node) *Node {
	p.compiled.Add(1)
	w := p.weightsIn(scope, g)
	logits := p.encoder.Classify(w, in[0], in[1], nn.NewDropout(in[5])) // [batch, classes]
	loss := nn.CrossEntropy(logits, in[2], in[3])                       // scalar
	weights := make([]*Node, len(p.names))
	for i, name := range p.names {
		weights[i] = w(name)
	}
	gradients := p.optimizer.Clip(Gradient(loss, weights...))
	for i, name := range p.names {
		m, v := scope.GetVariable(momentM+name), scope.GetVariable(momentV+name)
		newWeight, newM, newV := p.optimizer.Update(name, weights[i], gradients[i], m.NodeValue(g), v.NodeValue(g), in[4])
		scope.GetVariable(name).SetNodeValue(newWeight)
		m.SetNodeValue(newM)
		v.SetNodeValue(newV)
	}
	return loss
}

// scoreGraph gives probabilities. Inputs: ids [batch, seq], lengths [batch]. Output: [batch, classes].
func (p *programs) scoreGraph(scope *model.Scope, ids, lengths *Node) *Node {
	p.compiled.Add(1)
	return Softmax(p.encoder.Classify(p.weightsIn(scope, ids.Graph()), ids, lengths, nil), -1) // [batch, classes]
}

func (p *programs) weightsIn(scope *model.Scope, g *Graph) nn.Weights {
	return func(name string) *Node { return scope.GetVariable(name).NodeValue(g) }
}
