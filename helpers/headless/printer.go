package headless

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// statusEvery is how often a progress bar in a cell is printed.
const statusEvery = 10 * time.Second

// printer prints events as plain lines.
type printer struct {
	log    io.Writer
	status time.Time // when a progress bar was last printed
}

func (p *printer) print(e event) {
	switch e.Event {
	case "cell":
		fmt.Fprintf(p.log, "cell %d of %d: %s\n", e.Cell, e.Of, title(e.Source))
		p.status = time.Now()
	case "done":
		fmt.Fprintf(p.log, "cell %d of %d took %.1f s\n", e.Cell, e.Of, e.Seconds)
	case "text":
		fmt.Fprintln(p.log, indent(strings.TrimRight(e.Text, "\n")))
	case "status":
		if now := time.Now(); e.Text != "" && now.Sub(p.status) >= statusEvery {
			p.status = now
			fmt.Fprintln(p.log, indent(e.Text))
		}
	case "written":
		fmt.Fprintf(p.log, "wrote %s\n", e.Path)
	}
}

// title is a line that tells a cell from others: the first that isn't blank, an import, or GoNB's %%.
func title(source string) string {
	inImport := false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		switch {
		case inImport:
			inImport = line != ")"
		case line == "import (":
			inImport = true
		case line == "" || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "%"):
		default:
			return line
		}
	}
	return firstLines(source, 1)
}
