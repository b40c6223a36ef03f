package nb

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// details are what stands beside the bar.
func (s status) details() string {
	parts := []string{fmt.Sprintf("%d of %d rounds", s.finished, s.total)}
	if s.total == 0 {
		parts = nil
	}
	if s.activity != "" {
		parts = append(parts, s.activity)
	}
	if s.rate != "" {
		parts = append(parts, s.rate)
	}
	if s.ended {
		return strings.Join(append(parts, duration(s.elapsed)), " · ")
	}
	parts = append(parts, duration(s.elapsed)+" so far")
	if s.left > 0 {
		parts = append(parts, "about "+duration(s.left)+" to go")
	}
	return strings.Join(parts, " · ")
}

func (s status) text() string { return fmt.Sprintf("%3.0f %%  %s", 100*s.share, s.details()) }

// html is the bar as a fragment of a page.
func (s status) html() template.HTML {
	var b strings.Builder
	err := barPage.Execute(&b, map[string]any{"Percent": fmt.Sprintf("%.1f", 100*s.share), "Details": s.details()})
	if err != nil {
		return template.HTML(template.HTMLEscapeString(s.text()))
	}
	return template.HTML(b.String())
}

var barPage = template.Must(template.New("bar").Parse(
	`<div style="max-width:760px;font-family:system-ui,sans-serif;font-size:13px">` +
		`<div style="height:10px;border-radius:5px;background:#ddd;overflow:hidden">` +
		`<div style="height:10px;width:{{.Percent}}%;background:#0072b2"></div></div>` +
		`<div style="padding-top:4px"><bdi>{{.Details}}</bdi></div></div>`))

// duration is d in words, to what matters.
func duration(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	}
	return fmt.Sprintf("%d s", s)
}
