// Package spec turns models, strategies and data sources into data and back: what a run folder, a YAML file and another
// process need to rebuild them.
//
// A component is a plain struct whose exported fields are its whole configuration. As data it is its name with that
// configuration, where it has one:
//
//	{"name": "transformer", "config": {"checkpoint": "distilbert-base-uncased", "max_tokens": 256, …}}
//
// Fields that are left out have the defaults of the component that was registered, and a name alone stands for all of
// them. Nothing but what was registered is ever made: names in files choose among components and run no code.
package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Named is what all components have in common.
type Named interface{ Name() string }

// Component is a component as data.
type Component struct {
	Name   string          `json:"name"`
	Config json.RawMessage `json:"config,omitempty"` // left out where there is nothing to configure
}

// Encode returns a component as data.
func Encode(c Named) (Component, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return Component{}, fmt.Errorf("spec: %q can't be written as JSON: %w; components are plain structs of exported fields", c.Name(), err)
	}
	if string(raw) == "{}" {
		raw = nil
	}
	return Component{Name: c.Name(), Config: raw}, nil
}

// UnmarshalJSON reads {"name", "config"}, or a name alone.
func (c *Component) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &c.Name); err == nil {
		return nil
	}
	type plain Component
	return Strict(raw, (*plain)(c))
}

// A Kind is the components of one kind that files may name, each with its defaults.
type Kind[T Named] struct {
	what       string // for errors: "model", "strategy"
	components map[string]T
}

// NewKind returns the kind of these components, which are structs, not pointers, with names of their own. what is what
// errors call one of them.
func NewKind[T Named](what string, components ...T) Kind[T] {
	k := Kind[T]{what: what, components: make(map[string]T, len(components))}
	for _, c := range components {
		k.components[c.Name()] = c
	}
	return k
}

// Names returns the names of the components, sorted.
func (k Kind[T]) Names() []string { return slices.Sorted(maps.Keys(k.components)) }

// Decode makes the component that c describes. A name that wasn't registered, and a field that the component doesn't
// have, is an error that says which there are.
func (k Kind[T]) Decode(c Component) (T, error) {
	var none T
	known, ok := k.components[c.Name]
	switch {
	case c.Name == "":
		return none, fmt.Errorf("the %s has no name; there are %s", k.what, strings.Join(k.Names(), ", "))
	case !ok:
		return none, fmt.Errorf("there is no %s %q; there are %s", k.what, c.Name, strings.Join(k.Names(), ", "))
	}
	made := unshared(reflect.ValueOf(known))
	if len(c.Config) > 0 {
		if err := Strict(c.Config, made.Addr().Interface()); err != nil {
			return none, fmt.Errorf("the %s %q: %w", k.what, c.Name, err)
		}
	}
	return made.Interface().(T), nil
}

// Strict decodes one JSON value and refuses fields that into doesn't have: a misspelt one would be a default in
// silence.
func Strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the JSON value")
	}
	return nil
}
