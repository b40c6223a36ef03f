package model

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
)

// devices are several that share the work of a program: each has all weights and a part of the mini-batch's rows. The
// graphs know nothing of it: they are for the whole mini-batch, and XLA splits them up and adds the sums over devices,
// so that the loss, the gradients' norm and the dropout are those of one device. nil is one device.
type devices struct {
	count int
	rows  *distributed.ShardingSpec // split by the first axis
	all   *distributed.ShardingSpec // everything on each
}

// newDevices takes the first devices of a backend; 0 and 1 are one.
func newDevices(backend compute.Backend, count int) (*devices, error) {
	if count <= 1 {
		return nil, nil
	}
	if n := int(backend.NumDevices()); count > n {
		return nil, fmt.Errorf("Devices is %d; the backend %s has %d", count, backend.Description(), n)
	}
	mesh, err := distributed.NewDeviceMesh([]int{count}, []string{"rows"})
	if err != nil {
		return nil, err
	}
	rows, err := distributed.BuildSpec(mesh).S("rows").Done()
	if err != nil {
		return nil, err
	}
	return &devices{count: count, rows: rows, all: distributed.NewReplicatedShardingSpec(mesh)}, nil
}

// size rounds a number of rows up to one that can be split.
func (d *devices) size(rows int) int {
	if d == nil {
		return rows
	}
	return (rows + d.count - 1) / d.count * d.count
}

// use has a program run on the devices. Its outputs are whole on each.
func (d *devices) use(program *model.Exec) {
	if d != nil {
		program.AutoSharding(d.all.Mesh).WithOutputShardingSpecs(d.all)
	}
}

// call runs a program and returns its outputs. What has rows that can be split is; all else goes to each device whole.
func (d *devices) call(program *model.Exec, inputs []any) ([]*tensors.Tensor, error) {
	if d == nil {
		return program.Call(inputs...)
	}
	parts, specs := make([]any, len(inputs)), make([]*distributed.ShardingSpec, len(inputs))
	for i, input := range inputs {
		tensor, isTensor := input.(*tensors.Tensor)
		if !isTensor {
			var err error
			if tensor, err = tensors.FromAnyValue(input); err != nil {
				return nil, err
			}
		}
		specs[i] = d.all
		if isTensor && tensor.Shape().Dim(0)%d.count == 0 {
			specs[i] = d.rows
		}
		part, err := dtensor.ShardTensor(specs[i], tensor)
		if err != nil {
			return nil, err
		}
		defer part.Finalize()
		parts[i] = part
	}
	out, err := program.WithInputShardingSpecs(specs...).Call(parts...)
	if err != nil {
		return nil, err
	}
	n := len(out) / d.count
	for _, copied := range out[n:] {
		if err := copied.FinalizeAll(); err != nil {
			return nil, err
		}
	}
	return out[:n], nil
}
