package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
)

// hostile are names that would do harm where they are not shown as text.
var hostile = []string{
	`<script>document.title='RAN'</script>`,
	`"><img src=x onerror="document.title='RAN'">`,
	`</script><script>document.title='RAN'</script>`,
	"line\u2028separator\u2029and\u202ebidi\u2066control\x00\x1b[31m",
	"{a|rich} {b} <b>bold</b> & 'quoted'",
}

func example(names ...string) Lines {
	l := Lines{Title: names[0], XLabel: names[0], YLabel: names[0], Note: names[0], Sources: names}
	for i, name := range names {
		off := float64(i) / 50
		l.Series = append(l.Series, Series{
			Name: name, X: []float64{50, 100, 150}, Y: []float64{0.5 + off, 0.7 + off, 0.8 + off}, Std: []float64{0.05, 0.02, 0.01},
		})
	}
	return l
}

func TestHTMLEscapes(t *testing.T) {
	page, err := example(hostile...).HTML()
	if err != nil {
		t.Fatal(err)
	}
	checkEscaped(t, string(page), 1)
	for _, want := range []string{`data:image/png;base64,`, `&lt;script&gt;`, `\u003cscript\u003e`, `\\u202e`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestTableEscapes(t *testing.T) {
	table := Table{Caption: hostile[0], Note: hostile[1]}
	for _, name := range hostile {
		table.Columns = append(table.Columns, Column{Name: name})
	}
	table.Rows = [][]string{hostile}
	page, err := table.HTML()
	if err != nil {
		t.Fatal(err)
	}
	checkEscaped(t, string(page), 0)
	if text := table.Text(); strings.ContainsAny(text, "\u2028\u202e\x00\x1b") {
		t.Errorf("the text has characters that change a terminal: %q", text)
	}
}

// checkEscaped checks that a page has no elements but its own.
func checkEscaped(t *testing.T, page string, scripts int) {
	t.Helper()
	for _, tag := range []string{"<script", "</script"} {
		if got := strings.Count(page, tag); got != scripts {
			t.Errorf("the page has %d times %q, want %d", got, tag, scripts)
		}
	}
	if strings.Contains(page, "<img src=x") || strings.Contains(page, "<b>") {
		t.Error("a name became an element")
	}
	if strings.ContainsAny(page, "\u2028\u2029\u202e\u2066\x00\x1b") {
		t.Error("the page has characters that change the text around them")
	}
}

func TestOptions(t *testing.T) {
	l := example("Random", "LC")
	l.Series[1].Std, l.Series[1].Style = nil, 5
	l.Series[0].Y[2] = math.NaN()
	raw, err := l.options()
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		Animation bool
		Legend    struct{ Data []string }
		XAxis     []struct{ Type, Name string }
		Series    []struct {
			Name, Type string
			Data       []struct{ Value []float64 }
			LineStyle  struct{ Color, Type string }
			AreaStyle  *struct{ Opacity float64 }
		}
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	if o.Animation || len(o.Legend.Data) != 2 || o.XAxis[0].Type != "value" || o.XAxis[0].Name != "Random" {
		t.Errorf("options: %s", raw)
	}
	if len(o.Series) != 3 {
		t.Fatalf("%d series, want a line, its band, and a line", len(o.Series))
	}
	line, band, second := o.Series[0], o.Series[1], o.Series[2]
	if line.Type != "line" || line.LineStyle.Color != "#0072b2" || len(line.Data) != 2 || line.AreaStyle != nil {
		t.Errorf("line: %+v", line)
	}
	if band.Name != line.Name || band.AreaStyle == nil || band.AreaStyle.Opacity != bandOpacity || len(band.Data) != 4 {
		t.Errorf("band: %+v", band)
	}
	// Along the upper edge and back along the lower one.
	for i, want := range [][2]float64{{50, 0.55}, {100, 0.72}, {100, 0.68}, {50, 0.45}} {
		if got := band.Data[i].Value; got[0] != want[0] || math.Abs(got[1]-want[1]) > 1e-9 {
			t.Errorf("band point %d: %v, want %v", i, got, want)
		}
	}
	if second.LineStyle.Color != "#e69f00" || second.LineStyle.Type != "dashed" || second.AreaStyle != nil {
		t.Errorf("the second line hasn't the fifth style, or has a band: %+v", second)
	}
}

// A legend has two rows where it needs them, and is turned over where it needs more.
func TestLegend(t *testing.T) {
	for _, test := range []struct {
		names     []string
		kind, top string
	}{
		{[]string{"Random", "LC"}, "plain", "76"},
		{[]string{"E", "PLASM D, B → E", "PLASM D, B → E, by confidence", "PLASM D, B → E, no filter", "E, all labels"}, "plain", "100"},
		{[]string{strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40), strings.Repeat("d", 40), "e"}, "scroll", "76"},
	} {
		raw, err := example(test.names...).options()
		var o struct {
			Legend struct{ Type string }
			Grid   []struct{ Top string }
		}
		if err == nil {
			err = json.Unmarshal(raw, &o)
		}
		if err != nil || o.Legend.Type != test.kind || o.Grid[0].Top != test.top {
			t.Errorf("%q: %v, %+v", test.names, err, o)
		}
	}
}

func TestPNG(t *testing.T) {
	for name, l := range map[string]Lines{
		"ordinary": example("Random", "LC"),
		"hostile":  example(hostile...),
		"empty":    {Title: "nothing yet"},
		"NaN":      {Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{math.NaN(), math.Inf(1)}}}},
		"a point":  {Series: []Series{{Name: "a", X: []float64{1}, Y: []float64{2}, Std: []float64{0}}}},
	} {
		raw, err := l.PNG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if size := img.Bounds().Size(); size.X != 2*width || size.Y != 2*height {
			t.Errorf("%s: %v", name, size)
		}
		if name != "ordinary" {
			continue
		}
		colors := map[string]int{}
		for y := range 2 * height {
			for x := range 2 * width {
				r, g, b, _ := img.At(x, y).RGBA()
				colors[hex.EncodeToString([]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)})]++
			}
		}
		if colors["0072b2"] < 500 || colors["d55e00"] < 500 || colors["ffffff"] < width*height {
			t.Errorf("lines or background are missing: blue %d, vermilion %d, white %d",
				colors["0072b2"], colors["d55e00"], colors["ffffff"])
		}
	}
}

