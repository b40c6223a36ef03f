package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets/rows"
	"github.com/alnb/alnb/fleet"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// inShards tells whether a path is a pool in shards: a folder, or the URL of a bucket.
func inShards(path string) bool {
	info, err := os.Stat(path)
	return strings.Contains(path, "://") || err == nil && info.IsDir()
}

// absolute is a folder's path as another process has it; a URL is left as it is.
func absolute(path string) (string, error) {
	dir, ok, err := bucket.Folder(path)
	if !ok {
		return path, err
	}
	return filepath.Abs(dir)
}

// besidePool refuses a place for what is made that is the pool's, or below it: what is written there would be taken for shards.
func besidePool(flag, path, pool string) error {
	if strings.HasPrefix(placeOf(path), placeOf(pool)) {
		return fmt.Errorf("%s, %s, is in the pool, %s: what is written there would be taken for shards; give one beside it", flag,
			bucket.Plain(path), bucket.Plain(pool))
	}
	return nil
}

// placeOf is a folder's path without links, or a bucket's URL without options, with a slash at its end.
func placeOf(path string) string {
	if strings.Contains(path, "://") {
		return strings.TrimRight(bucket.Plain(path), "/") + "/"
	}
	for above := path; ; above = filepath.Dir(above) { // the folder may be still to be made
		if real, err := filepath.EvalSymlinks(above); err == nil {
			return filepath.Join(real, strings.TrimPrefix(path, above)) + "/"
		}
		if above == filepath.Dir(above) {
			return path + "/"
		}
	}
}

// sweeping is what predict and query have in common where the pool is in shards.
type sweeping struct {
	places
	dir string // for what is under way
}

