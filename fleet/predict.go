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
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
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
	stands, err := into.Once(ctx, predictionsFile, []byte(id+"\n"))
	if other := strings.TrimSpace(string(stands)); err == nil && other != id {
		err = fmt.Errorf("fleet: %s has the answers of another model, or to other rows (%s; these are %s); give another place for the answers, or "+
			"remove them and predictions.txt", into, other, id)
	}
	return id, err
}

// predictionsFile is a file of Out that has the ID of the sweep whose answers are there.
const predictionsFile = "predictions.txt"

// prepared finds why a place isn't that which Prepare prepared: of a folder, each machine may have one of its own.
func prepared(ctx context.Context, into *bucket.Bucket, id string) error {
	stands, err := into.Content(ctx, predictionsFile)
	if err == nil && strings.TrimSpace(string(stands)) == id {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	host, _ := os.Hostname()
	return queue.Never(fmt.Errorf("fleet: %s, as %s sees it, isn't the place that was prepared for the answers of %s: give a folder that all machines "+
		"see under one path, or a bucket", into, host, id))
}

// A receipt says what is in the output of a shard.
type receipt struct {
	File   string `json:"file"`
	Rows   int    `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// readReceipt reads that of a shard that is done.
func readReceipt(ctx context.Context, b *bucket.Bucket, id, part string) (r receipt, err error) {
	raw, err := b.Read(ctx, sweepName(id, "shards", part), "receipt.json")
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	return r, err
}

// answered tells whether the answers to a shard that is done are still in Out.
func (s Sweep) answered(ctx context.Context, b *bucket.Bucket, unit queue.Unit) (bool, error) {
	r, err := readReceipt(ctx, b, unit.Of, unit.Part)
	if err != nil {
		return false, err
	}
	into, err := bucket.Open(ctx, s.Out)
	if err != nil {
		return false, err
	}
	defer into.Close()
	there, err := into.Stat(ctx, r.File)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return there.Size == r.Bytes, err
}

// unanswered returns the parts of a sweep that are done, but whose answers aren't in Out, or have another size there.
func (s Sweep) unanswered(ctx context.Context, b *bucket.Bucket, id string) (parts map[string]bool, err error) {
	into, err := bucket.Open(ctx, s.Out)
	if err != nil {
		return nil, err
	}
	defer into.Close()
	sizes := make(map[string]int64)
	for object, err := range into.Objects(ctx) {
		if err != nil {
			return nil, err
		}
		sizes[object.Name] = object.Size
	}
	parts = make(map[string]bool)
	for name, err := range b.Published(ctx, sweepName(id, "shards")) {
		if err != nil {
			return nil, err
		}
		part := path.Base(name)
		r, err := readReceipt(ctx, b, id, part)
		if err != nil {
			return nil, err
		}
		if size, ok := sizes[r.File]; !ok || size != r.Bytes {
			parts[part] = true
		}
	}
	return parts, nil
}

// Answered tells what is missing of a prediction, all of whose shards are done.
func Answered(ctx context.Context, b *bucket.Bucket, id string) error {
	s, err := readSweep(ctx, b, id)
	if err != nil {
		return err
	}
	missing, err := s.unanswered(ctx, b, id)
	if err == nil && len(missing) > 0 {
		first := slices.Min(slices.Collect(maps.Keys(missing)))
		err = fmt.Errorf("fleet: %s has no answers, or others than were written there, to %d of %d shards, such as %s.jsonl: give the command again; where "+
			"that doesn't help, another place for the answers", bucket.Plain(s.Out), len(missing), len(s.Shards), first)
	}
	return err
}

// predict answers the rows of a shard into a file of Out, and writes the receipt.
func (w *Worker) predict(ctx context.Context, s Sweep, unit queue.Unit, shard, file, out string) error {
	if w.Answer == nil {
		return queue.Never(errors.New("fleet: this program doesn't predict"))
	}
	dir := filepath.Dir(file)
	into, err := bucket.Open(ctx, s.Out)
	if err != nil {
		return err
	}
	defer into.Close()
	if err := prepared(ctx, into, unit.Of); err != nil {
		return err
	}
	m, err := w.open(ctx, s.Model, s.MaxTokens)
	if err != nil {
		return err
	}
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
	if r.SHA256, r.Bytes, err = sumOfFile(answers); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	if before, err := readReceipt(ctx, w.Bucket, unit.Of, unit.Part); err == nil && before.SHA256 != r.SHA256 {
		return queue.Never(fmt.Errorf("fleet: the shard %s was answered before, and %s in %s has other answers now; give another place for the answers",
			shard, r.File, into))
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
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

func sumOfFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, f)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}
