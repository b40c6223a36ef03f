package querytest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/query"
)

// scorer and selector are strategies made of a function.
type scorer func(ctx context.Context, r query.Request) ([]float64, error)

func (scorer) Name() string { return "broken" }
func (s scorer) Score(ctx context.Context, r query.Request) ([]float64, error) {
	return s(ctx, r)
}

type selector func(ctx context.Context, r query.Request) ([]int, error)

func (selector) Name() string { return "broken" }
func (s selector) Select(ctx context.Context, r query.Request) ([]int, error) {
	return s(ctx, r)
}

// checked finds what it needs in a model that gives probabilities.
type checked struct{ scorer }

func (checked) Check(model any) error {
	if _, ok := model.(query.Predictor); !ok {
		return errors.New("the model gives no probabilities")
	}
	return nil
}

func rows(ctx context.Context, r query.Request) ([][]float32, error) {
	return r.Model.(query.Predictor).Probabilities(ctx, r.Docs, r.Progress)
}

func first(n int) []int {
	positions := make([]int, n)
	for i := range positions {
		positions[i] = i
	}
	return positions
}

var lc = query.LeastConfident{}

// The suite finds each of these strategies out, by the promise that it breaks.
var broken = []struct {
	what     string
	strategy query.Strategy
	breaks   string
}{
	{"chooses a document twice", selector(func(ctx context.Context, r query.Request) ([]int, error) {
		return append([]int{0}, first(min(len(r.Docs), r.Budget.Docs+r.Budget.Words))...), nil
	}), "distinct"},
	{"leaves the candidates", selector(func(ctx context.Context, r query.Request) ([]int, error) {
		return append(first(len(r.Docs)), len(r.Docs)), nil
	}), "distinct"},
	{"chooses too few", selector(func(ctx context.Context, r query.Request) ([]int, error) {
		return first(min(len(r.Docs), 5)), nil
	}), "distinct"},
	{"counts documents where words are asked for", selector(func(ctx context.Context, r query.Request) ([]int, error) {
		return first(min(len(r.Docs), max(2, r.Budget.Docs))), nil
	}), "in words"},
	{"a score too few", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		return make([]float64, max(0, len(r.Docs)-1)), nil
	}), "distinct"},
	{"takes them as they come", selector(func(_ context.Context, r query.Request) ([]int, error) {
		return first(len(r.Docs)), nil
	}), "order of documents"},
	{"scores by position", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		scores := make([]float64, len(r.Docs))
		for i := range scores {
			scores[i] = float64(i)
		}
		return scores, nil
	}), "order of documents"},
	{"looks at the clock", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		scores := make([]float64, len(r.Docs))
		for i := range scores {
			scores[i] = float64(time.Now().UnixNano() * int64(i*i+1) % 1009)
		}
		return scores, nil
	}), "same seed"},
	{"breaks ties by ID", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		scores := make([]float64, len(r.Docs))
		for i, doc := range r.Docs {
			scores[i] = float64(doc.ID[len(doc.ID)-1]) + float64(len(doc.ID))*300
		}
		return scores, nil
	}), "ties"},
	{"depends on the first labeled document", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		scores := make([]float64, len(r.Docs))
		for i, doc := range r.Docs {
			if len(r.Labeled) > 0 && strings.HasSuffix(doc.ID, r.Labeled[0].ID[len(r.Labeled[0].ID)-1:]) {
				scores[i] = 1
			}
		}
		return scores, nil
	}), "order of documents"},
	{"writes to the candidates", scorer(func(ctx context.Context, r query.Request) ([]float64, error) {
		for i := range r.Docs {
			r.Docs[i].Text += "!"
		}
		return nil, nil
	}), "unchanged"},
	{"sorts the labeled documents in place", scorer(func(ctx context.Context, r query.Request) ([]float64, error) {
		slices.SortFunc(r.Labeled, func(a, b query.Labeled) int { return strings.Compare(b.ID, a.ID) })
		return nil, nil
	}), "unchanged"},
	{"writes to what the model holds", checked{func(ctx context.Context, r query.Request) ([]float64, error) {
		p, err := rows(ctx, r)
		for _, row := range p {
			slices.Sort(row)
		}
		if err != nil {
			return nil, err
		}
		return lc.Score(ctx, r)
	}}, "unchanged"},
	{"fails without documents", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		if len(r.Docs) == 0 {
			return nil, errors.New("there is nothing to choose from")
		}
		return nil, nil
	}), "empty pool"},
	{"wants as many as it was asked for", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		if len(r.Docs) < r.Budget.Docs {
			return nil, errors.New("the pool is too small")
		}
		return nil, nil
	}), "smaller than the budget"},
	{"wants two classes", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		for _, l := range r.Labeled {
			if l.Class != r.Labeled[0].Class || len(l.Spans) > 0 && l.Spans[0].Type == "LOC" {
				return nil, nil
			}
		}
		return nil, errors.New("there is only one class")
	}), "one labeled class"},
	{"grunts", scorer(func(_ context.Context, r query.Request) ([]float64, error) {
		if len(r.Labeled) == 0 {
			return nil, errors.New("EOF")
		}
		return nil, nil
	}), "no labeled documents"},
	{"takes NaN for 0", checked{func(ctx context.Context, r query.Request) ([]float64, error) {
		p, err := rows(ctx, r)
		scores := make([]float64, len(r.Docs))
		for i, row := range p {
			if max := slices.Max(row); max <= 1 {
				scores[i] = 1 - float64(max)
			}
		}
		return scores, err
	}}, "not a number"},
	{"swallows errors", checked{func(ctx context.Context, r query.Request) ([]float64, error) {
		scores, err := lc.Score(ctx, r)
		if err != nil && len(r.Docs) > 0 && ctx.Err() == nil && !strings.Contains(err.Error(), "broken-one") {
			return nil, nil
		}
		return scores, err
	}}, "errors of the model"},
	{"does not stop", checked{func(ctx context.Context, r query.Request) ([]float64, error) {
		scores, err := lc.Score(ctx, r)
		if len(r.Docs) > 1000 && ctx.Err() != nil {
			time.Sleep(patience + patience/4)
		}
		return scores, err
	}}, "context"},
	{"checks nothing", scorer(func(ctx context.Context, r query.Request) ([]float64, error) { return lc.Score(ctx, r) }), "capability"},
}