func (s *sweeping) begin(ctx context.Context, pool string) (*bucket.Bucket, error) {
	if s.storeURL() != "" {
		store, err := absolute(s.storeURL())
		if err == nil {
			err = besidePool("--store", store, pool)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := sayLeftOut(ctx, pool); err != nil { // and where there is no pool, before something is made
		return nil, err
	}
	var err error
	if s.dir, err = workFolder(""); err != nil {
		return nil, err
	}
	b, err := s.openStore(ctx)
	if err != nil {
		s.end()
	}
	return b, err
}

// sayLeftOut names files of a pool that aren't read.
func sayLeftOut(ctx context.Context, pool string) error {
	others, err := fleet.NoShards(ctx, pool)
	if n := len(others); n > 0 {
		fmt.Fprintf(os.Stderr, "left out of %s: %d of its files, such as %s; shards end in .jsonl, .ndjson or .parquet, and aren't compressed otherwise\n",
			bucket.Plain(pool), n, others[0])
	}
	return err
}

func (s *sweeping) end() { os.RemoveAll(s.dir) }

// publishModel puts a model, of a folder or of the hub, where workers find it.
func publishModel(ctx context.Context, b *bucket.Bucket, name string) (string, error) {
	dir := name
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		if dir, _, err = pretrained.Find(ctx, name); err != nil {
			return "", err
		}
	}
	return fleet.PublishModel(ctx, b, dir)
}

// patience is how long a queue that gives no answer is asked again.
const patience = 5 * time.Minute

// sweep has the shards of a sweep done: by workers, where there is a queue, else here.
func (s *sweeping) sweep(ctx context.Context, b *bucket.Bucket, id string) error {
	said := func(sentence string) { fmt.Fprintln(os.Stderr, sentence) }
	if s.queueURL() == "" {
		w := newWorker(b, s.dir, said)
		defer w.Close()
		return w.RunSweep(ctx, id)
	}
	q, err := s.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.Close()
	submitted, err := fleet.SubmitSweep(ctx, q, b, id)
	if err != nil {
		return err
	}
	said(fmt.Sprintf("%d shards, %d of them added to the queue as %s; they wait for workers of the version %s", submitted.Units, submitted.Added, id, fleet.Version()))
	var shown, lost time.Time
	for {
		sum, err := fleet.Status(ctx, q, id, submitted.Lane)
		switch {
		case err == nil:
			lost = time.Time{}
			if time.Since(shown) > 5*time.Second || sum.Done() {
				shown = time.Now()
				said(fmt.Sprintf("%d of %d shards are done, %d under way", sum.Count[queue.Finished], submitted.Units, sum.Count[queue.Running]))
			}
			if sum.Done() {
				return unfinished(sum)
			}
		case ctx.Err() != nil: // said below
		case lost.IsZero(): // such as a database that is restarted, which workers wait for, too
			lost = time.Now()
			said(err.Error() + "; it is asked again")
		case time.Since(lost) > patience:
			return err
		}
		select {
		case <-ctx.Done():
			said("interrupted; workers go on: the same command waits for them again, alnb experiment cancel " + id + " ends them")
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func unfinished(s fleet.Summary) error {
	var errs []error
	for _, u := range s.Units {
		if u.State != queue.Finished {
			errs = append(errs, fmt.Errorf("%s: %s %s", u.Label, u.State, u.Error))
		}
	}
	return errors.Join(errs...)
}

// newWorker is a worker that knows all that comes with alnb.
func newWorker(b *bucket.Bucket, dir string, said func(string)) *fleet.Worker {
	return &fleet.Worker{Bucket: b, Registry: registry(), Dir: dir, Said: said, Answer: answerShard}
}

// answerShard is alnb predict on one file, with a model that is open.
func answerShard(ctx context.Context, m any, in, out string) (n int, err error) {
	source := rows.Source{Kind: rows.Text, Name: in, Command: "predict"}
	var answering opened
	switch m := m.(type) {
	case *model.Classifier:
		answering = textClassifier{m}
	case *model.Tagger:
		answering, source.Kind = &wordTagger{Tagger: m}, rows.Words
	}
	f, err := os.Open(in)
	if err != nil {
		return 0, fmt.Errorf("predict: %w", err)
	}
	defer f.Close()
	source.In = f
	report := &progress{to: os.Stderr, what: "predict", unit: "rows", now: time.Now, began: time.Now()}
	err = store.WriteStream(out, func(w io.Writer) error {
		return predictRows(ctx, answering, inChunks(source), report, func(a answered) error {
			n += len(a.rows)
			_, err := w.Write(a.appendLines(nil))
			return err
		})
	})
	sayCut(*answering.cut())
	return n, err
}

// inShards predicts a pool in shards.
func (p prediction) inShards(ctx context.Context) error {
	var err error
	if p.in, err = absolute(p.in); err != nil {
		return err
	}
	switch {
	case p.out == "-":
		return errors.New("predict: --in is a pool in shards; give a folder, or the URL of a bucket, with --out")
	case p.skipBad || p.restart:
		return errors.New("predict: --skip-bad and --restart are for a single file")
	}
	if p.out, err = absolute(p.out); err != nil {
		return err
	}
	if err := besidePool("predict: --out", p.out, p.in); err != nil {
		return err
	}
	if p.storeURL() == "" && p.queueURL() == "" && !strings.Contains(p.out, "://") { // workers of a queue have a store that all know
		p.store = filepath.Join(p.out, ".alnb")
	}
	b, err := p.begin(ctx, p.in)
	if err != nil {
		return err
	}
	defer p.end()
	defer b.Close()
	published, err := publishModel(ctx, b, p.model)
	if err != nil {
		return err
	}
	id, err := fleet.Prediction{Pool: p.in, Model: published, MaxTokens: p.maxTokens, Out: p.out}.Prepare(ctx, b)
	if err != nil {
		return err
	}
	if err := p.sweep(ctx, b, id); err != nil {
		return err
	}
	return fleet.Answered(ctx, b, id)
}

// inShards queries a pool in shards.
func (c choice) inShards(ctx context.Context, strategy query.Strategy, stdout io.Writer) error {
	var err error
	if c.in, err = absolute(c.in); err != nil {
		return err
	}
	if c.skipBad {
		return errors.New("query: --skip-bad is for a single file")
	}
	b, err := c.begin(ctx, c.in)
	if err != nil {
		return err
	}
	defer c.end()
	defer b.Close()
	labeled, err := idsOf(ctx, c.labeled)
	if err != nil {
		return err
	}
	published, err := publishModel(ctx, b, c.model)
	if err != nil {
		return err
	}
	q := fleet.Query{Pool: c.in, Model: published, MaxTokens: c.maxTokens, Strategy: strategy, Seed: c.seed, Number: c.number, Since: c.since,
		Top: c.top, Labeled: labeled}
	if c.ups {
		ups := subsample.DefaultUPS()
		q.UPS = &ups
	}
	id, chosen, err := q.Prepare(ctx, b, c.dir)
	if err != nil {
		return err
	}
	if chosen.Pool > 0 {
		fmt.Fprintf(os.Stderr, "query: %d of %d documents are scored again\n", chosen.Kept, chosen.Pool)
	}
	if err := c.sweep(ctx, b, id); err != nil {
		return err
	}
	ranked, err := fleet.Chosen(ctx, b, id, c.top, labeled, c.dir)
	if err != nil {
		return err
	}
	if n := len(ranked); n < c.top {
		fmt.Fprint(os.Stderr, c.largerThan(n))
	}
	fmt.Fprintf(os.Stderr, "query: this was %s; give the next one --since %[1]s\n", id)
	return c.write(stdout, func(w io.Writer) error {
		for rank, one := range ranked {
			if _, err := w.Write(appendChosen(nil, []byte(one.Given), appendScore(nil, one.Score), rank)); err != nil {
				return err
			}
		}
		return nil
	})
}

// idsOf are the IDs in a file of JSON lines, or in standard input; none of no file.
func idsOf(ctx context.Context, path string) (map[string]bool, error) {
	if path == "" {
		return nil, nil
	}
	source := rows.Source{Kind: rows.ID, Command: "query"}
	closer, err := source.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	ids := make(map[string]bool)
	for r, err := range source.Rows() {
		if err != nil {
			return nil, err
		}
		if rows.NoID(r.ID) {
			return nil, source.Refuse(r.Line, errors.New(`has no "id", by which documents in shards are known`))
		}
		id, err := rows.Key(r.ID)
		if err != nil {
			return nil, source.Refuse(r.Line, err)
		}
		ids[id] = true
	}
	return ids, nil
}
