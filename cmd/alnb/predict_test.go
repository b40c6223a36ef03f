package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/datasets/rows"
)

// byLength stands in for a classifier, which package model tests: here it is about rows.
type byLength struct{}

func (byLength) Origin() string { return "" }
func (byLength) Close() error   { return nil }

// predictTexts tells progress of the rows that are written.
func predictTexts(t *testing.T, in string, out *bytes.Buffer, progressed func(int)) error {
	written := 0
	source := rows.Source{In: strings.NewReader(in), Name: "rows", Command: "predict", Kind: rows.Text}
	return predictRows(t.Context(), textClassifier{byLength{}}, inChunks(source), quiet(), func(a answered) error {
		out.Write(a.appendLines(nil))
		written += len(a.rows)
		progressed(written)
		return nil
	})
}

// quiet is progress that isn't shown.
func quiet() *progress { return &progress{to: io.Discard, now: time.Now, began: time.Now()} }

func (byLength) Classes() []string { return []string{"short", "long \"<quoted>\""} }

func (byLength) PredictChunks(_ context.Context, chunks iter.Seq2[[]corpus.Document, error], progress func(int)) iter.Seq2[[][]float32, error] {
	return func(yield func([][]float32, error) bool) {
		for docs, err := range chunks {
			rows := make([][]float32, len(docs))
			for i, doc := range docs {
				rows[i] = []float32{0.75, 0.25}
				if len(doc.Text) > 3 {
					rows[i] = []float32{0.125, 0.875}
				}
			}
			progress(len(docs))
			if !yield(rows, err) || err != nil {
				return
			}
		}
	}
}

func TestPredictRows(t *testing.T) {
	in := `{"id":"b","text":"abcd"}` + "\n" + `{"text":"a"}` + "\n" + `{"text":"abcdef","id":7}`
	var out bytes.Buffer
	if err := predictTexts(t, in, &out, func(int) {}); err != nil {
		t.Fatal(err)
	}
	long := `"label":"long \"\u003cquoted\u003e\"","probs":{"short":0.125,"long \"\u003cquoted\u003e\"":0.875}}` + "\n"
	want := `{"id":"b",` + long + `{"label":"short","probs":{"short":0.75,"long \"\u003cquoted\u003e\"":0.25}}` + "\n" + `{"id":7,` + long
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestBlankLinesAndByteOrderMark(t *testing.T) {
	in := "\ufeff{\"text\":\"a\",\"id\":1,\"ID\":2}\r\n\n  \n{\"text\":\"a\"}\n\n"
	var out bytes.Buffer
	if err := predictTexts(t, in, &out, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, `{"id":1,"label"`) {
		t.Errorf("got\n%s", got)
	}
}

// A bad last row is known before the model's weights are read: here there are none.
func TestFilesAreCheckedFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte("{\"text\":\"a\"}\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config, err := os.ReadFile("../../alnb/model/testdata/tiny-finetuned/config.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
		t.Fatal(err)
	}
	err = prediction{model: dir, in: path, out: filepath.Join(t.TempDir(), "out")}.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), path+", line 2 is not a JSON object") {
		t.Errorf("got %v", err)
	}
}

func TestManyRowsKeepTheirOrder(t *testing.T) {
	in := strings.Repeat(`{"text":"a"}`+"\n"+`{"text":"abcdef"}`+"\n", chunkRows)
	var out bytes.Buffer
	var told []int
	report := func(rows int) { told = append(told, rows) }
	if err := predictTexts(t, in, &out, report); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{chunkRows, 2 * chunkRows}) {
		t.Errorf("progress told of %v rows", told)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2*chunkRows {
		t.Fatalf("%d rows, want %d", len(lines), 2*chunkRows)
	}
	for i, line := range lines {
		if strings.HasPrefix(line, `{"label":"short"`) != (i%2 == 0) {
			t.Fatalf("row %d: %s", i, line)
		}
	}
}

