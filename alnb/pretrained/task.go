package pretrained

import (
	"fmt"
	"strings"
)

// A Task is what a model's head is for.
type Task string

// The tasks.
const (
	Classification Task = "classification" // one class a text
	Tagging        Task = "tagging"        // one class a token
)

// Task is what the model's head is for, by the Python class that the file names; checkpoints without a head that is
// known count as [Classification].
func (c Config) Task() Task {
	for _, name := range c.Architectures {
		if strings.HasSuffix(name, "ForTokenClassification") {
			return Tagging
		}
	}
	return Classification
}

// singleLabel is Python's name of classification into one class a text.
const singleLabel = "single_label_classification"

// architecture is the family's Python class for a task.
func (f family) architecture(task Task) (string, error) {
	switch task {
	case Classification:
		return f.classifier, nil
	case Tagging:
		return f.tagger, nil
	}
	return "", fmt.Errorf("there is no task %q; there are %s and %s", task, Classification, Tagging)
}
