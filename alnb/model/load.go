package model

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"github.com/alnb/alnb/alnb/pretrained"
)

// load opens a trained model's folder for a task.
func load(ctx context.Context, dir string, maxTokens int, task pretrained.Task) (*engine, error) {
	if isLightFolder(dir) {
		return loadLight(dir, maxTokens, task)
	}
	folder, origin, err := openFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	if have := folder.Config.Task(); have != task {
		return nil, fmt.Errorf("model: %s is a model for %s (its config.json names %q), not for %s", folder.Dir, have, folder.Config.Architectures, task)
	}
	classes, err := folder.Config.Classes()
	if err != nil {
		return nil, err
	}
	spec := Pretrained(dir)
	spec.MaxTokens = cmp.Or(maxTokens, folder.MaxTokens())
	e, err := openFineTuned(folder, origin, spec, task, classes)
	if err != nil {
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	if len(e.fresh) > 0 {
		e.Close()
		return nil, fmt.Errorf("model: %s is not a fine-tuned model: its weights lack %v; train it first", folder.Dir, e.fresh)
	}
	if err := e.adopt(); err != nil {
		e.Close()
		return nil, fmt.Errorf("model: load %s: %w", dir, err)
	}
	return e, nil
}

// A Task is what a model does.
type Task = pretrained.Task

// The tasks.
const (
	Classification = pretrained.Classification
	Tagging        = pretrained.Tagging
)

// TaskOf returns what a trained model's folder is for, without reading its weights.
func TaskOf(ctx context.Context, dir string) (Task, error) {
	if isLightFolder(dir) {
		config, err := readLightConfig(dir)
		return config.Task, err
	}
	found, _, err := pretrained.Find(ctx, dir)
	if err != nil {
		return "", err
	}
	config, err := pretrained.ReadConfig(filepath.Join(found, "config.json"))
	return config.Task(), err
}
