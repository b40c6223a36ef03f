package model

import "fmt"

// Checkpoints returns the steps of the last training whose weights were kept, as [Training].Checkpoints says, in order.
func (e *engine) Checkpoints() []int {
	steps := make([]int, len(e.kept))
	for i, c := range e.kept {
		steps[i] = c.step
	}
	return steps
}

// Restore puts the weights of a kept step into place: the model then scores, and is saved, as it was after it.
func (e *engine) Restore(step int) error {
	for _, c := range e.kept {
		if c.step == step {
			return e.programs.reset(c.weights)
		}
	}
	return fmt.Errorf("model: no weights were kept after step %d; there are those of the steps %v", step, e.Checkpoints())
}
