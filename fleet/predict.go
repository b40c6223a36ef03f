package fleet

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// Prediction has a model answer all rows of a pool in shards: an output for each shard.
type Prediction struct {
	Pool      string
	Model     string // ID, see PublishModel
	MaxTokens int
	Out       string // a folder, or the URL of a bucket
}

// Prepare publishes it as a sweep. Out may have answers of this one only: of the same model to the same rows.
func (p Prediction) Prepare(ctx context.Context, b *bucket.Bucket) (id string, err error) {
	s := Sweep{Pool: p.Pool, Model: p.Model, MaxTokens: p.MaxTokens, Out: p.Out}
	if s.Shards, err = Shards(ctx, p.Pool); err != nil {
		return "", err
	}
	if id, err = s.id(ctx, b); err != nil {
		return "", err
	}
	into, err := bucket.Open(ctx, p.Out)
	if err != nil {
		return "", err
	}
	defer into.Close()
	stands, err := into.Once(ctx, "predictions.txt", []byte(id+"\n"))
	if other := strings.TrimSpace(string(stands)); err == nil && other != id {
		err = fmt.Errorf("fleet: %s has the answers of another model, or to other rows (%s; these are %s); give another place for the answers, or "+
			"remove them and predictions.txt", into, other, id)
	}
	return id, err
}

// A receipt says what is in the output of a shard.
type receipt struct {
	File   string `json:"file"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// predict answers the rows of a shard into a file of Out, and writes the receipt.
func (w *Worker) predict(ctx context.Context, s Sweep, unit queue.Unit, shard, file, out string) error {
	if w.Answer == nil {
		return queue.Never(errors.New("fleet: this program doesn't predict"))
	}
	m, err := w.open(ctx, s.Model, s.MaxTokens)
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	in := file
	if filepath.Ext(file) == ".parquet" {
		in = filepath.Join(dir, "rows.jsonl")
		if err := rowsOf(ctx, file, shard, m.task == model.Tagging, in); err != nil {
			return queue.Never(err)
		}
	}
	answers := filepath.Join(dir, "answers.jsonl")
	rows, err := w.Answer(ctx, m.model, in, answers)
	if err != nil {
		return fmt.Errorf("fleet: the shard %s: %w", shard, err)
	}
	into, err := bucket.Open(ctx, s.Out)
	if err != nil {
		return err
	}
	defer into.Close()
	r := receipt{File: unit.Part + ".jsonl", Rows: rows}
	won, err := into.Upload(ctx, r.File, answers)
	if err != nil {
		return err
	}
	if !won { // a worker that died before it could say so
		if err := into.Download(ctx, r.File, answers); err != nil {
			return err
		}
		if theirs, err := lines(answers); err != nil {
			return err
		} else if theirs != rows {
			return queue.Never(fmt.Errorf("fleet: the shard %s has %d rows, and in %s there is a %s with %d answers; give another place for the answers",
				shard, rows, into, r.File, theirs))
		}
	}
	if r.SHA256, err = sumOfFile(answers); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	w.Said(fmt.Sprintf("%s: %d rows are answered in %s", unit.Label, rows, r.File))
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(out, "receipt.json"), append(raw, '\n'))
}

// lines counts those of a file.
func lines(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("fleet: %w", err)
	}
	defer f.Close()
	part := make([]byte, 1<<16)
	for {
		read, err := f.Read(part)
		n += bytes.Count(part[:read], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, fmt.Errorf("fleet: %w", err)
		}
	}
}

// rowsOf writes a shard's documents as JSON lines.
func rowsOf(ctx context.Context, file, shard string, spans bool, into string) error {
	docs, err := documents(ctx, file, shard, spans)
	if err != nil {
		return err
	}
	return store.WriteStream(into, func(f io.Writer) error {
		w := bufio.NewWriter(f)
		lines := json.NewEncoder(w)
		for _, doc := range docs {
			row := map[string]any{"id": doc.ID}
			if spans {
				row["words"] = doc.Words
			} else {
				row["text"] = doc.Text
			}
			if err := lines.Encode(row); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

func sumOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}
