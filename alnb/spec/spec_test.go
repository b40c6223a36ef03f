package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

type shape interface {
	Named
	Area() float64
}

type square struct {
	Side   float64 `json:"side"`
	Border border  `json:"border"`
}

type border struct {
	Width float64 `json:"width"`
	Color string  `json:"color"`
}

func (square) Name() string    { return "square" }
func (s square) Area() float64 { return s.Side * s.Side }

type point struct{}

func (point) Name() string  { return "point" }
func (point) Area() float64 { return 0 }

var shapes = NewKind[shape]("shape", square{Side: 1, Border: border{Width: 2, Color: "black"}}, point{})

func TestComponentsComeBack(t *testing.T) {
	for _, want := range []shape{square{Side: 3, Border: border{Width: 0.1, Color: "\u202e<b>"}}, square{}, point{}} {
		c, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again Component
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		if got, err := shapes.Decode(again); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s became %+v, %v; want %+v", raw, got, err, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	for raw, want := range map[string]shape{
		`"point"`:           point{},
		`"square"`:          square{Side: 1, Border: border{Width: 2, Color: "black"}},
		`{"name":"square"}`: square{Side: 1, Border: border{Width: 2, Color: "black"}},
		`{"name":"square","config":{"side":4,"border":{"color":"red"}}}`: square{Side: 4, Border: border{Width: 2, Color: "red"}},
		`{"name":"square","config":{"side":0}}`:                          square{Side: 0, Border: border{Width: 2, Color: "black"}},
	} {
		var c Component
		if err := json.Unmarshal([]byte(raw), &c); err != nil {
			t.Fatal(err)
		}
		if got, err := shapes.Decode(c); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", raw, got, err, want)
		}
	}
	// The registered component itself stays as it was.
	if got, _ := shapes.Decode(Component{Name: "square"}); got.Area() != 1 {
		t.Errorf("the defaults became %+v", got)
	}
}

type nested struct {
	Queries []int                       `json:"queries"`
	Steps   []border                    `json:"steps"`
	Weights map[string]float64          `json:"weights"`
	Deep    map[string][]*[1][]int      `json:"deep"`
	Pointer *border                     `json:"pointer"`
	Any     any                         `json:"any"`
	None    []int                       `json:"none"`
	Inner   struct{ Lists [2][]string } `json:"inner"`
	hidden  []int
}

func (nested) Name() string  { return "nested" }
func (nested) Area() float64 { return 0 }

func newNested() nested {
	n := nested{
		Queries: []int{0, 1, 4, 8}, Steps: []border{{1, "a"}, {2, "b"}}, Weights: map[string]float64{"a": 1},
		Deep: map[string][]*[1][]int{"x": {{{1, 2}}}}, Pointer: &border{Width: 3}, Any: map[string]any{"y": []int{1}}, hidden: []int{5},
	}
	n.Inner.Lists = [2][]string{{"p"}, {"q"}}
	return n
}

// What is decoded over the defaults, or changed in what was decoded, changes neither the defaults nor what is decoded
// later.
func TestDefaultsStay(t *testing.T) {
	registered := newNested()
	kind := NewKind[shape]("shape", registered)
	for _, config := range []string{
		`{"queries":[7]}`, `{"queries":[7,7,7,7,7]}`, `{"steps":[{"width":9}]}`, `{"weights":{"b":2}}`, `{"weights":{"a":7}}`,
		`{"deep":{"x":[[[9]]]}}`, `{"pointer":{"width":9}}`, `{"any":3}`, `{"none":[1]}`, `{"inner":{"Lists":[["z"],["z"]]}}`, ``,
	} {
		got, err := kind.Decode(Component{Name: "nested", Config: json.RawMessage(config)})
		if err != nil {
			t.Fatalf("%s: %v", config, err)
		}
		if changed := !reflect.DeepEqual(got, shape(newNested())); changed != (config != "") {
			t.Errorf("%s gave %+v", config, got)
		}
		if config == "" {
			n := got.(nested)
			n.Queries[0], n.Weights["a"], n.Pointer.Width, n.Deep["x"][0][0][0], n.Inner.Lists[1][0] = 9, 9, 9, 9, "z"
			n.Any.(map[string]any)["y"].([]int)[0] = 9
		}
		if !reflect.DeepEqual(registered, newNested()) {
			t.Fatalf("%s: the defaults became %+v", config, registered)
		}
	}
}

func TestMistakesAreSentences(t *testing.T) {
	for raw, want := range map[string]string{
		`"circle"`:                               `there is no shape "circle"; there are point, square`,
		`{"config":{}}`:                          "the shape has no name; there are point, square",
		`{"name":"square","config":{"sides":4}}`: `the shape "square": unknown field "sides"`,
		`{"name":"square","config":{"border":{"colour":1}}}`: `unknown field "colour"`,
		`{"name":"square","config":{"side":"four"}}`:         "cannot unmarshal string into Go struct field square.side",
		`{"name":"square","config":{},"konfig":{}}`:          `unknown field "konfig"`,
		`{"name":"point","config":{"side":1}}`:               `the shape "point": unknown field "side"`,
		`{"name":"square","config":[]}`:                      `the shape "square"`,
	} {
		var c Component
		err := json.Unmarshal([]byte(raw), &c)
		if err == nil {
			_, err = shapes.Decode(c)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", raw, want, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ content, json, err string }{
		"a.yaml": {"name: square\nconfig: {side: 2} # comment\n", `{"config":{"side":2},"name":"square"}`, ""},
		"b.YML":  {"- 1\n- no\n", `[1,false]`, ""},
		"c.json": {`{"a":1}`, `{"a":1}`, ""},
		"d.yaml": {"a: 1\nb: [\n", "", "d.yaml: "},
		"f.yaml": {"--- # one\na: 1\n", `{"a":1}`, ""},
		"g.yaml": {"a: 1\n---\na: 2\n", "", "more than one YAML document"},
		"e.yaml": {"a: 1\na: 2\n", "", `"a" already set`},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.content), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path)
		switch {
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s: want %q, got %v", name, test.err, err)
		case test.err == "" && (err != nil || string(got) != test.json):
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
