package plane

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/chart"
)

// Picture draws the pool, with the classes that only an annotator knows.
func (s Scene) Picture() (chart.Scatter, error) {
	c := chart.Scatter{Title: "The pool", XLabel: "x", YLabel: "y"}
	if s.err != nil {
		return c, s.err
	}
	c.Field = s.regions()
	c.Note = fmt.Sprintf("Dots are the %d documents without a label, in the color of the class that an annotator would give them. "+
		"Large marks are the %d labeled ones. The background is the class that the model finds most probable.", len(s.Pool), len(s.Labeled))
	for class, name := range s.Classes {
		var docs []corpus.Document
		for _, doc := range s.Pool {
			if s.gold[doc.ID] == class {
				docs = append(docs, doc)
			}
		}
		if err := s.add(&c, chart.Points{Name: name, Look: chart.Dots, Color: class}, docs); err != nil {
			return c, err
		}
	}
	return c, s.addLabeled(&c)
}

// Choice draws what a strategy sees, and the documents that it chooses, with numbers in the order of its choice. What it
// sees is its score at each place of the plane, or where it has none, the classes that the model predicts.
func (s Scene) Choice(ctx context.Context, strategy query.Strategy, budget query.Budget) (chart.Scatter, error) {
	c := chart.Scatter{XLabel: "x", YLabel: "y"}
	p, err := s.Ask(ctx, strategy, budget)
	if err != nil {
		return c, err
	}
	c.Title = fmt.Sprintf("%s: the %d documents it asks for", strategy.Name(), len(p.Positions))
	pool := chart.Points{Name: "not labeled", Look: chart.Faint}
	if len(p.Scores) == 0 {
		c.Field, c.Note = s.regions(), "It gives no scores. The background is the class that the model finds most probable."
		if len(s.Labeled) == 0 {
			c.Note = "It gives no scores, and there is no label to train on."
		}
	} else {
		if c.Field, err = s.scores(ctx, strategy, p.Scores); err != nil {
			return c, err
		}
		c.Note = "The darker, the higher the score that a document at this place would have."
		if slices.Min(p.Scores) == slices.Max(p.Scores) {
			c.Note = "All scores are equal, so the choice is random."
		}
		for i, doc := range s.Pool {
			pool.Names = append(pool.Names, fmt.Sprintf("document %s, score %.4f", doc.ID, p.Scores[i]))
		}
	}
	if err := s.add(&c, pool, s.Pool); err != nil {
		return c, err
	}
	if err := s.addLabeled(&c); err != nil {
		return c, err
	}
	rings := chart.Points{Name: "chosen", Look: chart.Rings}
	var chosen []corpus.Document
	for i, position := range p.Positions {
		chosen = append(chosen, s.Pool[position])
		rings.Labels = append(rings.Labels, strconv.Itoa(i+1))
		if pool.Names != nil {
			rings.Names = append(rings.Names, pool.Names[position])
		}
	}
	return c, s.add(&c, rings, chosen)
}

// add adds documents to a chart, as points that are named where they have no names.
func (s Scene) add(c *chart.Scatter, group chart.Points, docs []corpus.Document) error {
	at, err := points(docs)
	if err != nil {
		return err
	}
	named := group.Names != nil
	for i, p := range at {
		group.X, group.Y = append(group.X, p.X), append(group.Y, p.Y)
		if !named {
			group.Names = append(group.Names, "document "+docs[i].ID)
		}
	}
	c.Groups = append(c.Groups, group)
	return nil
}

func (s Scene) addLabeled(c *chart.Scatter) error {
	for class, name := range s.Classes {
		var docs []corpus.Document
		for _, l := range s.Labeled {
			if l.Class == class {
				docs = append(docs, l.Document)
			}
		}
		if len(docs) > 0 {
			if err := s.add(c, chart.Points{Name: "labeled " + name, Look: chart.Marks, Color: class}, docs); err != nil {
				return err
			}
		}
	}
	return nil
}

// How wide and high a cell of the background is, and how many there are.
const (
	cell    = 0.1
	columns = int(2 * right / cell)
	rows    = int(2 * top / cell)
)

// grid returns a document in the middle of each cell. Their IDs come after the pool's.
func grid() []corpus.Document {
	docs := make([]corpus.Document, columns*rows)
	for i := range docs {
		docs[i] = Point{-right + (float64(i%columns)+0.5)*cell, -top + (float64(i/columns)+0.5)*cell}.Document(fmt.Sprintf("cell %04d", i))
	}
	return docs
}

func field(name string, values []float64) *chart.Field {
	return &chart.Field{Name: name, Left: -right, Right: right, Bottom: -top, Top: top, Columns: columns, Values: values}
}

// regions is the class that the model finds most probable; none where it was trained on nothing.
func (s Scene) regions() *chart.Field {
	values := make([]float64, 0, columns*rows)
	for _, doc := range grid() {
		p, _ := At(doc)
		class := math.NaN()
		if len(s.Labeled) > 0 {
			class = float64(floats.MaxIdx(s.Model.predict(s.Model.head, s.Model.encode(p))))
		}
		values = append(values, class)
	}
	f := field("the class that the model predicts", values)
	f.Classes = true
	return f
}

// scores is a strategy's score all over the plane, cut to the range of the pool's scores, above which there may be places
// without a document. The grid is asked about together with the pool, so that what is drawn at random is the same.
func (s Scene) scores(ctx context.Context, strategy query.Strategy, pool []float64) (*chart.Field, error) {
	low, high := slices.Min(pool), slices.Max(pool)
	docs := append(append([]corpus.Document(nil), s.Pool...), grid()...)
	p, err := query.Propose(ctx, strategy, s.request(docs, query.Docs(1)))
	if err != nil {
		return nil, err
	}
	values := p.Scores[len(s.Pool):]
	for i, score := range values {
		values[i] = max(low, min(score, high))
	}
	return field("score", values), nil
}