func TestBadRowsAreSentences(t *testing.T) {
	for in, want := range map[string]string{
		"{\"text\":\"a\"}\nnonsense": "rows, line 2 is not a JSON object",
		"{\"id\":1}":                 `rows, line 1 has no "text"`,
		"{\"text\":3}":               `line 1 has a "text" that is no string: "3"`,
		"{\"text\":null}":            `line 1 has a "text" that is no string: "null"`,
		"{\"Text\":\"a\"}":           `rows, line 1 has no "text"`,
		"\n\n[1]\n":                  "rows, line 3 is not",
		"null":                       `rows, line 1 has no "text"`,
	} {
		err := predictTexts(t, in, new(bytes.Buffer), func(int) {})
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, context.Canceled) {
			t.Errorf("%q: want %q, got %v", in, want, err)
		}
	}
}

// Who writes a line to a pipe and waits gets its answer, and a bad line takes nothing from those before it.
func TestAnswersAsRowsCome(t *testing.T) {
	cmd := program("predict", "--model", tinyFolder)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	answers := bufio.NewScanner(out)
	for n, lines := range []string{`{"id":0,"text":"a fox"}`, `{"id":1,"text":"a dog"}`, `{"id":2,"text":"rain"}` + "\n" + `{"id":3,"text":"fox"}` + "\nnonsense"} {
		if _, err := io.WriteString(in, lines+"\n"); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || !strings.HasPrefix(answers.Text(), fmt.Sprintf(`{"id":%d,"label"`, n)) {
			t.Fatalf("line %d is answered by %q; %s", n, answers.Text(), said.String())
		}
	}
	if !answers.Scan() || !strings.HasPrefix(answers.Text(), `{"id":3,`) || answers.Scan() {
		t.Errorf("the last answer is %q", answers.Text())
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "standard input, line 5 is not a JSON object") {
		t.Errorf("%v: %s", err, said.String())
	}
}

// Of a file, the chunks are the same, whoever may wait for the answers.
func TestChunksAsRowsCome(t *testing.T) {
	in := someRows(2*chunkRows + 5)
	source := func() rows.Source {
		return rows.Source{In: strings.NewReader(in), Name: "rows", Command: "predict", Kind: rows.Text}
	}
	var want, got [][]rows.Row
	for chunk, err := range inChunks(source()) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, chunk)
	}
	for chunk, err := range asTheyCome(source(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, chunk)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%d chunks, want %d", len(got), len(want))
	}
	for range asTheyCome(source(), 0) { // one may stop
		break
	}
}

// Rows that come steadily don't put off the answers.
func TestNoRowWaitsForSteadyRows(t *testing.T) {
	in, writer := io.Pipe()
	go func() {
		for i := range 60 {
			fmt.Fprintf(writer, "{\"text\":\"%d\"}\n", i)
			time.Sleep(5 * time.Millisecond)
		}
		writer.Close()
	}()
	chunks, rowsCame := 0, 0
	for chunk, err := range asTheyCome(rows.Source{In: in, Name: "rows", Command: "predict", Kind: rows.Text}, 50*time.Millisecond) {
		if err != nil {
			t.Fatal(err)
		}
		chunks, rowsCame = chunks+1, rowsCame+len(chunk)
	}
	if chunks < 3 || rowsCame != 60 {
		t.Errorf("%d rows came in %d chunks", rowsCame, chunks)
	}
}

// A read from a terminal or a pipe doesn't end with the context.
func TestInterruptedWhileWaitingForInput(t *testing.T) {
	in, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	stdin := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = stdin }()

	ctx, cancel := context.WithCancel(t.Context())
	var cancelled time.Time
	time.AfterFunc(time.Second, func() { cancelled = time.Now(); cancel() }) // by then the model is loaded
	cmd := root()
	cmd.SetArgs([]string{"predict", "--model", "../../alnb/model/testdata/tiny-finetuned"})
	if err := cmd.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(cancelled); took > 1300*time.Millisecond {
		t.Errorf("it ended %v after the interrupt", took)
	}
}
