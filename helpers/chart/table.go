package chart

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table describes a table. Cells are untrusted text.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string // each as long as Columns
	Strong  []int      // indices of the rows that sum up others
	Note    string     // a sentence under the table; may be empty
}

// Column is a column's name and whether it holds numbers, which are aligned at their right end: give all of a column
// the same number of decimals and the points meet too. Cells stay on one line, unless the column wraps.
type Column struct {
	Name    string
	Numbers bool
	Wraps   bool
}

// MeanStd formats a mean ± standard deviation with a fixed number of decimals.
func MeanStd(mean, std float64, decimals int) string {
	return fmt.Sprintf("%.*f ± %.*f", decimals, mean, decimals, std)
}

// HTML returns the table as a fragment of a page, everything escaped.
func (t Table) HTML() (template.HTML, error) {
	var b bytes.Buffer
	if err := tablePage.Execute(&b, t); err != nil {
		return "", fmt.Errorf("chart: table %q: %w", t.Caption, err)
	}
	return template.HTML(b.String()), nil
}

// Strengthen tells whether row i sums up others.
func (t Table) Strengthen(i int) bool {
	return slices.Contains(t.Strong, i)
}

// padding is how many pixels are beside a cell: fewer where there are so many columns that a notebook would have to be scrolled.
func padding(columns []Column) int {
	if len(columns) > 8 {
		return 6
	}
	return 14
}

// Styles stand in the elements, because untrusted notebooks and the style sheets of other pages drop or override what
// a style element says. bdi keeps text of the other direction in its cell.
var tablePage = template.Must(template.New("table").Funcs(template.FuncMap{"visible": Visible, "padding": padding}).Parse(`
{{- $columns := .Columns}}{{$t := .}}{{$padding := padding .Columns -}}
<table style="font-family:system-ui,sans-serif;border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;margin:8px 0">
{{with .Caption}}<caption style="text-align:left;font-weight:bold;padding:4px 0;white-space:nowrap">{{visible .}}</caption>
{{end}}<thead><tr>
{{- range .Columns}}<th style="padding:4px {{$padding}}px;border-bottom:2px solid #888;text-align:{{if .Numbers}}right{{else}}left{{end}}">{{visible .Name}}</th>{{end -}}
</tr></thead>
<tbody>
{{range $i, $row := .Rows}}<tr>
{{- range $j, $cell := $row}}<td style="padding:3px {{$padding}}px;border-bottom:1px solid #ddd;white-space:{{if (index $columns $j).Wraps}}normal{{else}}nowrap{{end}};text-align:
{{- if (index $columns $j).Numbers}}right{{else}}left{{end}}{{if $t.Strengthen $i}};font-weight:bold{{end}}"><bdi>{{visible $cell}}</bdi></td>{{end -}}
</tr>
{{end}}</tbody>
</table>
{{with .Note}}<div style="font-family:system-ui,sans-serif;font-size:13px;padding:2px 0 8px">{{visible .}}</div>
{{end}}`))

// Text returns the table as plain text.
func (t Table) Text() string {
	rows := make([][]string, 0, len(t.Rows)+1)
	head := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		head[j] = c.Name
	}
	rows = append(append(rows, head), t.Rows...)
	widths := make([]int, len(t.Columns))
	for i, row := range rows {
		shown := make([]string, len(t.Columns))
		for j := range min(len(row), len(shown)) {
			shown[j] = Visible(row[j])
			widths[j] = max(widths[j], utf8.RuneCountInString(shown[j]))
		}
		rows[i] = shown
	}
	rule := make([]string, len(widths))
	for j, w := range widths {
		rule[j] = strings.Repeat("-", w)
	}
	rows = slices.Insert(rows, 1, rule)
	var b strings.Builder
	if t.Caption != "" {
		fmt.Fprintln(&b, Visible(t.Caption))
	}
	for _, row := range rows {
		for j, cell := range row {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if t.Columns[j].Numbers {
				row[j] = pad + cell
			} else {
				row[j] = cell + pad
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(strings.Join(row, "  "), " "))
	}
	if t.Note != "" {
		fmt.Fprintln(&b, Visible(t.Note))
	}
	return b.String()
}
