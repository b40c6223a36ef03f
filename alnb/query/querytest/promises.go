package querytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/query"
)

var promises = []promise{
	{"distinct, from the candidates, as many as the budget buys", budgetInDocs},
	{"a budget in words", budgetInWords},
	{"the same seed chooses the same", sameSeed},
	{"the order of documents does not matter", anyOrder},
	{"ties are broken by the key", tiesByKey},
	{"prepared, it scores part by part what it scores at once", partByPart},
	{"model, pool and labeled documents stay unchanged", unchanged},
	{"an empty pool", emptyPool},
	{"a pool smaller than the budget", smallPool},
	{"one labeled class", oneClass},
	{"no labeled documents", noLabels},
	{"what is not a number is refused with its document", notANumber},
	{"errors of the model come out", modelFails},
	{"a context that ends ends it", cancelled},
	{"a missing capability is found before anything runs", missingCapability},
}

func budgetInDocs(ctx context.Context, t trial) error {
	for _, n := range []int{1, 7, 59} {
		r := t.request(&Fake{})
		r.Budget = query.Docs(n)
		chosen, err := t.choose(ctx, r)
		if err != nil {
			return err
		}
		if len(chosen) != n {
			return fmt.Errorf("%d documents were chosen, of %d", len(chosen), n)
		}
		if twice := slices.Compact(slices.Sorted(slices.Values(chosen))); len(twice) != n {
			return fmt.Errorf("a document was chosen twice: %v", chosen)
		}
	}
	return nil
}

func budgetInWords(ctx context.Context, t trial) error {
	for _, budget := range []int{1, 40, 200} {
		r := t.request(&Fake{})
		for i := range r.Docs {
			r.Docs[i] = inWords(r.Docs[i], 1+i%8)
		}
		r.Budget = query.Words(budget)
		p, err := query.Propose(ctx, t.strategy, r)
		if err != nil {
			return err
		}
		words, last := 0, 0
		for _, position := range p.Positions {
			last = len(r.Docs[position].Words)
			words += last
		}
		if words < budget || words-last >= budget {
			return fmt.Errorf("a budget of %d words bought %d, of which the last document has %d", budget, words, last)
		}
	}
	return nil
}

func sameSeed(ctx context.Context, t trial) error {
	first, err := t.choose(ctx, t.request(&Fake{}))
	if err != nil {
		return err
	}
	again, err := t.choose(ctx, t.request(&Fake{}))
	if err != nil {
		return err
	}
	if !slices.Equal(first, again) {
		return fmt.Errorf("the same request was answered with %v, then with %v", first, again)
	}
	other := t.request(&Fake{})
	other.Key.Seed++
	_, err = t.choose(ctx, other) // may differ
	return err
}

func anyOrder(ctx context.Context, t trial) error {
	want, err := t.choose(ctx, t.request(&Fake{}))
	if err != nil {
		return err
	}
	for seed := range uint64(3) {
		r := t.request(&Fake{})
		stream := rand.New(rand.NewPCG(seed, 0))
		stream.Shuffle(len(r.Docs), func(i, j int) { r.Docs[i], r.Docs[j] = r.Docs[j], r.Docs[i] })
		stream.Shuffle(len(r.Labeled), func(i, j int) { r.Labeled[i], r.Labeled[j] = r.Labeled[j], r.Labeled[i] })
		got, err := t.choose(ctx, r)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%v were chosen and, in another order of the same documents, %v", want, got)
		}
	}
	return nil
}

// tiesByKey draws 1 of 12 equal documents for each of 120 seeds: that fewer than 6 are ever drawn is out of the question.
func tiesByKey(ctx context.Context, t trial) error {
	drawn := make(map[string]bool)
	for seed := range uint64(120) {
		r := t.request(&Fake{Same: true})
		r.Docs, r.Budget, r.Key.Seed = t.docs(12), query.Docs(1), seed
		for i := range r.Docs {
			r.Docs[i].Text, r.Docs[i].Words = r.Docs[0].Text, r.Docs[0].Words
		}
		chosen, err := t.choose(ctx, r)
		if err != nil {
			return err
		}
		drawn[chosen[0]] = true
	}
	if len(drawn) < 6 {
		return fmt.Errorf("of 12 documents that are equal but for their IDs, 120 seeds chose only %d", len(drawn))
	}
	return nil
}

func partByPart(ctx context.Context, t trial) error {
	p, ok := t.strategy.(query.Preparer)
	if !ok {
		return nil
	}
	r := t.request(&Fake{})
	all, err := p.Score(ctx, r)
	if err != nil {
		return err
	}
	prepared, err := p.Prepare(ctx, r)
	if err != nil {
		return err
	}
	var parts []float64
	for _, part := range [][]corpus.Document{r.Docs[:7], nil, r.Docs[7:]} {
		r.Docs = part
		scores, err := prepared.Score(ctx, r)
		if err != nil {
			return err
		}
		if len(scores) != len(part) {
			return fmt.Errorf("%d documents got %d scores", len(part), len(scores))
		}
		parts = append(parts, scores...)
	}
	if !slices.Equal(parts, all) {
		return fmt.Errorf("at once the scores are %v, in parts %v", all, parts)
	}
	return nil
}

