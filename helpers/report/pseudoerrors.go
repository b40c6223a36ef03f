package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/chart"
)

// examples is how many pseudo-labels of a kind a table shows.
const examples = 4

// maxText is how many characters of a text a table shows.
const maxText = 120

// PseudoLabelErrorTable shows pseudo-labels of a finished round: wrong ones that the filter dropped and that it missed, and right
// ones that it dropped. data is that of the experiment, which is emulated and about texts with classes.
func PseudoLabelErrorTable(ctx context.Context, r *alnb.Results, data corpus.Source, arm string, seed uint64, round int) (chart.Table, error) {
	labels, classes, err := judgedPseudoLabels(ctx, r, data, arm, seed, round)
	return pseudoLabelErrorTable(arm, seed, round, labels, classes), err
}

// InfluenceChart draws each pseudo-label of a finished round by the pseudo-labeler's confidence and its self-influence, wrong
// ones and those that the filter dropped apart. data is that of the experiment.
func InfluenceChart(ctx context.Context, r *alnb.Results, data corpus.Source, arm string, seed uint64, round int) (chart.Scatter, error) {
	labels, classes, err := judgedPseudoLabels(ctx, r, data, arm, seed, round)
	if err == nil && !slices.ContainsFunc(labels, judgedPseudoLabel.measured) {
		err = fmt.Errorf("report: arm %q has no self-influences in round %d: its filter isn't by TracIn", arm, round)
	}
	return influenceScatter(arm, seed, round, labels, classes), err
}

// judgedPseudoLabel is a pseudo-label beside the text and its gold label.
type judgedPseudoLabel struct {
	store.PseudoLabel
	text string
	gold int
}

func (l judgedPseudoLabel) measured() bool { return l.Influence != nil }

// doubt is the higher, the worse the pseudo-label looks to its filter.
func (l judgedPseudoLabel) doubt() float64 {
	if l.Influence != nil {
		return *l.Influence
	}
	return -l.Confidence
}

func judgedPseudoLabels(ctx context.Context, r *alnb.Results, data corpus.Source, arm string, seed uint64, round int) (
	judged []judgedPseudoLabel, classes []string, err error) {
	if r.Tagging() {
		return nil, nil, fmt.Errorf("report: the run is about spans of words, and its pseudo-labels can't be shown one by one")
	}
	labels, err := r.PseudoLabels(arm, seed, round)
	if err != nil {
		return nil, nil, err
	}
	if len(labels) == 0 {
		return nil, nil, fmt.Errorf("report: arm %q made no pseudo-labels in round %d, seed %d", arm, round, seed)
	}
	set, err := data.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	documents := make(map[string]corpus.Example, len(set.Train))
	for _, e := range set.Train {
		documents[e.ID] = e
	}
	for _, l := range labels {
		e, ok := documents[l.ID]
		if !ok || max(l.Class, e.Label) >= len(set.Classes) {
			return nil, nil, fmt.Errorf("report: %s has no document %s with such a class: give the data that the experiment has", data.Name(), l.ID)
		}
		judged = append(judged, judgedPseudoLabel{l, e.Text, e.Label})
	}
	return judged, set.Classes, nil
}

func pseudoLabelErrorTable(arm string, seed uint64, round int, labels []judgedPseudoLabel, classes []string) chart.Table {
	t := chart.Table{
		Caption: fmt.Sprintf("%s: pseudo-labels found and missed, seed %d, round %d", arm, seed, round),
		Columns: []chart.Column{{Name: "Filter"}, {Name: "Pseudo-label"}, {Name: "Gold"}, {Name: "Confidence", Numbers: true},
			{Name: "Self-influence", Numbers: true}, {Name: "Text", Wraps: true}},
	}
	kinds := []struct {
		name           string
		dropped, wrong bool
	}{{"dropped rightly", true, true}, {"dropped wrongly", true, false}, {"missed", false, true}}
	var counts []string
	for _, kind := range kinds {
		var of []judgedPseudoLabel
		for _, l := range labels {
			if l.Dropped == kind.dropped && l.Wrong == kind.wrong {
				of = append(of, l)
			}
		}
		counts = append(counts, fmt.Sprintf("%d %s", len(of), kind.name))
		slices.SortStableFunc(of, func(a, b judgedPseudoLabel) int { return cmp.Compare(b.doubt(), a.doubt()) })
		if !kind.dropped { // those that look best
			slices.Reverse(of)
		}
		for _, l := range of[:min(examples, len(of))] {
			influence := "–"
			if l.measured() {
				influence = fmt.Sprintf("%.3g", *l.Influence)
			}
			t.Rows = append(t.Rows, []string{kind.name, classes[l.Class], classes[l.gold], fmt.Sprintf("%.3f", l.Confidence), influence, brief(l.text)})
		}
	}
	t.Note = fmt.Sprintf("Of %d pseudo-labels: %s. Shown are at most %d of each; of the dropped those that look worst to the "+
		"filter, of the missed those that look best.", len(labels), strings.Join(counts, ", "), examples)
	return t
}

// brief is a text's beginning on one line.
func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return text
}

func influenceScatter(arm string, seed uint64, round int, labels []judgedPseudoLabel, classes []string) chart.Scatter {
	groups := []chart.Points{
		{Name: "right, kept", Look: chart.Faint}, {Name: "right, dropped", Look: chart.Dots, Color: 0},
		{Name: "wrong, missed", Look: chart.Marks, Color: 1}, {Name: "wrong, dropped", Look: chart.Marks, Color: 2},
	}
	for _, l := range labels {
		g := &groups[0]
		switch {
		case l.Wrong && l.Dropped:
			g = &groups[3]
		case l.Wrong:
			g = &groups[2]
		case l.Dropped:
			g = &groups[1]
		}
		if l.measured() {
			g.X, g.Y = append(g.X, l.Confidence), append(g.Y, math.Log10(*l.Influence))
			g.Names = append(g.Names, fmt.Sprintf("%s (gold: %s): %s", classes[l.Class], classes[l.gold], brief(l.text)))
		}
	}
	return chart.Scatter{
		Title:  fmt.Sprintf("%s: pseudo-labels, seed %d, round %d", arm, seed, round),
		XLabel: "the pseudo-labeler's confidence", YLabel: "log₁₀ of the self-influence",
		Note:   "A filter by TracIn drops the highest, one by confidence those furthest left.",
		Groups: groups,
	}
}
