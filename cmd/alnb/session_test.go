package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/naivebayes"
	"github.com/alnb/alnb/helpers/nb"
)

// labeledSession is one whose first batch an oracle has labeled.
func labeledSession(t *testing.T) string {
	t.Helper()
	pool := datasets.Texts{Pool: "../../notebooks/texts/headlines.csv"}
	oracle, err := alnb.GoldOracle(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	pool.Label, pool.Classes = datasets.NoLabel, []string{"World", "Sports", "Business", "Sci/Tech"}
	dir := filepath.Join(t.TempDir(), "session")
	s, err := alnb.CreateSession(t.Context(), dir, alnb.SessionConfig{Pool: pool, Model: naivebayes.Model{Smoothing: 0.1}, Batch: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Answer(t.Context(), oracle); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestServeBackupAndExport(t *testing.T) {
	dir := labeledSession(t)
	server := program("serve", dir)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err, log.String())
	}
	response, err := http.Get(strings.TrimSpace(address))
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v: %s", response, err, &log)
	}
	response.Body.Close()
	if said, err := program("serve", dir).CombinedOutput(); err == nil || !strings.Contains(string(said), strings.TrimSpace(address)) {
		t.Errorf("a second server: %v: %s", err, said)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	for i, want := range []bool{true, false} { // what is there is not written over
		if said, err := program("backup", dir, "--out", backup).CombinedOutput(); (err == nil) != want {
			t.Errorf("backup %d: %v: %s", i, err, said)
		}
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := os.MkdirAll(again, 0o755); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(backup)
	if err == nil {
		err = os.WriteFile(filepath.Join(again, "session.db"), raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{dir, again} {
		written, err := program("export", from, "--format", "csv", "--out", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(written)).ReadAll()
		if err != nil || len(lines) != 401 || strings.Count(string(written), "oracle") != 20 {
			t.Errorf("%d lines, %d of them judged, %v", len(lines), strings.Count(string(written), "oracle"), err)
		}
		written, err = program("export", from, "--format", "jsonl", "--out", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		var first map[string]any
		if err := json.Unmarshal(written[:bytes.IndexByte(written, '\n')], &first); err != nil || first["text"] == "" {
			t.Errorf("%v, %v", first, err)
		}
	}
	if said, err := program("export", dir, "--out", filepath.Join(again, "model")).CombinedOutput(); err == nil || !strings.Contains(string(said), "can't be kept in a folder") {
		t.Errorf("word counts as a Hugging Face folder: %v: %s", err, said)
	}
	review := program("review", dir)
	var said bytes.Buffer
	review.Stderr = &said
	table, err := review.Output()
	if err != nil || !strings.Contains(said.String(), "is asked for the second look") || !strings.Contains(said.String(), "shows these") {
		t.Errorf("a review beside a server: %v: %s", err, &said)
	}
	s, err := alnb.OpenSession(t.Context(), dir, registry())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	toReview, err := s.ToReview(t.Context())
	if err != nil || len(toReview) == 0 {
		t.Errorf("%d documents to look at again, %v", len(toReview), err)
	}
	for _, item := range toReview {
		if !strings.Contains(string(table), item.ID) {
			t.Errorf("%s is not in the table:\n%s", item.ID, table)
		}
	}
	began := time.Now()
	if err := server.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("interrupted, it ended after %v: %v: %s", time.Since(began), err, &log)
	}
	if said, err := program("serve", t.TempDir()).CombinedOutput(); err == nil || !strings.Contains(string(said), "holds no session") {
		t.Errorf("a folder without a session: %v: %s", err, said)
	}
}

// A review that is interrupted while it waits for whoever trains ends at once, and says that it is taken all the same.
func TestReviewIsInterrupted(t *testing.T) {
	dir := labeledSession(t)
	s, err := alnb.OpenSession(t.Context(), dir, registry())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, release, err := s.Hold(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	review := program("review", dir)
	said, err := review.StderrPipe()
	if err == nil {
		err = review.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	if !lines.Scan() || !strings.Contains(lines.Text(), "is asked for the second look") {
		t.Errorf("%q", lines.Text())
	}
	began := time.Now()
	if err := review.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), "takes the second look all the same") {
		t.Errorf("%q", lines.Text())
	}
	for lines.Scan() {
	}
	if review.Wait(); review.ProcessState.ExitCode() != nb.InterruptedCode || time.Since(began) > time.Second {
		t.Errorf("it ended after %v: %v", time.Since(began), review.ProcessState)
	}
}

// What a review doubts is what the session shows again.
func TestReview(t *testing.T) {
	dir := labeledSession(t)
	s, err := alnb.OpenSession(t.Context(), dir, registry())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, test := range []struct {
		arguments []string
		most      int
	}{{nil, 20}, {[]string{"--folds", "4", "--top", "2"}, 2}} {
		out, err := program(append([]string{"review", dir}, test.arguments...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.ToReview(t.Context())
		if err != nil || len(again) == 0 || len(again) > test.most {
			t.Errorf("%q: %d documents to look at again, %v", test.arguments, len(again), err)
		}
		for _, item := range again {
			if !strings.Contains(string(out), item.ID) {
				t.Errorf("%q: %s is not in the table:\n%s", test.arguments, item.ID, out)
			}
		}
	}
	for want, arguments := range map[string][]string{"2 folds or more": {"--folds", "1"}, "--top is -1": {"--top", "-1"}} {
		if said, err := program(append([]string{"review", dir}, arguments...)...).CombinedOutput(); err == nil || !strings.Contains(string(said), want) {
			t.Errorf("%q: %v: %s", arguments, err, said)
		}
	}
}
