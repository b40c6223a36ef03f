package fleet

import (
	"bufio"
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
	"github.com/alnb/alnb/datasets/rows"
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
	if _, err := into.Content(ctx, predictionsFile); errors.Is(err, fs.ErrNotExist) {
		if err := s.clear(ctx, into); err != nil {
			return "", err
		}
	}
	stands, err := into.Once(ctx, predictionsFile, []byte(id+"\n"))
	if other := strings.TrimSpace(string(stands)); err == nil && other != id {
		err = fmt.Errorf("fleet: %s has the answers of another model, or to other rows (%s; these are %s); give another place for the answers, or "+
			"remove them and predictions.txt", into, other, id)
	}
	return id, err
}

// clear finds files of answers in a place of which nothing says whose they are.
func (s Sweep) clear(ctx context.Context, into *bucket.Bucket) error {
	answers := make(map[string]bool, len(s.Shards))
	for i := range s.Shards {
		answers[s.part(i)+".jsonl"] = true
	}
	for object, err := range into.Objects(ctx) {
		if err == nil && answers[object.Name] {
			err = fmt.Errorf("fleet: %s has a file %s, and no predictions.txt that says which model's answers it has; give another place for the "+
				"answers, or remove it", into, object.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	in, err := lines(ctx, file, shard, m.task)
	if err != nil {
		return neverUnless(ctx, err)
	}
	answers := filepath.Join(dir, "answers.jsonl")
	n, err := w.Answer(ctx, m.model, in, answers)
	if err != nil {
		return fmt.Errorf("fleet: the shard %s: %w", shard, err)
	}
	r := receipt{File: unit.Part + ".jsonl", Rows: n}
	won, err := into.Upload(ctx, r.File, answers)
	if err != nil {
		return err
	}
	if !won { // a worker that died before it could say so
		theirs := filepath.Join(dir, "theirs.jsonl")
		if err := into.Download(ctx, r.File, theirs); err != nil {
			return err
		}
		if same, err := sameRows(answers, theirs); err != nil {
			return fmt.Errorf("fleet: %w", err)
		} else if !same {
			return queue.Never(fmt.Errorf("fleet: %s has a %s, whose answers aren't those to the %d rows of the shard %s; give another place for the answers",
				into, r.File, n, shard))
		}
		answers = theirs
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
	w.Said(fmt.Sprintf("%s: %d rows are answered in %s", unit.Label, n, r.File))
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(out, "receipt.json"), append(raw, '\n'))
}

// sameRows tells whether two files of answers are to the same rows. Another machine's answers may differ in their last digits.
func sameRows(mine, theirs string) (bool, error) {
	sum, _, err1 := sumOfFile(mine)
	other, _, err2 := sumOfFile(theirs)
	if err1 != nil || err2 != nil || sum == other {
		return err1 == nil && err2 == nil, errors.Join(err1, err2)
	}
	ids := make([][]string, 2)
	for i, path := range []string{mine, theirs} {
		f, err := os.Open(path)
		if err != nil {
			return false, err
		}
		defer f.Close()
		for r, err := range (rows.Source{In: f, Kind: rows.ID, Name: path, Command: "fleet"}).Rows() {
			if err != nil {
				return false, nil
			}
			ids[i] = append(ids[i], string(r.ID))
		}
	}
	return slices.Equal(ids[0], ids[1]), nil
}

// lines returns a file of JSON lines with the rows of a shard, all of which can be used.
func lines(ctx context.Context, file, shard string, task model.Task) (path string, err error) {
	in, f, err := source(file, shard, task)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if in.Parquet == nil {
		return file, in.Check(ctx, f)
	}
	path = filepath.Join(filepath.Dir(file), "rows.jsonl")
	return path, store.WriteStream(path, func(f io.Writer) error {
		w := bufio.NewWriter(f)
		lines := json.NewEncoder(w)
		for r, err := range in.Rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			line := struct {
				ID    json.RawMessage `json:"id,omitempty"`
				Text  string          `json:"text"`
				Words []string        `json:"words,omitempty"`
			}{r.ID, r.Text, r.Words}
			if err := lines.Encode(line); err != nil {
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
