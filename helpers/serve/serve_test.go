package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/annotate"
	"github.com/alnb/alnb/helpers/naivebayes"
)

// sessionFolder, where set, makes the test program serve the session in that folder, to be killed.
const sessionFolder = "ALNB_TEST_SESSION_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(sessionFolder); dir != "" {
		s, err := alnb.OpenSession(context.Background(), dir, registry())
		if err == nil {
			err = Serve(context.Background(), s, Options{Every: 5, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func registry() spec.Registry {
	return spec.Registry{
		Models:     spec.NewKind[learner.Model]("model", naivebayes.Model{}),
		Strategies: spec.NewKind("strategy", query.All()...),
		Samplers:   spec.NewKind[subsample.Sampler]("sampler", subsample.DefaultUPS()),
		Pools:      spec.NewKind[corpus.PoolSource]("pool", datasets.Texts{}),
	}
}

// begun is a session about made-up sentences, and their labels.
func begun(t testing.TB, documents int) (*alnb.Session, map[string]string) {
	t.Helper()
	return begunIn(t, filepath.Join(t.TempDir(), "session"), documents)
}

func begunIn(t testing.TB, dir string, documents int) (*alnb.Session, map[string]string) {
	t.Helper()
	data, err := datasets.Synthetic{Train: documents, Test: 50, Seed: 1}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	gold := make(map[string]string)
	write := func(name string, examples []corpus.Example) string {
		var lines bytes.Buffer
		for _, e := range examples {
			if err := json.NewEncoder(&lines).Encode(map[string]string{"id": name + e.ID, "text": e.Text, "label": data.Classes[e.Label]}); err != nil {
				t.Fatal(err)
			}
			gold[name+e.ID] = data.Classes[e.Label]
		}
		path := filepath.Join(folder, name+".jsonl")
		if err := os.WriteFile(path, lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s, err := alnb.CreateSession(t.Context(), dir, alnb.SessionConfig{
		Pool:  datasets.Texts{Pool: write("pool", data.Train), Test: write("test", data.Test), Label: datasets.NoLabel},
		Model: naivebayes.Model{Smoothing: 0.1}, Batch: 10, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, gold
}

// client labels as the page does.
type client struct {
	*testing.T
	address string
}

func (c client) ask(method, what string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, c.address+"api/"+what, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return json.Unmarshal(answer, into)
}

type batch struct {
	Round int
	Items []struct {
		ID       string
		Judgment *struct{ Class string }
	}
}

func (c client) batch() (b batch, err error) { return b, c.ask(http.MethodGet, "batch", nil, &b) }

type receipt struct {
	Seq      int64
	Repeated bool
}

func (c client) judge(request, id, class string) (r receipt, err error) {
	return r, c.ask(http.MethodPost, "judge", map[string]any{"request": request, "document": id, "verdict": "label", "class": class, "annotator": "script"}, &r)
}

func TestServing(t *testing.T) {
	s, gold := begun(t, 200)
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, s, Options{
			Every: 1000, Page: annotate.Options{Hosts: []string{"hub.example.org", "localhost"}},
			Log: slog.New(slog.NewTextHandler(&log, nil)), Ready: func(address string) { ready <- address },
		})
	}()
	address := <-ready
	c := client{t, address}
	for round := range 3 {
		open, err := c.batch()
		if err != nil || len(open.Items) != 10 {
			t.Fatal(open, err)
		}
		for _, item := range open.Items {
			first, err := c.judge("r"+item.ID, item.ID, gold[item.ID])
			if err != nil || first.Repeated {
				t.Fatal(first, err)
			}
			if again, err := c.judge("r"+item.ID, item.ID, gold[item.ID]); err != nil || !again.Repeated || again.Seq != first.Seq {
				t.Fatal(again, err)
			}
		}
		var status struct {
			Judged, LeftInBatch int
			Curve               []struct{ Labeled int }
		}
		for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			if err := c.ask(http.MethodGet, "status", nil, &status); err != nil {
				t.Fatal(err)
			}
			if n := len(status.Curve); n > 0 && status.Curve[n-1].Labeled == 10*(round+1) && status.LeftInBatch == 10 {
				break
			}
			if time.Since(began) > 20*time.Second {
				t.Fatalf("round %d: the status stays %+v", round, status)
			}
		}
		if status.Judged != 10*(round+1) {
			t.Errorf("%+v", status)
		}
	}
	if _, err := c.judge("x", "nobody", "World"); err == nil || !strings.Contains(err.Error(), "422") {
		t.Errorf("a document that isn't there: %v", err)
	}
	if info, err := os.Stat(filepath.Join(s.Dir(), tokenFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token can be read by others: %v, %v", info.Mode(), err)
	}
	other, err := alnb.OpenSession(t.Context(), s.Dir(), registry())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var held *store.HeldError
	if err := Serve(t.Context(), other, Options{Log: slog.New(slog.DiscardHandler)}); !errors.As(err, &held) || held.URL != address {
		t.Errorf("two serve at once: %v", err)
	}
	if holder, err := Ensure(t.Context(), other, "/no/such/program"); err != nil || holder.URL != address {
		t.Errorf("who serves is not found: %v, %v", holder, err)
	}
	if _, err := Ensure(t.Context(), other, "/no/such/program", "hub.example.org", "localhost"); err != nil {
		t.Errorf("its names aren't known: %v", err)
	}
	_, err = Ensure(t.Context(), other, "/no/such/program", "localhost", "other.example.org")
	if err == nil || !strings.Contains(err.Error(), "other.example.org") || !strings.Contains(err.Error(), fmt.Sprintf("kill %d", os.Getpid())) {
		t.Errorf("a name that the server doesn't allow: %v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if strings.Contains(log.String(), strings.Split(address, "/")[3]) {
		t.Error("the log holds the token")
	}
}

// A server that nobody asks for anything ends by itself, and one that comes after it has the same address.
func TestIdleServerEnds(t *testing.T) {
	s, _ := begun(t, 20)
	var addresses []string
	for range 2 {
		err := Serve(t.Context(), s, Options{Idle: 300 * time.Millisecond, Log: slog.New(slog.DiscardHandler), Ready: func(a string) { addresses = append(addresses, a) }})
		if err != nil {
			t.Fatal(err)
		}
	}
	if addresses[0] != addresses[1] {
		t.Errorf("the addresses are %q", addresses)
	}
}

func TestThrough(t *testing.T) {
	if got, err := Through("/user/ada/proxy/", "http://127.0.0.1:4711/token/"); err != nil || got != "/user/ada/proxy/4711/token/" {
		t.Error(got, err)
	}
}