func unchanged(ctx context.Context, t trial) error {
	fake := &Fake{}
	r, was := t.request(fake), t.request(fake)
	if _, err := t.choose(ctx, r); err != nil {
		return err
	}
	switch {
	case !reflect.DeepEqual(r.Docs, was.Docs):
		return errors.New("the candidates were changed")
	case !reflect.DeepEqual(r.Labeled, was.Labeled):
		return errors.New("the labeled documents were changed")
	}
	return fake.unchanged()
}

func emptyPool(ctx context.Context, t trial) error {
	r := t.request(&Fake{})
	r.Docs = nil
	chosen, err := t.choose(ctx, r)
	if err == nil && len(chosen) > 0 {
		err = fmt.Errorf("%v were chosen from no documents", chosen)
	}
	return err
}

func smallPool(ctx context.Context, t trial) error {
	for _, budget := range []query.Budget{query.Docs(6), query.Docs(100), query.Words(100_000)} {
		r := t.request(&Fake{})
		r.Docs, r.Budget = r.Docs[:5], budget
		chosen, err := t.choose(ctx, r)
		if err != nil {
			return err
		}
		if len(chosen) != 5 {
			return fmt.Errorf("a budget of %d documents or %d words bought %d of 5 documents", budget.Docs, budget.Words, len(chosen))
		}
	}
	return nil
}

func oneClass(ctx context.Context, t trial) error {
	for _, n := range []int{1, 9} {
		r := t.request(&Fake{})
		r.Labeled = r.Labeled[:n]
		for i := range r.Labeled {
			r.Labeled[i].Class, r.Labeled[i].Spans = 0, nil
		}
		if _, err := t.choose(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// noLabels lets a strategy say that it can't, and no more.
func noLabels(ctx context.Context, t trial) error {
	r := t.request(&Fake{})
	r.Labeled = nil
	chosen, err := t.choose(ctx, r)
	if err == nil && len(chosen) != r.Budget.Docs {
		return fmt.Errorf("%d documents were chosen, of %d", len(chosen), r.Budget.Docs)
	}
	if err != nil && len(strings.Fields(err.Error())) < 3 {
		return fmt.Errorf("the error is no sentence: %w", err)
	}
	return nil
}

func notANumber(ctx context.Context, t trial) error {
	const id = "the-broken-one"
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, of := range []string{"candidate", "labeled document"} {
			fake := &Fake{Broken: id, Value: float32(value)}
			r := t.request(fake)
			if of == "candidate" {
				r.Docs[20].ID = id
			} else {
				r.Labeled[5].ID = id
			}
			_, err := t.choose(ctx, r)
			if fake.broken && (err == nil || !strings.Contains(err.Error(), id)) {
				return fmt.Errorf("the model said %g of the %s %s, and the error is: %v", value, of, id, err)
			}
		}
	}
	return nil
}

func modelFails(ctx context.Context, t trial) error {
	rehearsal := &Fake{}
	if _, err := t.choose(ctx, t.request(rehearsal)); err != nil || rehearsal.calls == 0 {
		return err
	}
	broken := errors.New("the model is broken")
	if _, err := t.choose(ctx, t.request(&Fake{Err: broken})); !errors.Is(err, broken) {
		return fmt.Errorf("the model failed, and the error is: %v", err)
	}
	return nil
}

// patience is how long a strategy may go on after its context has ended. It should be milliseconds.
const patience = 2 * time.Second

func cancelled(ctx context.Context, t trial) error {
	big := func(f *Fake) query.Request {
		r := t.request(f)
		r.Docs, r.Budget = t.docs(1500), query.Docs(300)
		return r
	}
	before, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := t.choose(before, big(&Fake{})); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the context had ended, and the error is: %v", err)
	}
	rehearsal := &Fake{}
	if _, err := t.choose(ctx, big(rehearsal)); err != nil {
		return err
	}
	for _, last := range []int{1, rehearsal.calls} {
		during, cancel := context.WithCancel(ctx)
		defer cancel()
		var at time.Time
		_, err := t.choose(during, big(&Fake{Answered: func(calls int) {
			if calls == last {
				at = time.Now()
				cancel()
			}
		}}))
		switch late := time.Since(at); {
		case err != nil && !errors.Is(err, context.Canceled):
			return fmt.Errorf("the context ended during the work, and the error is: %w", err)
		case !at.IsZero() && late > patience:
			return fmt.Errorf("it went on for %v after the context had ended", late.Round(time.Millisecond))
		}
	}
	return nil
}

// missingCapability gives the strategy models that can do one thing: what Check lets pass must suffice.
func missingCapability(ctx context.Context, t trial) error {
	fake := &Fake{}
	for _, model := range []any{
		struct{}{}, struct{ query.Predictor }{fake}, struct{ query.Tagger }{fake}, struct{ query.Embedder }{fake},
		struct{ query.GradientEmbedder }{fake}, struct{ query.DropoutSampler }{fake}, t.model(fake),
	} {
		if query.Check(t.strategy, model) != nil {
			continue
		}
		r := t.request(fake)
		r.Model = model
		for i, doc := range r.Docs {
			r.Docs[i] = inWords(doc, 4)
		}
		for i, l := range r.Labeled {
			r.Labeled[i] = query.Labeled{Document: inWords(corpus.Document{ID: l.ID}, 4), Class: l.Class}
		}
		if _, err := t.choose(ctx, r); err != nil {
			return fmt.Errorf("Check finds nothing missing in a model %T, and then: %w", model, err)
		}
	}
	return nil
}
