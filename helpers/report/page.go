package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/chart"
)

// The names of what Write writes.
const (
	ResultsFile = "results.json"
	PageFile    = "report.html"
	RoundsFile  = "rounds.jsonl"
	CSVFile     = "rounds.csv"
	ParquetFile = "rounds.parquet"
	PictureFile = "curves.png"
)

// results is results.json: no times, so that the same run gives the same file.
type results struct {
	Title    string       `json:"title"`
	Sources  []string     `json:"sources"`  // which data, weights and backend
	Finished int          `json:"finished"` // rounds, over all arms and seeds
	Rounds   int          `json:"rounds"`
	Curves   []eval.Curve `json:"curves"`
}

// Write writes results.json, rounds.jsonl, rounds.csv, rounds.parquet, curves.png and report.html into a folder: what a run has
// given so far, for programs and for people.
func Write(r *alnb.Results, dir string) error {
	done, total := r.Finished()
	raw, err := json.MarshalIndent(results{
		Title: r.Title(), Sources: r.Sources(), Finished: done, Rounds: total, Curves: r.Curves(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page, err := Page(r)
	if err != nil {
		return err
	}
	lines, err := rounds(r)
	if err != nil {
		return err
	}
	picture, err := CurveChart(r).PNG()
	if err != nil {
		return err
	}
	flat := flatten(r)
	table, err := inCSV(flat)
	if err != nil {
		return err
	}
	columns, err := inParquet(flat)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{PictureFile, picture}, {RoundsFile, lines}, {CSVFile, table}, {ParquetFile, columns}, {ResultsFile, append(raw, '\n')}, {PageFile, page},
	} {
		if err := store.WriteFile(filepath.Join(dir, f.name), f.content); err != nil {
			return err
		}
	}
	return nil
}

// Page is a page with the charts and tables, which needs no network and no other file.
func Page(r *alnb.Results) ([]byte, error) {
	curves, err := CurveChart(r).HTML()
	if err != nil {
		return nil, err
	}
	sections, err := sections(r, "")
	if err != nil {
		return nil, err
	}
	done, total := r.Finished()
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Title": chart.Visible(r.Title()), "Library": chart.Library(), "Curves": curves, "Sections": sections, "Done": done, "Total": total,
	})
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return out.Bytes(), nil
}

var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>body { max-width: 860px; margin: 24px auto; padding: 0 16px; font-family: system-ui, sans-serif; color: #222 }</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{if lt .Done .Total}}<p>The run is not finished: {{.Done}} of {{.Total}} rounds are.</p>
{{end}}{{.Library}}
<h2>Learning curves</h2>
{{.Curves}}
{{range .Sections}}{{if .Title}}<h2>{{.Title}}</h2>
{{end}}{{range .Tables}}{{.HTML}}
{{end}}{{end}}</body>
</html>
`))