func failures(t *testing.T, s query.Strategy) []string {
	var found []string
	for _, p := range promises {
		if err := p.kept(t.Context(), trial{s, settings[0]}); err != nil {
			t.Logf("%s: %v", p.what, err)
			found = append(found, p.what)
		}
	}
	return found
}

func TestTheSuiteFindsBrokenStrategies(t *testing.T) {
	if found := failures(t, lc); found != nil {
		t.Errorf("least-confident is said to break %q", found)
	}
	for _, b := range broken {
		t.Run(b.what, func(t *testing.T) {
			t.Parallel()
			found := failures(t, b.strategy)
			if !slices.ContainsFunc(found, func(what string) bool { return strings.Contains(what, b.breaks) }) {
				t.Errorf("it was found to break %q, and not %q", found, b.breaks)
			}
		})
	}
}

func TestTheSuiteNamesWhatIsMissing(t *testing.T) {
	if _, err := suitable(nameless{}); err == nil {
		t.Error("a strategy without a name was taken")
	}
	if found, err := suitable(checked{}); err != nil || len(found) != 1 || found[0].name != "classification" {
		t.Errorf("a strategy that needs probabilities is tried in %v, %v", found, err)
	}
	if _, err := suitable(impossible{}); err == nil || !strings.Contains(err.Error(), "crystal ball") {
		t.Errorf("a strategy that needs what no model has: %v", err)
	}
}

type nameless struct{ query.Random }

func (nameless) Name() string { return "" }

type impossible struct{ query.Random }

func (impossible) Check(any) error { return errors.New("the model is no crystal ball") }
