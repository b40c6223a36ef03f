package model_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
)

// Trains a tagger, tags a sentence, and keeps the model as a Hugging Face folder.
func ExampleTransformer_FitTagger() {
	ctx := context.Background()
	person := []corpus.Span{{Start: 0, End: 1, Type: "PER"}}
	examples := []corpus.Tagged{
		{ID: "1", Words: []string{"ferry", "leaves", "at", "six"}},
		{ID: "2", Words: []string{"minister", "met", "the", "president"}, Spans: person},
		{ID: "3", Words: []string{"probe", "landed", "on", "a", "comet"}},
		{ID: "4", Words: []string{"minister", "leaves", "at", "six"}, Spans: person},
	}
	tiny := model.PretrainedTagger("testdata/tiny-bert") // or a name on the hub, such as bert-base-cased
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate, tiny.Training.BatchSize = 32, 60, 1e-2, 4
	tagger, err := tiny.FitTagger(ctx, []string{"PER"}, examples, learner.Run{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tagger.Close()
	taggings, err := tagger.Tag(ctx, []corpus.Tagged{{ID: "5", Words: []string{"minister", "landed"}}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tagger.Classes(), taggings[0].Tags)

	parent, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(parent)
	fmt.Println(tagger.Save(filepath.Join(parent, "names")))
	// Output:
	// [O B-PER I-PER] [B-PER O]
	// <nil>
}

// Makes a student with one layer of a teacher, on texts without labels: a checkpoint as any other.
func ExampleDistillation_Run() {
	ctx := context.Background()
	parent, _ := os.MkdirTemp("", "alnb")
	defer os.RemoveAll(parent)
	student := filepath.Join(parent, "student")
	distillation := model.Distill("testdata/tiny-bert", 1) // or a name on the hub
	distillation.Training.Steps, distillation.MaxTokens = 5, 16
	result, err := distillation.Run(ctx, []corpus.Document{{ID: "1", Text: "a probe landed on a comet"}}, student, learner.Run{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	classifier, err := model.Pretrained(student).Open(ctx, []string{"World", "Sports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer classifier.Close()
	fmt.Println(result.Steps, "steps")
	// Output: 5 steps
}
