package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/store"
)

// cardFile is the name of a model card in its folder.
const cardFile = "README.md"

// HandedCard writes the model card of what Session.Hand has made into its folder, where it has none yet: what it was trained on,
// how good it is, and how it was made.
func HandedCard(s *alnb.Session, to alnb.Hand, handed alnb.Handed) error {
	path := filepath.Join(handed.Dir, cardFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			err = fmt.Errorf("export: %w", err)
		}
		return err
	}
	card, err := handedCard(s, to, handed)
	if err != nil {
		return err
	}
	return store.WriteFile(path, card)
}

func handedCard(s *alnb.Session, to alnb.Hand, handed alnb.Handed) ([]byte, error) {
	made, err := os.Stat(handed.Dir)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	plan, err := s.HandSettings(to)
	if err != nil {
		return nil, err
	}
	about := s.About()
	task, tag := taskOf(about.Spans)
	var out bytes.Buffer
	err = handedTemplate.Execute(&out, map[string]any{
		"Task": task, "Tag": tag, "Transformers": inTransformersForm(handed.Dir), "Name": code(about.Name), "Pool": about.Pool,
		"Labels": handed.Report, "Filter": code(handed.Report.Filter), "Scores": handed.Scores, "Metric": metricOf(about.Spans),
		"Plan": visible(plan), "Config": settings(s), "Version": version(), "Day": made.ModTime().UTC().Format("2006-01-02"),
	})
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return out.Bytes(), nil
}

// inTransformersForm tells whether Python's transformers knows the model in a folder.
func inTransformersForm(dir string) bool {
	var config struct {
		Architectures []string `json:"architectures"`
	}
	raw, err := os.ReadFile(filepath.Join(dir, "config.json"))
	return err == nil && json.Unmarshal(raw, &config) == nil && len(config.Architectures) > 0
}

func metricOf(spans bool) string {
	if spans {
		return "strict F1 of spans"
	}
	return "accuracy"
}

var handedTemplate = template.Must(template.New("handed").Parse(`---
pipeline_tag: {{.Tag}}
{{if .Transformers}}library_name: transformers
{{end}}tags: [active-learning, pseudo-labels, alnb]
---
# A model for {{.Task}}, from {{.Name}}

Trained on {{.Day}} by alnb {{.Version}} on {{.Labels.Gold}} documents that people labeled{{if .Labels.Kept}}, and on {{.Labels.Kept}} that another model labeled
(PLASM), of which some are wrong: nobody has looked at them{{end}}. People were asked about what a model was unsure of, so what
they labeled is no random sample of the {{.Pool}} documents of the pool.

| labels | documents |
|---|---:|
| of people | {{.Labels.Gold}} |
| of the pseudo-labeler, kept | {{.Labels.Kept}} |
| of the pseudo-labeler, dropped by {{.Filter}} | {{.Labels.Dropped}} |

{{with .Labels.Quality}}The pseudo-labeler's quality q, its {{$.Metric}} on people's labels that it wasn't trained on, is {{printf "%.4f" .Q}}, over {{.Held}} documents in {{len .Folds}} {{if eq 1 (len .Folds)}}part{{else}}parts{{end}}.
{{end}}{{with .Labels.Note}}There were no pseudo-labels: {{.}}.
{{end}}
{{if .Scores.Test}}The model's {{.Scores.Metric}} is {{printf "%.4f" .Scores.Value}} on a test split of {{.Scores.Test}} documents.{{else}}The model was measured on nothing: the session has no test split.{{end}}

How it was made:

` + "```json\n{{.Plan}}\n```\n" + `
The settings of the session that the labels come from:

` + "```json\n{{.Config}}\n```\n"))
