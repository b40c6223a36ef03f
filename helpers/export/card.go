package export

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"text/template"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/chart"
)

// modelCard is the model card of a session's last model: README.md of its Hugging Face folder, with what it was trained on, how good
// it is, and how it was made. Names of classes are the user's, and stand in it as code.
func modelCard(ctx context.Context, s *alnb.Session) ([]byte, error) {
	_, trained, err := s.LastModel(ctx)
	if err != nil {
		return nil, err
	}
	status, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	about := s.About()
	task, tag := taskOf(about.Spans)
	var perClass []string
	for _, name := range slices.Sorted(maps.Keys(status.Counts.PerClass)) {
		perClass = append(perClass, fmt.Sprintf("| %s | %d |", code(name), status.Counts.PerClass[name]))
	}
	var out bytes.Buffer
	err = card.Execute(&out, map[string]any{
		"Task": task, "Tag": tag, "Name": code(about.Name), "Pool": about.Pool, "Test": about.Test, "Trained": trained,
		"Status": status, "PerClass": perClass, "Config": settings(s), "Version": version(),
		"Day": trained.Trained.Format("2006-01-02"),
	})
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return out.Bytes(), nil
}

// taskOf names a task for readers, and for the hub.
func taskOf(spans bool) (task, tag string) {
	if spans {
		return "spans of words", "token-classification"
	}
	return "text classification", "text-classification"
}

// settings are the session's, as JSON.
func settings(s *alnb.Session) string { return visible(s.Settings()) }

// visible shows JSON in which names may be anything. No line of it is one that would end the block of code.
func visible(json string) string {
	lines := strings.Split(json, "\n")
	for i, line := range lines {
		lines[i] = chart.Visible(line)
	}
	return strings.Join(lines, "\n")
}

// code shows a name that may be anything in Markdown: on one line, between more backticks than it has.
func code(name string) string {
	name = chart.Visible(strings.Join(strings.Fields(strings.ReplaceAll(name, "|", "∣")), " "))
	fence := "`"
	for strings.Contains(name, fence) {
		fence += "`"
	}
	if len(fence) > 1 || strings.HasPrefix(name, "`") || name == "" {
		return fence + " " + name + " " + fence
	}
	return fence + name + fence
}

// version is that of the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return info.Main.Version
}

var card = template.Must(template.New("card").Parse(`---
pipeline_tag: {{.Tag}}
library_name: transformers
tags: [active-learning, alnb]
---
# A model for {{.Task}}, from {{.Name}}

Trained on {{.Day}} by alnb {{.Version}} on {{.Trained.Labeled}} documents, which people labeled because the models before it
were unsure of them: they are no random sample of the {{.Pool}} documents of the pool.

| labeled | documents |
|---|---:|
{{range .PerClass}}{{.}}
{{end}}| skipped | {{.Status.Counts.Skipped}} |
| unsure | {{.Status.Counts.Unsure}} |

{{if gt .Trained.Metrics.Scores.Test 0}}Its {{.Trained.Metrics.Scores.Metric}} is {{printf "%.4f" .Trained.Metrics.Scores.Value}} on a test split of {{.Trained.Metrics.Scores.Test}} documents.{{else}}It was measured on nothing: the session has no test split.{{end}}

The session's settings:

` + "```json\n{{.Config}}\n```\n"))
