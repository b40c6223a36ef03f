package nb

import (
	"fmt"
	"html/template"
	"os"
	"strings"
	"time"

	"github.com/alnb/alnb/helpers/chart"
	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// A screen is where a cell's output goes: the notebook, or a terminal where there is none.
type screen interface {
	line(text string)                                // a line of plain text
	fail(text string)                                // a line that says why the cell fails
	newBar() string                                  // an id for a progress bar
	interval() time.Duration                         // how long to wait between two calls of progress
	progress(bar string, s status)                   // shows a progress bar, in place of what it showed before
	frame(address string)                            // shows a page in the cell, and its address
	table(t chart.Table) error                       // shows a table
	chart(title string, f figure, text string) error // shows a chart; the text says the same in words
	close()                                          // waits until all is shown
}

// figure is a chart of any kind.
type figure interface {
	HTML() (template.HTML, error)
	PNG() ([]byte, error)
}

func newScreen() screen {
	if gonbui.IsNotebook {
		return notebook{}
	}
	return newTerminal(os.Stdout, os.Stderr)
}

// notebook is the screen of a GoNB cell.
type notebook struct{}

func (notebook) line(text string)        { fmt.Println(text) }
func (notebook) fail(text string)        { fmt.Fprintln(os.Stderr, text) }
func (notebook) newBar() string          { return "alnb-" + gonbui.UniqueId() }
func (notebook) interval() time.Duration { return 300 * time.Millisecond }

// progress updates one output, however often it is called. The text is for who executes the notebook without a browser.
func (notebook) progress(bar string, s status) { display(bar, s.html(), s.text()) }

func (notebook) frame(address string) {
	var page strings.Builder
	if err := frame.Execute(&page, address); err != nil {
		fmt.Println(address)
		return
	}
	display("", template.HTML(page.String()), "The labeling page: "+address)
}

func (n notebook) table(t chart.Table) error {
	page, err := t.HTML()
	if err != nil {
		return err
	}
	display("", page, t.Text())
	return nil
}

func (n notebook) chart(title string, f figure, text string) error {
	page, err := f.HTML()
	if err != nil {
		return err
	}
	if bringsLibrary(os.Getenv(protocol.GONB_TMP_DIR_ENV), title) {
		page = chart.Library() + page
	}
	display("", page, text)
	return nil
}

// display sends an output to the notebook; one with an id replaces what was sent with that id before.
func display(id string, page template.HTML, text string) {
	gonbui.SendData(&protocol.DisplayData{DisplayID: id, Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML:  string(page),
		protocol.MIMETextPlain: text,
	}})
}

// close waits for the kernel to have taken everything, but not for ever: a kernel that has gone doesn't answer.
func (notebook) close() {
	synced := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(synced)
	}()
	select {
	case <-synced:
	case <-time.After(3 * time.Second):
	}
}
