package spec

import (
	"encoding/json"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
)

// A Registry is all that an experiment's file may name.
type Registry struct {
	Models     Kind[learner.Model]
	Strategies Kind[query.Strategy]
	Sources    Kind[corpus.Source]
}

// Source is a data source as data: a component, and how much is taken of it (see [corpus.Limited]); 0 is all.
type Source struct {
	Name   string          `json:"name"`
	Config json.RawMessage `json:"config,omitempty"`
	Pool   int             `json:"pool,omitempty"`
	Test   int             `json:"test,omitempty"`
}

// UnmarshalJSON reads the fields of Source, or a name alone.
func (s *Source) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &s.Name); err == nil {
		return nil
	}
	type plain Source
	return Strict(raw, (*plain)(s))
}

// EncodeSource returns a data source as data.
func EncodeSource(of corpus.Source) (Source, error) {
	var s Source
	for {
		limited, ok := of.(corpus.Limited)
		if !ok {
			break
		}
		// The first n of the first m are the first n: the outer limit holds where it is set.
		if s.Pool == 0 {
			s.Pool = limited.Pool
		}
		if s.Test == 0 {
			s.Test = limited.Test
		}
		of = limited.Of
	}
	c, err := Encode(of)
	s.Name, s.Config = c.Name, c.Config
	return s, err
}

// DecodeSource makes the data source that s describes.
func (r Registry) DecodeSource(s Source) (corpus.Source, error) {
	of, err := r.Sources.Decode(Component{Name: s.Name, Config: s.Config})
	switch {
	case err != nil:
		return nil, err
	case s.Pool < 0 || s.Test < 0:
		return nil, fmt.Errorf("pool is %d and test is %d; both are numbers of documents, 0 takes all", s.Pool, s.Test)
	case s.Pool == 0 && s.Test == 0:
		return of, nil
	}
	return corpus.Limit(of, s.Pool, s.Test), nil
}
