package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/bucket/buckettest"
	"github.com/alnb/alnb/fleet/queue"
)

type parquetRow struct {
	ID   string `parquet:"id"`
	Text string `parquet:"text"`
}

const tinyClassifier = "../alnb/model/testdata/tiny-finetuned"

// pool makes shards of texts of random words, of which the first is Parquet, if there are more than three.
func pool(t *testing.T, shards, each int) (dir string, docs []corpus.Document) {
	t.Helper()
	dir = t.TempDir()
	words := strings.Fields("the a model film plot is was not very good bad dull great story actor scene long short music i you it end of")
	r := rand.New(rand.NewPCG(2, 3))
	for shard := range shards {
		var lines strings.Builder
		var rows []parquetRow
		for i := range each {
			var text []string
			for range 3 + r.IntN(9) {
				text = append(text, words[r.IntN(len(words))])
			}
			doc := corpus.Document{ID: fmt.Sprintf("d%d-%d", shard, i), Text: strings.Join(text, " ")}
			docs = append(docs, doc)
			raw, _ := json.Marshal(map[string]string{"id": doc.ID, "text": doc.Text})
			lines.Write(append(raw, '\n'))
			rows = append(rows, parquetRow{doc.ID, doc.Text})
		}
		if shard == 0 && shards > 3 {
			if err := parquet.WriteFile(filepath.Join(dir, "part-000.parquet"), rows); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%03d.jsonl", shard)), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, docs
}

// sweeper is a worker of this process, with a store that has the tiny model.
func sweeper(t *testing.T, store string) (w *Worker, published string) {
	t.Helper()
	b, err := bucket.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if published, err = PublishModel(t.Context(), b, tinyClassifier); err != nil {
		t.Fatal(err)
	}
	w = &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(string) {}}
	t.Cleanup(func() { w.Close(); b.Close() })
	return w, published
}

// Queries over shards, two of them with UPS, choose what the strategy and UPS choose in memory.
func TestQueriesOverShardsEqualMemory(t *testing.T) {
	dir, docs := pool(t, 7, 60)
	p := newPlace(t)
	q, b := p.open(t)
	published, err := PublishModel(t.Context(), b, tinyClassifier)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(t.Context(), tinyClassifier, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	const seed, top = 5, 25
	labeled := make(map[string]bool)
	since := ""
	stale := make(map[string]float64)
	p.work(t, "one", Version())
	p.work(t, "two", Version())
	for number := range 4 {
		ups := subsample.UPS{Gamma: 0.1, T: 0.05, FullQueries: []int{0, 3}}
		ask := Query{Pool: dir, Model: published, Strategy: query.LeastConfident{}, Seed: seed, Number: number, Since: since, UPS: &ups, Top: top, Labeled: labeled}
		id, choice, err := ask.Prepare(t.Context(), b, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if again, _, err := ask.Prepare(t.Context(), b, t.TempDir()); err != nil || again != id {
			t.Errorf("prepared again it is %s, not %s: %v", again, id, err)
		}
		if number%2 == 0 { // by workers, else in this process
			if _, err := SubmitSweep(t.Context(), q, b, id); err != nil {
				t.Fatal(err)
			}
			if s := p.wait(t, q, id, time.Minute); s.Count[queue.Finished] != 7 {
				t.Fatalf("%+v", s)
			}
		} else {
			w := &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(string) {}}
			defer w.Close()
			if err := w.RunSweep(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Chosen(t.Context(), b, id, top, labeled, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}

		// The same in memory.
		memory := subsample.Pool{Query: number, Budget: top, Key: keyed.Key{Seed: seed, Round: number}}
		var left []corpus.Document
		for _, doc := range docs {
			if !labeled[doc.ID] {
				left = append(left, doc)
				memory.IDs = append(memory.IDs, doc.ID)
				if number > 0 {
					memory.Stale = append(memory.Stale, stale[doc.ID])
				}
			}
		}
		request := query.Request{Model: m, Key: keyed.Key{Seed: seed, Purpose: "query", Round: number}}
		sample, err := ups.Sample(t.Context(), memory, func(ctx context.Context, positions []int) ([]float64, error) {
			part := request
			for _, position := range positions {
				part.Docs = append(part.Docs, left[position])
			}
			return query.LeastConfident{}.Score(ctx, part)
		})
		if err != nil {
			t.Fatal(err)
		}
		if choice.Pool > 0 && (choice.Kept != len(sample.Positions) || choice.Pool != len(left)) {
			t.Errorf("query %d: %+v, in memory %d of %d", number, choice, len(sample.Positions), len(left))
		}
		if sampled := number == 1 || number == 2; sampled != (choice.Pool > 0) || sampled && choice.Kept > len(left)/2 {
			t.Errorf("query %d: %+v", number, choice)
		}
		want := query.NewTop(top, request.Key)
		for i, position := range sample.Positions {
			stale[left[position].ID] = sample.Scores[i]
			if err := want.Add(left[position].ID, sample.Scores[i]); err != nil {
				t.Fatal(err)
			}
		}
		for rank, one := range want.Ranked() {
			if rank >= len(got) || got[rank].ID != one.ID || max(got[rank].Score-one.Score, one.Score-got[rank].Score) > 1e-6 {
				t.Fatalf("query %d, rank %d: %+v, in memory %+v", number, rank, got[min(rank, len(got)-1)], one)
			}
		}
		for _, one := range got {
			labeled[one.ID] = true
		}
		since = id
	}
}

func TestSweepsMistakesAreSentences(t *testing.T) {
	dir, _ := pool(t, 2, 5)
	w, published := sweeper(t, t.TempDir())
	b := w.Bucket
	run := func(q Query) error {
		id, _, err := q.Prepare(t.Context(), b, t.TempDir())
		if err == nil {
			err = w.RunSweep(t.Context(), id)
		}
		return err
	}
	ups := subsample.UPS{Gamma: 0.1}
	good := Query{Pool: dir, Model: published, Strategy: query.LeastConfident{}, Top: 3}
	asked := good
	asked.Seed = 8
	first, _, err := asked.Prepare(t.Context(), b, t.TempDir()) // and it isn't run
	if err != nil {
		t.Fatal(err)
	}
	predicted, err := Prediction{Pool: dir, Model: published, Out: t.TempDir()}.Prepare(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := pool(t, 3, 2)
	for want, change := range map[string]func(*Query){
		"has no shards":                             func(q *Query) { q.Pool = t.TempDir() },
		"models/unknown":                            func(q *Query) { q.Model = "unknown" },
		"random can't be used over shards":          func(q *Query) { q.Strategy = query.Random{} },
		"strategy mnlp":                             func(q *Query) { q.Strategy = query.MNLP{} },
		"the sweep nothing":                         func(q *Query) { q.Since, q.UPS = "nothing", &ups },
		"was of another pool":                       func(q *Query) { q.Since, q.UPS, q.Pool, q.Number = first, &ups, other, 1 },
		"the scores of sweeps/" + first + "/shards": func(q *Query) { q.Since, q.UPS, q.Number = first, &ups, 1 },
		"and this one has 0":                        func(q *Query) { q.Since = first },
		"scored by least-confident, whose":          func(q *Query) { q.Since, q.Number, q.Strategy = first, 1, query.Margin{} },
		"isn't a query: it predicts":                func(q *Query) { q.Since, q.Number = predicted, 1 },
	} {
		q := good
		change(&q)
		mistake(t, run(q), want)
	}
	if err := os.WriteFile(filepath.Join(dir, "part-001.jsonl"), []byte("{\"id\":\"a\",\"text\":\"x\"}\n{]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mistake(t, run(good), "the shard part-001.jsonl, line 2 is not a JSON object")
	if name := shardName(3, "a b/c d.jsonl"); name != "00003-c-d" {
		t.Error(name)
	}
}

// What is to be scored is part of a sweep: more documents, or a shard that has changed, make another. What is no shard isn't taken for one.
func TestWhatIsAskedIsInTheID(t *testing.T) {
	dir, _ := pool(t, 3, 40)
	w, published := sweeper(t, t.TempDir())
	b := w.Bucket
	ups := subsample.UPS{Gamma: 0.1, T: 0.01}
	ids := make(map[string]string)
	ask := func(what string, q Query, top int) (id string, kept int) {
		t.Helper()
		q.Pool, q.Model, q.Strategy, q.UPS, q.Top = dir, published, query.LeastConfident{}, &ups, top
		id, choice, err := q.Prepare(t.Context(), b, t.TempDir())
		if err == nil {
			err = w.RunSweep(t.Context(), id)
		}
		if err != nil {
			t.Fatal(what, err)
		}
		if before, ok := ids[id]; ok {
			t.Errorf("%s has the ID of %s", what, before)
		}
		ids[id] = what
		return id, choice.Kept
	}
	first, _ := ask("the first query", Query{}, 5)
	_, few := ask("5 of the next", Query{Since: first, Number: 1}, 5)
	more, kept := ask("100 of the next", Query{Since: first, Number: 1}, 100)
	if few >= 100 || kept < 100 {
		t.Errorf("%d and %d documents are scored", few, kept)
	}
	if top, err := Chosen(t.Context(), b, more, 100, nil, t.TempDir()); err != nil || len(top) != 100 {
		t.Errorf("%d are chosen, %v", len(top), err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".alnb"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".alnb", "scores.parquet"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if shards, err := Shards(t.Context(), dir); err != nil || len(shards) != 3 {
		t.Errorf("%+v, %v", shards, err)
	}
	stale := Query{Pool: dir, Model: published, Strategy: query.LeastConfident{}, Seed: 9}
	id, _, err := stale.Prepare(t.Context(), b, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "part-001.jsonl"), []byte("{\"id\":\"new\",\"text\":\"good\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mistake(t, w.RunSweep(t.Context(), id), "the shard part-001.jsonl was changed since this was begun")
	stale.Seed++
	if id, _, err = stale.Prepare(t.Context(), b, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "part-001.jsonl"), later, later); err != nil { // as when it is written anew, as long as before
		t.Fatal(err)
	}
	mistake(t, w.RunSweep(t.Context(), id), "the shard part-001.jsonl was changed since this was begun")
	ask("the changed pool", Query{}, 5)
}

// Shards, models and scores may all be in a bucket.
func TestShardsInABucket(t *testing.T) {
	dir, docs := pool(t, 4, 5)
	service := buckettest.NewS3(t)
	shards, err := bucket.Open(t.Context(), service.URL("pool/of/texts"))
	if err != nil {
		t.Fatal(err)
	}
	defer shards.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := shards.Upload(t.Context(), filepath.Base(file), file); err != nil {
			t.Fatal(err)
		}
	}
	top := func(pool, store string) []Proposed {
		w, published := sweeper(t, store)
		b := w.Bucket
		ask := Query{Pool: pool, Model: published, Strategy: query.LeastConfident{}, Top: 7}
		id, _, err := ask.Prepare(t.Context(), b, t.TempDir())
		if err == nil {
			err = w.RunSweep(t.Context(), id)
		}
		if err != nil {
			t.Fatal(err)
		}
		ranked, err := Chosen(t.Context(), b, id, 7, nil, t.TempDir())
		if err != nil || len(ranked) != 7 {
			t.Fatal(ranked, err)
		}
		return ranked
	}
	if got, want := top(service.URL("pool/of/texts"), service.URL("store")), top(dir, t.TempDir()); !slices.Equal(got, want) {
		t.Errorf("of %d documents %v in a bucket, %v in a folder", len(docs), got, want)
	}
}

// A model answers each row of all shards, Parquet too, once, also where the command is given again.
func TestPredictions(t *testing.T) {
	dir, docs := pool(t, 5, 10)
	w, published := sweeper(t, t.TempDir())
	b := w.Bucket
	out, asked := t.TempDir(), 0
	w.Answer = func(_ context.Context, m any, in, out string) (int, error) { // stands in for alnb predict
		asked++
		raw, err := os.ReadFile(in)
		if _, ok := m.(*model.Classifier); !ok {
			t.Errorf("it is to answer with a %T", m)
		}
		return strings.Count(string(raw), "\n"), errors.Join(err, os.WriteFile(out, raw, 0o644))
	}
	for range 2 {
		id, err := Prediction{Pool: dir, Model: published, Out: out}.Prepare(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.RunSweep(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Prediction{Pool: dir, Model: published, MaxTokens: 5, Out: out}.Prepare(t.Context(), b)
	mistake(t, err, "has the answers of another model, or to other rows")
	files, err := filepath.Glob(filepath.Join(out, "*.jsonl"))
	if err != nil || len(files) != 5 || asked != 5 {
		t.Errorf("%d files, %d shards were answered, %v", len(files), asked, err)
	}
	var all strings.Builder
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	for _, doc := range docs {
		if n := strings.Count(all.String(), `"`+doc.ID+`"`); n != 1 {
			t.Errorf("%s is answered %d times", doc.ID, n)
		}
	}
}

// Answers that are gone from their place are made again; others than were written there, and a place that a machine has for itself, are told.
func TestAnswersThatAreMissing(t *testing.T) {
	dir, _ := pool(t, 3, 4)
	p := newPlace(t)
	q, b := p.open(t)
	published, err := PublishModel(t.Context(), b, tinyClassifier)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	w := &Worker{Bucket: b, Registry: registry(), Dir: t.TempDir(), Said: func(string) {}}
	defer w.Close()
	w.Answer = func(_ context.Context, _ any, in, out string) (int, error) { // stands in for alnb predict
		raw, err := os.ReadFile(in)
		return strings.Count(string(raw), "\n"), errors.Join(err, os.WriteFile(out, raw, 0o644))
	}
	id, err := Prediction{Pool: dir, Model: published, Out: out}.Prepare(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	submit := func(added int) {
		t.Helper()
		if s, err := SubmitSweep(t.Context(), q, b, id); err != nil || s.Added != added {
			t.Errorf("%d shards are added, want %d: %v", s.Added, added, err)
		}
	}
	work := func() {
		t.Helper()
		lane, err := Lane(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- q.Work(ctx, w.Do, queue.WorkOptions{Lane: lane, Name: "one", Wait: 50 * time.Millisecond, Said: w.Said})
		}()
		if s := p.wait(t, q, id, time.Minute); s.Count[queue.Finished] != 3 {
			t.Errorf("%+v", s)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	submit(3)
	work()
	if err := Answered(t.Context(), b, id); err != nil {
		t.Error(err)
	}
	submit(0)
	files, err := filepath.Glob(filepath.Join(out, "*.jsonl"))
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	want, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	mistake(t, Answered(t.Context(), b, id), "to 1 of 3 shards, such as "+filepath.Base(files[1]))
	submit(3)
	work()
	if got, err := os.ReadFile(files[1]); err != nil || string(got) != string(want) {
		t.Errorf("%q, %v", got, err)
	}
	if err := Answered(t.Context(), b, id); err != nil {
		t.Error(err)
	}

	for _, c := range []struct{ answers, want string }{
		{string(want) + "{}\n", "whose answers aren't those to the 4 rows"},
		{strings.Replace(string(want), `"id":"d1-`, `"id":"d2-`, 1) + "\n", "whose answers aren't those to the 4 rows"},
		{strings.Replace(string(want), `"text":"`, `"text":"other `, 1), "has other answers now; give another place"},
	} {
		if err := os.WriteFile(files[1], []byte(c.answers), 0o644); err != nil {
			t.Fatal(err)
		}
		mistake(t, Answered(t.Context(), b, id), "or others than were written there, to 1 of 3")
		mistake(t, w.RunSweep(t.Context(), id), c.want)
	}
	if err := os.RemoveAll(out); err != nil { // as on a machine on which the folder is another
		t.Fatal(err)
	}
	mistake(t, w.RunSweep(t.Context(), id), "isn't the place that was prepared for the answers")
}

// Answers that were in a place before, of which nothing says whose they are, aren't taken for this model's.
func TestAnswersOfOthers(t *testing.T) {
	dir, _ := pool(t, 2, 2)
	w, published := sweeper(t, t.TempDir())
	out := t.TempDir()
	for _, name := range []string{"notes.txt", "00001-part-001.jsonl"} {
		if err := os.WriteFile(filepath.Join(out, name), []byte("{\"id\":\"d1-0\"}\n{\"id\":\"d1-1\"}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ask := Prediction{Pool: dir, Model: published, Out: out}
	_, err := ask.Prepare(t.Context(), w.Bucket)
	mistake(t, err, "has a file 00001-part-001.jsonl, and no predictions.txt that says which model's answers it has")
	if err := os.Remove(filepath.Join(out, "00001-part-001.jsonl")); err != nil {
		t.Fatal(err)
	}
	if _, err := ask.Prepare(t.Context(), w.Bucket); err != nil {
		t.Error(err)
	}
}

// A worker that died after it wrote its answers, before it said so, has them counted, also if another machine rounds otherwise.
func TestAnswersOfTheDead(t *testing.T) {
	dir, _ := pool(t, 1, 2)
	w, published := sweeper(t, t.TempDir())
	w.Answer = func(_ context.Context, _ any, in, out string) (int, error) { // stands in for alnb predict
		raw, err := os.ReadFile(in)
		return 2, errors.Join(err, os.WriteFile(out, raw, 0o644))
	}
	out := t.TempDir()
	id, err := Prediction{Pool: dir, Model: published, Out: out}.Prepare(t.Context(), w.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(out, "00000-part-000.jsonl")
	if err := os.WriteFile(theirs, []byte("{\"id\":\"d0-0\",\"probs\":{}}\n{\"id\":\"d0-1\",\"probs\":{}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := w.RunSweep(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := Answered(t.Context(), w.Bucket, id); err != nil {
		t.Error(err)
	}
}

// writePool makes shards of these contents.
func writePool(t *testing.T, shards ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i, content := range shards {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%03d.jsonl", i)), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What is no shard is told, but for what Spark and others put beside the data.
func TestNoShards(t *testing.T) {
	dir := writePool(t, "{}")
	for _, name := range []string{"_SUCCESS", ".part-000.jsonl.crc", "_delta_log/0.json", ".alnb/scores.parquet", "b/part-001.jsonl.gz", "table.CSV", "c/_started"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	others, err := NoShards(t.Context(), dir)
	if want := []string{"b/part-001.jsonl.gz", "table.CSV"}; err != nil || !slices.Equal(others, want) {
		t.Errorf("%q, %v, want %q", others, err, want)
	}
	if err := os.Remove(filepath.Join(dir, "part-000.jsonl")); err != nil {
		t.Fatal(err)
	}
	_, err = Shards(t.Context(), dir)
	mistake(t, err, "files whose names end in .jsonl, .ndjson or .parquet; it has b/part-001.jsonl.gz")
}

// IDs differ over all shards, also of documents that aren't chosen.
func TestIDsOverShards(t *testing.T) {
	w, published := sweeper(t, t.TempDir())
	for _, c := range []struct {
		shards []string
		want   string
	}{
		{[]string{`{"id":"a","text":"good"}`, `{"id":"b","text":"bad"}` + "\n" + `{"id":"a","text":"a long story"}`},
			`of the shard part-000.jsonl and one of part-001.jsonl have the ID "a"`},
		{[]string{`{"id":"7","text":"good"}`, `{"id":7,"text":"bad"}`}, `have the ID "7"`},
		{[]string{`{"text":"good"}`, `{"text":"good"}`}, "IDs must differ over all shards: give the documents such"},
		{[]string{`{"text":"good"}` + "\n" + `{"text":"good"}`, `{"text":"bad"}`}, ""},
		{[]string{`{"id":"a","text":"good"}`, "{\"id\":\"b\",\"text\":\"bad\"}\n{\"id\":\"b\",\"text\":\"\"}"},
			`the shard part-001.jsonl, line 2 has the ID "b" of line 1`},
	} {
		id, _, err := Query{Pool: writePool(t, c.shards...), Model: published, Strategy: query.LeastConfident{}, Top: 1}.Prepare(t.Context(), w.Bucket, t.TempDir())
		if err == nil {
			err = w.RunSweep(t.Context(), id)
		}
		if err == nil {
			_, err = Chosen(t.Context(), w.Bucket, id, 1, nil, t.TempDir())
		}
		if c.want != "" {
			mistake(t, err, c.want)
		} else if err != nil {
			t.Error(c.shards, err)
		}
	}
}

// Shards without documents have no scores and no answers, in later queries, too.
func TestEmptyShards(t *testing.T) {
	w, published := sweeper(t, t.TempDir())
	w.Answer = func(_ context.Context, _ any, in, out string) (int, error) { return 0, os.WriteFile(out, nil, 0o644) }
	dir := writePool(t, "", "{\"id\":\"a\",\"text\":\" \"}\n", "\n \n")
	if err := parquet.WriteFile(filepath.Join(dir, "part-003.parquet"), []parquetRow{}); err != nil {
		t.Fatal(err)
	}
	since := ""
	for number := range 2 {
		ask := Query{Pool: dir, Model: published, Strategy: query.LeastConfident{}, Top: 5, Number: number, Since: since, UPS: &subsample.UPS{Gamma: 0.1}}
		id, _, err := ask.Prepare(t.Context(), w.Bucket, t.TempDir())
		if err == nil {
			err = w.RunSweep(t.Context(), id)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Chosen(t.Context(), w.Bucket, id, 5, nil, t.TempDir()); err != nil || len(got) != 1 || got[0].ID != "a" {
			t.Error(got, err)
		}
		since = id
	}
	id, err := Prediction{Pool: dir, Model: published, Out: t.TempDir()}.Prepare(t.Context(), w.Bucket)
	if err == nil {
		err = w.RunSweep(t.Context(), id)
	}
	if err == nil {
		err = Answered(t.Context(), w.Bucket, id)
	}
	if err != nil {
		t.Error(err)
	}
}

// What is wrong with a row isn't mended by another try.
func TestBadRowsAreTriedOnce(t *testing.T) {
	w, published := sweeper(t, t.TempDir())
	w.Answer = func(context.Context, any, string, string) (int, error) { return 0, errors.New("it isn't asked") }
	dir := writePool(t, "{\"text\":\"a\"}\n{\"text\":7}\n")
	asked, _, err := Query{Pool: dir, Model: published, Strategy: query.LeastConfident{}, Top: 1}.Prepare(t.Context(), w.Bucket, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	predicted, err := Prediction{Pool: dir, Model: published, Out: t.TempDir()}.Prepare(t.Context(), w.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{asked, predicted} {
		err := w.RunSweep(t.Context(), id)
		if want := `fleet: the shard part-000.jsonl, line 2 has a "text" that is no string: "7"`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if !reflect.DeepEqual(err, queue.Never(errors.Unwrap(err))) {
			t.Errorf("%T is tried again", err)
		}
	}
}

// A pool may be a link, and its shards links to files, as in the hub's cache.
func TestLinksInAPool(t *testing.T) {
	real, _ := pool(t, 2, 5)
	linked := t.TempDir()
	for _, name := range []string{"part-000.jsonl", "part-001.jsonl"} {
		if err := os.Symlink(filepath.Join(real, name), filepath.Join(linked, name)); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "pool")
	if err := os.Symlink(linked, link); err != nil {
		t.Fatal(err)
	}
	w, published := sweeper(t, t.TempDir())
	ask := Query{Pool: link, Model: published, Strategy: query.LeastConfident{}, Top: 10}
	id, _, err := ask.Prepare(t.Context(), w.Bucket, t.TempDir())
	if err == nil {
		err = w.RunSweep(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if ranked, err := Chosen(t.Context(), w.Bucket, id, 10, nil, t.TempDir()); err != nil || len(ranked) != 10 {
		t.Errorf("%d documents, %v", len(ranked), err)
	}
}
