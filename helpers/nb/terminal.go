package nb

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/alnb/alnb/helpers/chart"
)

// terminal is the screen of a program that no notebook runs: results on out, everything else on log. Where log is a
// terminal the progress stays in its last line; where it is a file or a pipe it is a plain line now and then.
type terminal struct {
	out, log io.Writer
	columns  func() int // of the terminal that log is; nil where it is none
	drawn    *bool      // the last line holds the progress
}

func newTerminal(out, log *os.File) terminal {
	t := terminal{out: out, log: log, drawn: new(bool)}
	if term.IsTerminal(int(log.Fd())) {
		t.columns = func() int {
			if width, _, err := term.GetSize(int(log.Fd())); err == nil && width > 0 {
				return width
			}
			return 80
		}
	}
	return t
}

func (t terminal) line(text string) {
	t.clear()
	fmt.Fprintln(t.log, text)
}

func (t terminal) frame(address string) {
	t.clear()
	fmt.Fprintln(t.out, address)
}

func (t terminal) fail(text string) { t.line(text) }

func (terminal) newBar() string { return "" }

func (t terminal) interval() time.Duration {
	if t.columns != nil {
		return 200 * time.Millisecond
	}
	return 10 * time.Second
}

func (t terminal) progress(_ string, s status) {
	if t.columns == nil {
		fmt.Fprintln(t.log, s.text())
		return
	}
	t.clear()
	text := []rune(s.line())
	fmt.Fprint(t.log, string(text[:min(len(text), max(1, t.columns()-1))]))
	if *t.drawn = !s.ended; s.ended {
		fmt.Fprintln(t.log)
	}
}

// clear empties the line that holds the progress.
func (t terminal) clear() {
	if t.columns != nil && *t.drawn {
		fmt.Fprint(t.log, "\r\x1b[K")
		*t.drawn = false
	}
}

func (t terminal) close() {
	if t.columns != nil && *t.drawn {
		fmt.Fprintln(t.log)
		*t.drawn = false
	}
}

// barCells is how many characters a bar in a terminal is wide.
const barCells = 24

// line is the status as a bar of characters with what stands beside it.
func (s status) line() string {
	full := int(s.share*barCells + 0.5)
	return fmt.Sprintf("[%s%s] %3.0f %%  %s", strings.Repeat("#", full), strings.Repeat(".", barCells-full), 100*s.share, s.details())
}

func (t terminal) table(table chart.Table) error {
	t.clear()
	_, err := io.WriteString(t.out, table.Text())
	return err
}

// chart writes the text, and the picture into a new file.
func (t terminal) chart(_ string, f figure, text string) error {
	t.clear()
	if _, err := io.WriteString(t.out, text); err != nil {
		return err
	}
	png, err := f.PNG()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "alnb-*.png")
	if err != nil {
		return err
	}
	if _, err := file.Write(png); err != nil {
		file.Close()
		return err
	}
	fmt.Fprintln(t.log, "The chart is in "+file.Name())
	return file.Close()
}
