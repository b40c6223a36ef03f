package chart

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
)

// echartsJS is dist/echarts.common.min.js of the npm package echarts 5.6.0 (Apache-2.0, see the folder's LICENSE and
// NOTICE), unchanged. It lies here so that charts are drawn offline.
//
//go:embed echarts/echarts.common.min.js
var echartsJS string

//go:embed draw.js
var drawJS string

// Library returns the script element that brings ECharts into a page, 0.7 MB. It is needed once a page, before or after
// the charts: a chart that comes first waits in window.__alnbCharts and is drawn when the library arrives, a chart that
// comes later finds window.__alnbECharts.
//
// The library looks for a module loader; define, exports and module are shadowed so that it neither registers itself
// with the require.js of a notebook page nor replaces an ECharts that the page has.
func Library() template.HTML {
	return template.HTML(`<script>if (!window.__alnbECharts) { (function () {
var module = {exports: {}}, exports = module.exports, define;
` + echartsJS + `
window.__alnbECharts = module.exports;
var waiting = window.__alnbCharts || [];
window.__alnbCharts = [];
waiting.forEach(function (draw) { draw(window.__alnbECharts); });
}).call(window); }</script>
`)
}

// HTML returns the chart as a fragment of a page: its picture, and the script that draws it over the picture once
// Library is on the page too.
func (l Lines) HTML() (template.HTML, error) { return page(l) }

// figure is what every chart can do.
type figure interface {
	PNG() ([]byte, error)
	Alt() string
	options() ([]byte, error)
	frame() frame
}

// frame is what stands around a chart.
type frame struct {
	title, xLabel, yLabel, note string
	sources                     []string
	log                         bool
}

func (l Lines) frame() frame { return frame{l.Title, l.XLabel, l.YLabel, l.Note, l.Sources, l.Log} }

func page(f figure) (template.HTML, error) {
	png, err := f.PNG()
	if err != nil {
		return "", err
	}
	options, err := f.options()
	if err != nil {
		return "", err
	}
	note, sources := f.frame().note, []string{}
	for _, source := range f.frame().sources {
		sources = append(sources, Visible(source))
	}
	sum := sha256.Sum256(append(options, note...))
	id := hex.EncodeToString(sum[:8]) // the same chart twice on a page is drawn twice: draw.js looks for all of them
	var b bytes.Buffer
	err = fragment.Execute(&b, map[string]any{
		"ID": id, "Alt": f.Alt(), "Width": width, "Height": height, "Note": Visible(note), "Sources": sources,
		"PNG": template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)),
	})
	if err != nil {
		return "", fmt.Errorf("chart: page of %q: %w", f.frame().title, err)
	}
	fmt.Fprintf(&b, "<script>(%s)(%q, %s)</script>\n", strings.TrimSpace(drawJS[strings.Index(drawJS, "function"):]), id, options)
	return template.HTML(b.String()), nil
}

var fragment = template.Must(template.New("chart").Parse(
	`<div data-alnb-chart="{{.ID}}" style="max-width:{{.Width}}px;background:#fff;color:#333;font-family:system-ui,sans-serif">` +
		`<img src="{{.PNG}}" alt="{{.Alt}}" width="{{.Width}}" height="{{.Height}}" style="max-width:100%;height:auto">` +
		`{{with .Note}}<div style="font-size:13px;padding:2px 12px 8px">{{.}}</div>{{end}}` +
		`{{with .Sources}}<details style="font-size:13px;padding:0 12px 8px"><summary>Data and models of the run</summary>` +
		`{{range .}}<div>{{.}}</div>{{end}}</details>{{end}}</div>
`))

// Alt says in words what the chart shows: where each line begins and where it ends.
func (l Lines) Alt() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. Line chart of %s over %s.", Visible(l.Title), Visible(l.YLabel), Visible(l.XLabel))
	for _, s := range l.Series {
		points := l.points(s)
		if len(points) == 0 {
			fmt.Fprintf(&b, " %s: no points.", label(s.Name))
			continue
		}
		first, last := points[0], points[len(points)-1]
		fmt.Fprintf(&b, " %s: %.3f at %g", label(s.Name), first.y, first.x)
		if len(points) > 1 {
			fmt.Fprintf(&b, ", %.3f at %g", last.y, last.x)
		}
		b.WriteByte('.')
	}
	return b.String()
}
