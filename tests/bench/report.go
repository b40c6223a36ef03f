package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/store"
)

// A report is what a sitting gives: tables for people, and all numbers as JSON.
type report struct {
	head   []string
	tables []table
	data   map[string]any
}

type table struct {
	title, note string
	header      []string
	rows        [][]string
}

func (r *report) table(title, note string, header []string, rows [][]string) {
	r.tables = append(r.tables, table{title, note, header, rows})
}

// write writes Markdown.
func (r *report) write(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "## Side by side\n%s\n", strings.Join(r.head, "\n"))
	for _, t := range r.tables {
		fmt.Fprintf(&text, "\n### %s\n%s\n\n", t.title, t.note)
		line := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
		line(t.header)
		fmt.Fprintf(&text, "|---|%s\n", strings.Repeat("---:|", len(t.header)-1))
		for _, row := range t.rows {
			line(row)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// save writes the JSON file of this sitting into a folder.
func (r *report) save(dir string) (string, error) {
	tables := make([]map[string]any, len(r.tables))
	for i, t := range r.tables {
		tables[i] = map[string]any{"title": t.title, "note": t.note, "header": t.header, "rows": t.rows}
	}
	raw, err := json.MarshalIndent(map[string]any{"head": r.head, "tables": tables, "data": r.data}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	path := filepath.Join(dir, time.Now().Format("2006-01-02T15-04-05")+".json")
	return path, store.WriteFile(path, raw)
}

// median is the middle value, or the mean of the two in the middle; 0 where there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// spread shows the median, the least and the most.
func spread(values []float64, format string) string {
	if len(values) == 0 {
		return "nothing counted"
	}
	show := func(v float64) string { return fmt.Sprintf(format, v) }
	return fmt.Sprintf("%s (%s to %s)", show(median(values)), show(slices.Min(values)), show(slices.Max(values)))
}

// ratio shows a ratio and what it should be at least.
func ratio(value, goal float64) string {
	if value >= goal {
		return fmt.Sprintf("**%.2f** (goal %.1f)", value, goal)
	}
	return fmt.Sprintf("**%.2f** (goal %.1f, missed)", value, goal)
}
