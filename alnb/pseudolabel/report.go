package pseudolabel

import (
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
)

// random is what errors are found by where documents are dropped by chance.
const random = "random"

// report fills in what came of the pseudo-labels.
func (h *HandOver) report(result *Result, labels []Pseudo, scores []scored, dropped []bool) {
	result.Labels = make([]store.PseudoLabel, len(labels))
	r := &result.Report
	for i, l := range labels {
		result.Labels[i] = store.PseudoLabel{ID: l.ID, Class: l.Class, Spans: l.Spans, Confidence: l.Confidence, Dropped: dropped[i]}
		r.Labeled++
		if dropped[i] {
			r.Dropped++
		}
		if h.Truth != nil {
			t := h.Labeler.tally(h.Truth[i], l)
			result.Labels[i].Wrong = t.Right < max(t.Gold, t.Predicted)
		}
		for _, s := range scores {
			if s.by == string(ByTracIn) {
				result.Labels[i].Influence = &s.scores[i]
			}
		}
	}
	r.Kept = r.Labeled - r.Dropped
	if h.Truth != nil {
		r.Errors = h.errors(result.Labels, scores, r.Dropped)
	}
}

// errors compares what each score would drop, and chance, with what is wrong. Of n pseudo-labels of which w are wrong, d that
// are dropped at random hold d·w/n wrong ones on average, exactly: a precision of w/n, and a recall of d/n.
func (h *HandOver) errors(labels []store.PseudoLabel, scores []scored, drop int) *store.Errors {
	var e store.Errors
	wrong := make([]bool, len(labels))
	for i, l := range labels {
		if wrong[i] = l.Wrong; l.Wrong {
			e.Wrong++
		}
	}
	for _, s := range scores {
		found := 0
		for _, position := range h.worst(s.scores)[:drop] {
			if wrong[position] {
				found++
			}
		}
		e.Filters = append(e.Filters, newFound(s.by, float64(found), drop, e.Wrong, areaUnderROC(s.scores, wrong)))
	}
	var area *float64
	if half := 0.5; e.Wrong > 0 && e.Wrong < len(labels) {
		area = &half
	}
	expected := float64(drop) * float64(e.Wrong) / float64(len(labels))
	e.Filters = append(e.Filters, newFound(random, expected, drop, e.Wrong, area))
	return &e
}

func newFound(by string, found float64, dropped, wrong int, area *float64) store.Found {
	f := store.Found{By: by, Wrong: found, AUC: area}
	if dropped > 0 {
		precision := found / float64(dropped)
		f.Precision = &precision
	}
	if wrong > 0 {
		recall := found / float64(wrong)
		f.Recall = &recall
	}
	return f
}

// areaUnderROC is nil where there aren't both right and wrong pseudo-labels.
func areaUnderROC(scores []float64, wrong []bool) *float64 {
	if area, ok := eval.ROCArea(scores, wrong); ok {
		return &area
	}
	return nil
}
