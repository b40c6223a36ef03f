package serve

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/annotate"
)

// desk lets people work on a session.
type desk struct {
	session *alnb.Session

	mu      sync.Mutex
	doing   string   // what the trainer does; empty where it rests
	share   float64  // of it that is done
	advice  []string // what speaks for an end, once so many models were trained
	advised int
}

// does is told what the trainer does, and how much of it is done.
func (d *desk) does(what string, share float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.doing, d.share = what, share
}

// About implements annotate.Desk.
func (d *desk) About(context.Context) (annotate.About, error) {
	about := d.session.About()
	return annotate.About{Title: about.Name, Spans: about.Spans}, nil
}

// Classes implements annotate.Desk.
func (d *desk) Classes(ctx context.Context) ([]annotate.Class, error) {
	classes, err := d.session.AllClasses(ctx)
	took := make(map[int][]int)
	for _, class := range classes {
		own := store.Own(classes, class.Number).Number
		took[own] = append(took[own], class.Number)
	}
	var out []annotate.Class
	for _, class := range classes {
		if class.Into < 0 {
			took := slices.DeleteFunc(took[class.Number], func(number int) bool { return number == class.Number })
			out = append(out, annotate.Class{Number: class.Number, Name: class.Name, Took: took})
		}
	}
	return out, err
}

// AddClass implements annotate.Desk.
func (d *desk) AddClass(ctx context.Context, name string) error {
	return refused(d.session.AddClass(ctx, name, ""))
}

// RenameClass implements annotate.Desk.
func (d *desk) RenameClass(ctx context.Context, from, to, annotator string) error {
	return refused(d.session.RenameClass(ctx, from, to, annotator))
}

// MergeClass implements annotate.Desk.
func (d *desk) MergeClass(ctx context.Context, from, into, annotator string) error {
	return refused(d.session.MergeClass(ctx, from, into, annotator))
}

// Batch implements annotate.Desk.
func (d *desk) Batch(ctx context.Context) (annotate.Batch, error) {
	open, err := d.session.Propose(ctx)
	if errors.Is(err, alnb.ErrNothingLeft) {
		err = nil
	}
	if err != nil {
		return annotate.Batch{}, err
	}
	again, err := d.session.ToReview(ctx)
	if err != nil {
		return annotate.Batch{}, err
	}
	batch := annotate.Batch{Round: open.Round}
	if batch.Items, err = d.items(ctx, open.Items); err != nil {
		return batch, err
	}
	batch.Again, err = d.items(ctx, again)
	return batch, err
}

func (d *desk) items(ctx context.Context, queued []store.QueueItem) ([]annotate.Item, error) {
	items := make([]annotate.Item, len(queued))
	for i, item := range queued {
		doc, err := d.session.Document(ctx, item.ID)
		if err != nil {
			return nil, err
		}
		items[i] = annotate.Item{ID: doc.ID, Text: doc.Text, Words: doc.Words, Judgment: item.Judgment}
	}
	return items, nil
}

// Suggest implements annotate.Desk.
func (d *desk) Suggest(ctx context.Context, id string) (*corpus.Prediction, error) {
	return d.session.Suggest(ctx, id)
}

// Twins implements annotate.Desk. The first time they are looked for, which goes on also where the page has gone meanwhile.
func (d *desk) Twins(ctx context.Context, id string) ([]annotate.Item, error) {
	twins, err := d.session.TwinsOf(context.WithoutCancel(ctx), id)
	items := make([]annotate.Item, len(twins))
	for i, twin := range twins {
		items[i] = annotate.Item{ID: twin.ID, Judgment: twin.Judgment}
	}
	return items, err
}

// Judge implements annotate.Desk.
func (d *desk) Judge(ctx context.Context, j annotate.Judging) (annotate.Receipt, error) {
	receipts, err := d.session.Label(ctx, store.Judging{
		Request: j.Request, Document: j.Document, Judgment: j.Judgment, Withdraw: j.Withdraw, Seconds: j.Seconds,
	})
	if err != nil {
		return annotate.Receipt{}, refused(err)
	}
	return annotate.Receipt{Seq: receipts[0].Seq, Repeated: receipts[0].Repeated}, nil
}

// Status implements annotate.Desk.
func (d *desk) Status(ctx context.Context) (annotate.Status, error) {
	s, err := d.session.Status(ctx)
	if err != nil {
		return annotate.Status{}, err
	}
	curve := s.Curve()
	out := annotate.Status{
		Judged: s.Judged(), InBatch: s.Batch, LeftInBatch: s.Left, Round: s.Round,
		LeftAgain: s.Review, PerHour: s.PerHour, Metric: curve.Metric,
	}
	for _, p := range curve.Points {
		out.Curve = append(out.Curve, annotate.Point{Labeled: p.Labeled, Value: p.Mean})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if out.Advice, err = d.advise(s); err != nil {
		return out, err
	}
	out.Doing, out.Progress = d.doing, d.share
	return out, nil
}

// advise returns the evidence for an end of the labeling. It changes only when a model is trained, and compares thousands of
// predictions.
func (d *desk) advise(s alnb.SessionStatus) ([]string, error) {
	if d.advised == len(s.Models) {
		return d.advice, nil
	}
	advice, err := s.Advice()
	if err != nil {
		return nil, err
	}
	d.advice, d.advised = nil, len(s.Models)
	for _, a := range advice {
		if a.Stop {
			d.advice = append(d.advice, a.Evidence)
		}
	}
	return d.advice, nil
}

// refused marks what can never be taken.
func refused(err error) error {
	if store.Refused(err) {
		return &annotate.Refusal{Err: err}
	}
	return err
}
