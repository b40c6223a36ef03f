package spec

import (
	"encoding/json"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// A Registry is all that an experiment's file may name.
type Registry struct {
	Models        Kind[learner.Model]
	Taggers       Kind[learner.TaggerModel]
	Strategies    Kind[query.Strategy]
	Samplers      Kind[subsample.Sampler]
	Filters       Kind[pseudolabel.Filter]
	Sources       Kind[corpus.Source]
	TaggedSources Kind[corpus.TaggedSource]
	Pools         Kind[corpus.PoolSource]
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
		s.limit(limited.Pool, limited.Test)
		of = limited.Of
	}
	return s.encode(of)
}

// EncodeTaggedSource is EncodeSource for tagging.
func EncodeTaggedSource(of corpus.TaggedSource) (Source, error) {
	var s Source
	for {
		limited, ok := of.(corpus.LimitedTagged)
		if !ok {
			break
		}
		s.limit(limited.Pool, limited.Test)
		of = limited.Of
	}
	return s.encode(of)
}

// limit takes the limits that lie further inside: the first n of the first m are the first n, so the outer limit holds
// where it is set.
func (s *Source) limit(pool, test int) {
	if s.Pool == 0 {
		s.Pool = pool
	}
	if s.Test == 0 {
		s.Test = test
	}
}

func (s Source) encode(of Named) (Source, error) {
	c, err := Encode(of)
	s.Name, s.Config = c.Name, c.Config
	return s, err
}

// DecodeSource makes the data source that s describes.
func (r Registry) DecodeSource(s Source) (corpus.Source, error) {
	of, err := decode(r.Sources, s)
	if err != nil || s.Pool == 0 && s.Test == 0 {
		return of, err
	}
	return corpus.Limit(of, s.Pool, s.Test), nil
}

// DecodeTaggedSource makes the data source for tagging that s describes.
func (r Registry) DecodeTaggedSource(s Source) (corpus.TaggedSource, error) {
	of, err := decode(r.TaggedSources, s)
	if err != nil || s.Pool == 0 && s.Test == 0 {
		return of, err
	}
	return corpus.LimitTagged(of, s.Pool, s.Test), nil
}

func decode[T Named](of Kind[T], s Source) (made T, err error) {
	if made, err = of.Decode(Component{Name: s.Name, Config: s.Config}); err != nil {
		return made, err
	}
	if s.Pool < 0 || s.Test < 0 {
		return made, fmt.Errorf("pool is %d and test is %d; both are numbers of documents, 0 takes all", s.Pool, s.Test)
	}
	return made, nil
}
