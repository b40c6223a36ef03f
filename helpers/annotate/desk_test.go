package annotate

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/alnb/alnb/alnb/corpus"
)

// fakeDesk is a desk in memory, for the tests of the page and its server: it is no database and syncs nothing.
type fakeDesk struct {
	title   string
	spans   bool
	suggest map[string]*corpus.Prediction // by document
	status  Status                        // less the counts
	twins   map[string][]Item             // by document

	mu        sync.Mutex
	classes   []Class
	events    []string // what became of classes
	round     int
	items     []Item // judgments are filled in
	again     []Item // to be looked at again
	judgments map[string]*corpus.Judgment
	taken     []Judging          // in order, each request once
	receipts  map[string]Receipt // by request
	repeated  int                // requests that came again
	failure   error              // what Judge fails with, where set
	hold      chan struct{}      // what Judge waits for, where set
}

func newDesk(spans bool, classes []string, items ...Item) *fakeDesk {
	d := &fakeDesk{
		title: "Tickets", spans: spans, items: items,
		judgments: map[string]*corpus.Judgment{}, receipts: map[string]Receipt{},
	}
	for i, name := range classes {
		d.classes = append(d.classes, Class{Number: i, Name: name})
	}
	return d
}

func (d *fakeDesk) About(context.Context) (About, error) { return About{d.title, d.spans}, nil }

func (d *fakeDesk) Classes(context.Context) ([]Class, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.classes), nil
}

func (d *fakeDesk) AddClass(_ context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.has(name) {
		return &Refusal{fmt.Errorf("there is a class %q already", name)}
	}
	d.classes = append(d.classes, Class{Number: len(d.classes), Name: name})
	return nil
}

func (d *fakeDesk) RenameClass(_ context.Context, from, to, annotator string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(d.classes, func(c Class) bool { return c.Name == from })
	if at < 0 || d.has(to) {
		return &Refusal{fmt.Errorf("there is a class %q already, or none %q", to, from)}
	}
	d.events = append(d.events, fmt.Sprintf("%s renames %s to %s", annotator, from, to))
	d.classes[at].Name = to
	d.call(from, to)
	return nil
}

func (d *fakeDesk) MergeClass(_ context.Context, from, into, annotator string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(d.classes, func(c Class) bool { return c.Name == from })
	to := slices.IndexFunc(d.classes, func(c Class) bool { return c.Name == into })
	if at < 0 || to < 0 || at == to {
		return &Refusal{fmt.Errorf("the class %q can't go into %q", from, into)}
	}
	d.events = append(d.events, fmt.Sprintf("%s merges %s into %s", annotator, from, into))
	d.classes[to].Took = append(append(d.classes[to].Took, d.classes[at].Number), d.classes[at].Took...)
	d.classes = slices.Delete(d.classes, at, at+1)
	d.call(from, into)
	return nil
}

// call gives judgments another class.
func (d *fakeDesk) call(from, to string) {
	for id, j := range d.judgments {
		other := *j
		other.Spans = slices.Clone(j.Spans)
		if other.Class == from {
			other.Class = to
		}
		for i := range other.Spans {
			if other.Spans[i].Type == from {
				other.Spans[i].Type = to
			}
		}
		d.judgments[id] = &other
	}
}

func (d *fakeDesk) has(class string) bool {
	return slices.ContainsFunc(d.classes, func(c Class) bool { return c.Name == class })
}

func (d *fakeDesk) Batch(context.Context) (Batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	items, again := slices.Clone(d.items), slices.Clone(d.again)
	for _, some := range [][]Item{items, again} {
		for i := range some {
			some[i].Judgment = d.judgments[some[i].ID]
		}
	}
	return Batch{d.round, items, again}, nil
}

func (d *fakeDesk) Suggest(_ context.Context, id string) (*corpus.Prediction, error) {
	return d.suggest[id], nil
}

func (d *fakeDesk) Twins(_ context.Context, id string) ([]Item, error) { return d.twins[id], nil }

func (d *fakeDesk) Judge(_ context.Context, j Judging) (Receipt, error) {
	d.mu.Lock()
	hold := d.hold
	d.mu.Unlock()
	if hold != nil {
		<-hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure != nil {
		return Receipt{}, d.failure
	}
	if first, ok := d.receipts[j.Request]; ok {
		d.repeated++
		if !reflect.DeepEqual(d.taken[first.Seq-1], j) {
			return Receipt{}, &Refusal{errors.New("the same request came with another content")}
		}
		first.Repeated = true
		return first, nil
	}
	if j.Class != "" && !d.has(j.Class) {
		return Receipt{}, &Refusal{fmt.Errorf("there is no class %q", j.Class)}
	}
	d.taken = append(d.taken, j)
	receipt := Receipt{Seq: int64(len(d.taken))}
	d.receipts[j.Request] = receipt
	if d.judgments[j.Document] = &j.Judgment; j.Withdraw {
		delete(d.judgments, j.Document)
	} else {
		d.again = slices.DeleteFunc(d.again, func(item Item) bool { return item.ID == j.Document })
	}
	return receipt, nil
}

func (d *fakeDesk) Status(context.Context) (Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Judged, s.InBatch, s.LeftAgain, s.Round = len(d.judgments), len(d.items), len(d.again), d.round
	for _, item := range d.items {
		if d.judgments[item.ID] == nil {
			s.LeftInBatch++
		}
	}
	return s, nil
}

// said returns what is known about each document in the end.
func (d *fakeDesk) said() map[string]corpus.Judgment {
	d.mu.Lock()
	defer d.mu.Unlock()
	said := make(map[string]corpus.Judgment)
	for id, j := range d.judgments {
		said[id] = *j
	}
	return said
}

func (d *fakeDesk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}
