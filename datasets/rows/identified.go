package rows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// An Identified row has an ID that no row before it has.
type Identified struct {
	Row        // ID is never nil
	Key string // the ID as text
}

// Document is the row's, by its ID as text.
func (r Identified) Document() corpus.Document {
	return corpus.Document{ID: r.Key, Text: r.Text, Words: r.Words}
}

// Identified reads the rows. Those without an ID get one made of their content.
func (s Source) Identified(ctx context.Context) iter.Seq2[Identified, error] {
	return func(yield func(Identified, error) bool) {
		var made corpus.IDMaker
		lines := make(map[string]int)
		for r, err := range s.Rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Identified{}, err)
				return
			}
			one := Identified{Row: r}
			err := one.identify(&made)
			if before, ok := lines[one.Key]; ok && err == nil {
				err = fmt.Errorf("has the ID %q of %s; IDs must differ (a line without an id gets one of its own)", one.Key, s.place(before))
			}
			if err != nil {
				if err = s.Refuse(r.Line, err); err == nil {
					continue
				}
				yield(Identified{}, err)
				return
			}
			lines[one.Key] = r.Line
			if !yield(one, nil) {
				return
			}
		}
	}
}

// identify reads the row's ID, or makes one.
func (r *Identified) identify(made *corpus.IDMaker) error {
	if NoID(r.ID) {
		r.Key = made.ID(Content(r.Text, r.Words))
		var err error
		r.ID, err = json.Marshal(r.Key)
		return err
	}
	var err error
	r.Key, err = Key(r.ID)
	return err
}

// Content is what the ID of a document without one is made of.
func Content(text string, words []string) string {
	if words != nil {
		return strings.Join(words, " ")
	}
	return text
}

// NoID tells whether a row's ID, as it stands there, is none.
func NoID(id json.RawMessage) bool { return len(id) == 0 || string(id) == "null" }

// Key is an ID, as it stands in a row, as text. It fails where that is neither a string, a number nor a truth value, or is empty.
func Key(id json.RawMessage) (key string, err error) {
	switch id[0] {
	case '[', '{':
		return "", fmt.Errorf("has an \"id\" that is neither a string nor a number: %.60q", id)
	case '"':
		err = json.Unmarshal(id, &key)
	default:
		key = string(id)
	}
	if key == "" && err == nil {
		err = errors.New(`has an empty "id"; leave it out to have one made`)
	}
	return key, err
}
