package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// programs are a model's compiled functions, a training step and what else is read of documents, one program each for
// every size of batch, with the weights and the optimizer's moments they share on the device. A program is compiled when
// it is first called.
type programs struct {
	network   network
	options   programOptions
	names     []string // of the weights, in order
	trained   []string // of those that training changes, in order
	shapes    map[string][]int
	variables *model.Store
	train     *model.Exec
	scoring   [readings]*model.Exec
	influence map[string]*model.Exec // of parts of the weights, by their names
	devices   *devices               // nil is one
	compiled  atomic.Int64
	running   sync.Mutex // held while a program runs, also by one that its caller no longer waits for
	closed    bool       // guarded by running
}

type programOptions struct {
	optimizer nn.Optimizer
	clipNorm  float64
	bfloat16  bool // the products of dense layers and attention
	devices   int  // that share each mini-batch; 0 is one
}

func newPrograms(backend compute.Backend, network network, options programOptions) (*programs, error) {
	dims := network.shapes()
	p := &programs{
		network: network, options: options, names: slices.Sorted(maps.Keys(dims)), shapes: dims, variables: model.NewStore(),
	}
	for _, name := range p.names {
		if network.trains(name) {
			p.trained = append(p.trained, name)
		}
	}
	scope := p.variables.RootScope()
	for _, name := range p.variableNames() {
		zeros := tensors.FromShape(shapes.Make(dtypes.Float32, p.dims(name)...))
		if _, err := scope.CreateVariable(name, zeros); err != nil {
			return nil, fmt.Errorf("create the variable %s: %w", name, err)
		}
	}
	var err error
	if p.devices, err = newDevices(backend, options.devices); err != nil {
		return nil, err
	}
	if p.train, err = newProgram(p, backend, p.trainGraph); err != nil {
		return nil, err
	}
	for what := range readings {
		if p.scoring[what], err = newProgram(p, backend, p.scoreGraph(what)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// newProgram is a program on the model's variables and devices.
func newProgram[F model.ExecGraphFn](p *programs, backend compute.Backend, graph F) (*model.Exec, error) {
	program, err := model.NewExec(backend, p.variables, graph)
	if err != nil {
		return nil, err
	}
	p.devices.use(program)
	program.SetMaxCache(200) // far more than come up; GoMLX refuses the 33rd otherwise
	return program, nil
}

func (p *programs) all() []*model.Exec {
	return append(slices.AppendSeq(slices.Clone(p.scoring[:]), maps.Values(p.influence)), p.train)
}

// variableNames are all weights and, for those that are trained, the optimizer's moments.
func (p *programs) variableNames() []string {
	all := slices.Clone(p.names)
	for _, name := range p.trained {
		for _, moment := range p.options.optimizer.Moments() {
			all = append(all, moment+name)
		}
	}
	return all
}

// dims returns a variable's shape: a moment's is its weight's.
func (p *programs) dims(variable string) []int {
	for _, moment := range p.options.optimizer.Moments() {
		if name, ok := strings.CutPrefix(variable, moment); ok {
			return p.shapes[name]
		}
	}
	return p.shapes[variable]
}

// reset puts weights into place for a cold start, and zeros into the optimizer's moments.
func (p *programs) reset(weights map[string]pretrained.Tensor) error {
	p.running.Lock()
	defer p.running.Unlock()
	for _, name := range p.variableNames() {
		value := tensors.FromShape(shapes.Make(dtypes.Float32, p.dims(name)...))
		if w, ok := weights[name]; ok {
			value = tensors.FromFlatDataAndDimensions(w.Data, w.Dims...)
		}
		if err := p.variables.RootScope().GetVariable(name).SetValue(value); err != nil {
			return fmt.Errorf("set the variable %s: %w", name, err)
		}
	}
	return nil
}

// weights copies the weights from the device.
func (p *programs) weights() (map[string]pretrained.Tensor, error) { return p.values(p.names) }

// values copies variables from the device: what reset takes to go on.
func (p *programs) values(names []string) (map[string]pretrained.Tensor, error) {
	p.running.Lock()
	defer p.running.Unlock()
	out := make(map[string]pretrained.Tensor, len(names))
	for _, name := range names {
		value, err := p.variables.RootScope().GetVariable(name).Value()
		if err != nil {
			return nil, err
		}
		data, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		out[name] = pretrained.Tensor{Dims: p.dims(name), Data: data}
	}
	return out, nil
}

// A step is one mini-batch and how to train on it.
type step struct {
	inputs      []any
	targets     *tensors.Tensor
	weights     *tensors.Tensor
	temperature float64
	rate        float64
	number      int       // counted from 1
	dropout     [2]uint32 // the key
}

// step trains on one mini-batch and returns its loss, before the step.
func (p *programs) step(ctx context.Context, s step) (float64, error) {
	scalars := append([]float32{float32(s.temperature)}, p.options.optimizer.Scalars(s.rate, s.number)...)
	inputs := append(slices.Clone(s.inputs), s.targets, s.weights, scalars, s.dropout[:])
	out, err := p.run(ctx, p.train, inputs)
	if err != nil {
		return 0, err
	}
	return float64(out[0][0]), nil
}

// read scores one batch and returns what is asked for, each output row by row.
func (p *programs) read(ctx context.Context, what reading, inputs []any) ([][]float32, error) {
	return p.run(ctx, p.scoring[what], inputs)
}

// run calls a program and returns its outputs, row by row; panics become errors. A program can't be stopped, and the
// first run of one compiles it for seconds: when ctx ends, run returns at once and leaves the program to finish by
// itself.
func (p *programs) run(ctx context.Context, program *model.Exec, inputs []any) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		outputs [][]float32
		err     error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if panicked := exceptions.TryCatch[error](func() { r.outputs, r.err = p.call(program, inputs) }); panicked != nil {
			r.err = panicked
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.outputs, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *programs) call(program *model.Exec, inputs []any) ([][]float32, error) {
	p.running.Lock()
	defer p.running.Unlock()
	if p.closed {
		return nil, errors.New("the model is closed")
	}
	out, err := p.devices.call(program, inputs)
	if err != nil {
		return nil, err
	}
	outputs := make([][]float32, len(out))
	for i, tensor := range out {
		if outputs[i], err = tensors.CopyFlatData[float32](tensor); err != nil {
			return nil, err
		}
		if err = tensor.FinalizeAll(); err != nil {
			return nil, err
		}
	}
	return outputs, nil
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
		for _, program := range p.all() {
			program.Finalize()
		}
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

// trainGraph is a training step. Inputs: those of the architecture, then targets, weights, the temperature with the
// optimizer's scalars [1 + n], and the dropout's key [2]. Output: the loss, before the step.
func (p *programs) trainGraph(scope *model.Scope, in []*Node) *Node {
	p.compiled.Add(1)
	g, n := in[0].Graph(), len(in)-4
	scalars := in[n+2]
	temperature := Reshape(Slice(scalars, AxisRange(0, 1))) // scalar
	loss := p.network.loss(p.precise(p.weightsIn(scope, g)), in[:n], in[n], in[n+1], temperature, nn.NewDropout(in[n+3]))
	weights := make([]*Node, len(p.trained))
	for i, name := range p.trained {
		weights[i] = p.weightsIn(scope, g).Of(name)
	}
	gradients := nn.ClipNorm(Gradient(loss, weights...), p.options.clipNorm)
	for i, name := range p.trained {
		var moments []*Node
		for _, moment := range p.options.optimizer.Moments() {
			moments = append(moments, scope.GetVariable(moment+name).NodeValue(g))
		}
		weight, moments := p.options.optimizer.Update(name, weights[i], gradients[i], moments, Slice(scalars, AxisRange(1)))
		scope.GetVariable(name).SetNodeValue(weight)
		for k, moment := range p.options.optimizer.Moments() {
			scope.GetVariable(moment + name).SetNodeValue(moments[k])
		}
	}
	return loss
}

// scoreGraph gives what is read of documents. Inputs: those of the architecture and, where dropout stays on, its key [2].
func (p *programs) scoreGraph(what reading) func(scope *model.Scope, in []*Node) []*Node {
	return func(scope *model.Scope, in []*Node) []*Node {
		p.compiled.Add(1)
		return what.of(p.network, p.precise(p.weightsIn(scope, in[0].Graph())), in)
	}
}

func (p *programs) weightsIn(scope *model.Scope, g *Graph) nn.Weights {
	return nn.WeightsOf(func(name string) *Node { return scope.GetVariable(name).NodeValue(g) })
}

func (p *programs) precise(w nn.Weights) nn.Weights {
	if p.options.bfloat16 {
		return nn.InBfloat16(w)
	}
	return w
}
