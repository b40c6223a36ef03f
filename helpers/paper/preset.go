// Package paper has the experiments of "Towards Computationally Feasible Deep Active Learning" (Tsvigun et al., Findings of NAACL
// 2022), in three sizes: which models, data and arms each of its figures and tables compares, and what cells call to run and show
// them. The notebooks in notebooks/paper go through them.
package paper

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/datasets"
)

// A Preset is how large the experiments are.
type Preset string

// The presets.
const (
	Smoke Preset = "smoke" // made-up sentences and softmax regression: seconds; shows that all works, and nothing else
	Small Preset = "small" // small pretrained models on public data: hours on two processor cores
	Paper Preset = "paper" // the paper's models and data, 15 queries, 5 seeds: for a GPU
)

// FromEnvironment is the preset that ALNB_PRESET names; smoke where it names none.
func FromEnvironment() (Preset, error) {
	switch p := Preset(os.Getenv("ALNB_PRESET")); p {
	case "":
		return Smoke, nil
	case Smoke, Small, Paper:
		return p, nil
	default:
		return "", fmt.Errorf("paper: ALNB_PRESET is %q; there are %s, %s and %s", p, Smoke, Small, Paper)
	}
}

// Dir is the folder of a study's run, in the folder that ALNB_RUNS names, else in runs beside the notebook.
func (p Preset) Dir(study string) string {
	root := os.Getenv("ALNB_RUNS")
	if root == "" {
		root = "runs"
	}
	return filepath.Join(root, "paper", string(p), study)
}

// The studies: experiments that several figures are of.
const (
	AGNews      = "agnews"     // texts
	CoNLL       = "conll2003"  // names
	OntoNotes   = "ontonotes"  // names
	AGNewsUPS   = "agnews-ups" // subsampling and times
	CoNLLUPS    = "conll-ups"  // subsampling and times
	smokeLabels = 8            // of a seed set and a batch
)

// size is the protocol without its arms.
type size struct {
	start, batch alnb.Size
	rounds       int
	pseudo       []int // rounds that hand labels over; nil: all
	seeds        []uint64
}

func (p Preset) size(study string) size {
	tagging, ups := study != AGNews && study != AGNewsUPS, study == AGNewsUPS || study == CoNLLUPS
	switch p {
	case Paper:
		share := alnb.Fraction(0.01)
		if tagging {
			share = alnb.Fraction(0.02)
		}
		return size{share, share, 15, nil, []uint64{1, 2, 3, 4, 5}}
	case Small:
		share, rounds, pseudo := alnb.Docs(50), 5, []int{1, 3, 5}
		if tagging {
			share = alnb.Fraction(0.02)
		}
		if ups {
			rounds, pseudo = 7, []int{3, 7}
		}
		return size{share, share, rounds, pseudo, []uint64{1, 2}}
	}
	share := alnb.Docs(smokeLabels)
	if tagging {
		share = alnb.Fraction(0.15)
	}
	return size{share, share, 2, []int{2}, []uint64{1}}
}

// corpus says what a study is about in place of the paper's corpus.
func (p Preset) corpus(study, paper string) string {
	texts := study == AGNews || study == AGNewsUPS
	switch {
	case p == Small && texts:
		return "5,000 texts of " + paper
	case p == Small && study == OntoNotes:
		return "WNUT-17 in place of " + paper
	case p == Small:
		return "WikiGold in place of " + paper
	case texts:
		return "made-up texts in place of " + paper
	}
	return "made-up sentences in place of " + paper
}

// texts is what a study classifies.
func (p Preset) texts() corpus.Source {
	switch p {
	case Paper:
		return datasets.AGNews()
	case Small:
		return corpus.Limit(datasets.AGNews(), 5000, 2000)
	}
	return datasets.Synthetic{Train: 120, Test: 100, Seed: 1}
}

// words is what a study tags.
func (p Preset) words(study string) corpus.TaggedSource {
	switch {
	case p == Paper && study == OntoNotes:
		return datasets.OntoNotes()
	case p == Paper:
		return datasets.CoNLL2003()
	case p == Small && study == OntoNotes:
		return datasets.WNUT17()
	case p == Small:
		return datasets.WikiGold()
	case study == OntoNotes:
		return datasets.SyntheticNames{Train: 150, Test: 60, Seed: 2}
	}
	return datasets.SyntheticNames{Train: 150, Test: 60, Seed: 1}
}
