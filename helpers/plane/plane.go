// Package plane puts points of the plane in the place of documents, so that what query strategies see and choose can be
// drawn. The points are made up; the classifier is real, if tiny, and strategies ask it what they ask any model.
package plane

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Point is a place in the plane.
type Point struct{ X, Y float64 }

// Document returns the point as a document, whose text is its coordinates to two decimals: "0.31 -1.20".
func (p Point) Document(id string) corpus.Document {
	return corpus.Document{ID: id, Text: strconv.FormatFloat(p.X, 'f', 2, 64) + " " + strconv.FormatFloat(p.Y, 'f', 2, 64)}
}

// At reads the point from a document.
func At(doc corpus.Document) (Point, error) {
	x, y, _ := strings.Cut(doc.Text, " ")
	var p Point
	var err error
	if p.X, err = strconv.ParseFloat(x, 64); err == nil {
		p.Y, err = strconv.ParseFloat(y, 64)
	}
	if err != nil || p.X-p.X != 0 || p.Y-p.Y != 0 {
		return Point{}, fmt.Errorf("plane: the text of document %s is %q; it is two numbers with a space between them", doc.ID, doc.Text)
	}
	return p, nil
}

// points reads the points of documents.
func points(docs []corpus.Document) ([]Point, error) {
	all := make([]Point, len(docs))
	for i, doc := range docs {
		p, err := At(doc)
		if err != nil {
			return nil, err
		}
		all[i] = p
	}
	return all, nil
}