func TestLogarithmicAxes(t *testing.T) {
	for _, s := range []Series{
		{Name: "full", X: []float64{0, 1e3, 1e6}, Y: []float64{1, 2, 4000}, Std: []float64{1, 1, 1}},
		{Name: "a point", X: []float64{5}, Y: []float64{5}},
		{Name: "nothing", X: []float64{-1, 1}, Y: []float64{5, 0}},
	} {
		l := Lines{Series: []Series{s}, Log: true}
		if _, err := l.PNG(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		options, err := l.options()
		if err != nil || strings.Count(string(options), `"log"`) != 2 {
			t.Errorf("%s: %v: %s", s.Name, err, options)
		}
		if points := l.points(s); slices.ContainsFunc(points, func(p point) bool { return p.x <= 0 || p.y <= 0 || p.std != 0 }) {
			t.Errorf("%s: %v", s.Name, points)
		}
	}
}

func TestLibraryIsTheReleasedFile(t *testing.T) {
	const released = "55974cf42cc160e6cf9099cd3ed8cdedfaa9779919fcee7e2272c85f6ca30e27" // echarts 5.6.0
	if sum := sha256.Sum256([]byte(echartsJS)); hex.EncodeToString(sum[:]) != released {
		t.Errorf("echarts.common.min.js has SHA-256 %x", sum)
	}
	if n := strings.Count(strings.ToLower(string(Library())), "</script"); n != 1 {
		t.Errorf("the script element has %d ends", n)
	}
}

func TestTableText(t *testing.T) {
	table := Table{
		Caption: "Times", Columns: []Column{{Name: "Arm"}, {Name: "s", Numbers: true}},
		Rows: [][]string{{"Random", MeanStd(9.25, 0.5, 1)}, {"LC", MeanStd(10, 1, 1)}}, Note: "Over 3 seeds.",
	}
	want := "Times\nArm              s\n------  ----------\nRandom   9.2 ± 0.5\nLC      10.0 ± 1.0\nOver 3 seeds.\n"
	if got := table.Text(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	page, err := table.HTML()
	if err != nil || !strings.Contains(string(page), "text-align:right\"><bdi>10.0 ± 1.0</bdi>") {
		t.Errorf("%v: %s", err, page)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain Ünïcode עברית 中文":  "plain Ünïcode עברית 中文",
		"a\u202eb\u2028c\x00":     `a\u202eb\u2028c\u0000`,
		"two\nlines\tand a \xff.": "two lines and a \uFFFD.",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}
