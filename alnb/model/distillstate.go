package model

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/store"
)

// The files of a state.
const (
	identityFile = "distillation.json"
	stateFile    = "state.safetensors"
	stepTensor   = "step" // in it: the steps done, as two halves that float32 holds exactly
)

// suspend makes the state durable.
func (s *distilling) suspend(partial string, steps int) error {
	state, err := s.programs.values(slices.DeleteFunc(s.programs.variableNames(), func(name string) bool { return strings.HasPrefix(name, ofTeacher) }))
	if err != nil {
		return err
	}
	state[stepTensor] = pretrained.Tensor{Dims: []int{2}, Data: []float32{float32(steps >> 16), float32(steps & 0xffff)}}
	if _, err := os.Stat(filepath.Join(partial, identityFile)); err != nil {
		if err := os.MkdirAll(partial, 0o755); err != nil {
			return err
		}
		if err := store.WriteFile(filepath.Join(partial, identityFile), s.identity); err != nil {
			return err
		}
	}
	return pretrained.WriteWeights(filepath.Join(partial, stateFile), state)
}

// resume puts a state into place, where there is one, and returns the steps done.
func (s *distilling) resume(partial string) (int, error) {
	have, err := os.ReadFile(filepath.Join(partial, identityFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(have, s.identity) {
		return 0, fmt.Errorf("%s holds the state of another distillation (other settings, seed or texts: compare its %s); "+
			"remove it, or give another folder", partial, identityFile)
	}
	state, err := pretrained.ReadSafetensors(filepath.Join(partial, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	steps, done := state[stepTensor].Data, -1.0
	if len(steps) == 2 {
		done = float64(steps[0])*(1<<16) + float64(steps[1])
	}
	if !(done >= 0 && done <= float64(s.Training.steps(len(s.docs)))) {
		return 0, fmt.Errorf("%s does not say how many steps were done; remove %s", filepath.Join(partial, stateFile), partial)
	}
	delete(state, stepTensor)
	teacher, err := s.teacherWeights()
	if err != nil {
		return 0, err
	}
	maps.Copy(state, prefixed(ofTeacher, teacher))
	shapes := make(map[string][]int)
	for _, name := range s.programs.variableNames() {
		shapes[name] = s.programs.dims(name)
	}
	if err := pretrained.CheckShapes(state, shapes); err != nil {
		return 0, fmt.Errorf("%s: %w; remove %s", filepath.Join(partial, stateFile), err, partial)
	}
	return int(done), s.programs.reset(state)
}
