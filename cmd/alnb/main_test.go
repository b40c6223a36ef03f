package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/nb"
	"github.com/alnb/alnb/helpers/setup"
)

// asProgram, where set, makes the test program alnb itself.
const asProgram = "ALNB_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is alnb with these arguments, to be run as a process.
func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func TestExperimentIsInterruptedAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	file, run := filepath.Join(dir, "exp.yaml"), filepath.Join(dir, "run")
	long := strings.Replace(smallExperiment, "steps: 3", "steps: 400", 1)
	if err := os.WriteFile(file, []byte(long), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := program("experiment", "run", file, "--dir", run)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// When the first round is on disk the second is being trained.
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if rounds, _ := filepath.Glob(filepath.Join(run, "arms", "*", "*", "round-*")); len(rounds) > 0 {
			break
		}
		if time.Since(began) > time.Minute {
			cmd.Process.Kill()
			t.Fatalf("no round in a minute: %s", said.String())
		}
	}
	interrupted := time.Now()
	cmd.Process.Signal(syscall.SIGINT)
	err := cmd.Wait()
	var exit *exec.ExitError
	if took := time.Since(interrupted); !errors.As(err, &exit) || exit.ExitCode() != nb.InterruptedCode || took > 1200*time.Millisecond {
		t.Errorf("%v after the interrupt: %v", took, err)
	}
	if !strings.Contains(said.String(), "of 3 rounds; run it again and it goes on.") {
		t.Errorf("it said %s", said.String())
	}
	results, err := alnb.OpenResults(run)
	if err != nil {
		t.Fatal(err)
	}
	if done, total := results.Finished(); done == 0 || done == total {
		t.Fatalf("%d of %d rounds were finished", done, total)
	}
	if out, err := program("experiment", "run", file, "--dir", run).Output(); err != nil || !strings.Contains(string(out), "3 of 3 rounds are finished.") {
		t.Errorf("run again: %v, %s", err, out)
	}
}

// Python's jsonschema, which nbclient brings along, holds what is documented against the schemas.
func TestSchemas(t *testing.T) {
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	python := setup.Paths(folder).VenvPython
	if _, err := os.Stat(python); err != nil {
		t.Skipf("THE SCHEMAS WERE NOT TESTED: %v; run make setup", err)
	}
	experiment, err := yaml.YAMLToJSON([]byte(documented(t)))
	if err != nil {
		t.Fatal(err)
	}
	successor, err := yaml.YAMLToJSON([]byte(documentedSuccessor(t)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	in := "{\"text\":\"a\",\"id\":[1]}"
	if err := predictTexts(t, in, &out, func(int) {}); err != nil {
		t.Fatal(err)
	}
	tags, err := tagsAnswer(learner.Tagging{Tags: []string{"O", "B-\"x\""}, Probs: [][]float32{{1, 0}, {0.25, 1e-30}}})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := json.Marshal(hardScores)
	if err != nil {
		t.Fatal(err)
	}
	pool := poolRows{ids: []json.RawMessage{json.RawMessage(`"a"`), json.RawMessage("1.50")}}
	scored := pool.appendLines(nil, query.Proposal{Positions: []int{1}, Scores: []float64{0, 1e-30}})
	unscored := pool.appendLines(nil, query.Proposal{Positions: []int{0}})
	tests := []struct {
		schema, document string
		valid            bool
	}{
		{"experiment", string(experiment), true},
		{"experiment", string(successor), true},
		{"experiment", strings.Replace(string(successor), `"gold_weight"`, `"weight"`, 1), false},
		{"experiment", strings.Replace(string(successor), `"successor":`, `"successor_tagger":`, 1), true},
		{"experiment", strings.Replace(string(successor), `"successor":"cnn-bilstm-crf",`, "", 1), false},
		{"experiment", `{"data":"ag_news","arms":[],"start":{"docs":1},"batch":{"docs":1},"rounds":1,"seeds":[1]}`, false},
		{"experiment", strings.Replace(string(experiment), `"rounds"`, `"round"`, 1), false},
		{"predict-in", in, true},
		{"predict-in", `{"id":1}`, false},
		{"predict-out", out.String(), true},
		{"predict-in", `{"id":"x","words":["New","York",""]}`, true},
		{"predict-in", `{"words":["a"],"text":7}`, true},
		{"predict-in", `{"words":[]}`, false},
		{"predict-in", `{"words":["a",1]}`, false},
		{"predict-in", `{"words":"a b"}`, false},
		{"predict-in", `["a"]`, false},
		{"predict-out", `{"label":"a","probs":{"a":2}}`, false},
		{"predict-out", "{" + string(tags) + "}", true},
		{"predict-out", `{"id":null,` + string(tags) + "}", true},
		{"predict-out", `{"tags":["O"],"probs":[[2,0]]}`, false},
		{"predict-out", `{"tags":["O"],"probs":[1,0]}`, false},
		{"predict-out", `{"tags":["O"]}`, false},
		{"predict-out", `{"tags":["O"],"label":"a","probs":[[1,0]]}`, false},
		{"query-in", `{"id":true,"text":"a"}`, true},
		{"query-in", `{"id":null,"words":["a"]}`, true},
		{"query-in", `{"id":"","text":"a"}`, false},
		{"query-in", `{"id":[1],"text":"a"}`, false},
		{"query-labeled", `{"id":7,"text":"a","label":"b"}`, true},
		{"query-labeled", `{"text":"a"}`, false},
		{"query-labeled", `{"text":"a","label":null}`, false},
		{"query-labeled", `{"words":["a","b"],"tags":["B-PER","O"]}`, true},
		{"query-labeled", `{"words":["a","b"],"tags":["PER","O"]}`, false},
		{"query-labeled", `{"words":["a"],"spans":[{"start":0,"end":1,"type":"PER"}]}`, true},
		{"query-labeled", `{"words":["a"],"spans":[]}`, true},
		{"query-labeled", `{"words":["a"],"spans":[{"start":0,"type":"PER"}]}`, false},
		{"query-labeled", `{"words":["a"],"spans":[],"tags":["O"]}`, false},
		{"query-labeled", `{"words":["a"]}`, false},
		{"query-out", string(scored), true},
		{"query-out", string(unscored), true},
		{"query-out", `{"id":"a","rank":1}`, false},
		{"query-out", `{"id":"a","score":null,"rank":0}`, false},
		{"query-out", `{"id":"a","score":null,"rank":1,"text":"a"}`, false},
		{"eval-out", string(scores), true},
		{"eval-out", `{"precision":0,"recall":0,"f1":0,"support":0,"per_type":{}}`, true},
		{"eval-out", strings.Replace(string(scores), `"support":8`, `"support":8.5`, 1), false},
		{"eval-out", strings.Replace(string(scores), `"recall":0.625`, `"recall":62.5`, 1), false},
		{"eval-out", `{"precision":0,"recall":0,"f1":0,"support":0}`, false},
		{"eval-out", `{"precision":0,"recall":0,"f1":0,"support":0,"per_type":{"PER":{"f1":1}}}`, false},
	}
	var pairs [][2]json.RawMessage
	for _, test := range tests {
		schema, err := os.ReadFile("../../docs/schemas/" + test.schema + ".json")
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, [2]json.RawMessage{schema, json.RawMessage(test.document)})
	}
	raw, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(python, "-I", "-c", `
import json, jsonschema, sys
validator = jsonschema.Draft202012Validator
valid = []
for schema, document in json.load(sys.stdin):
    validator.check_schema(schema)
    valid.append(validator(schema).is_valid(document))
print(json.dumps(valid))`)
	check.Stdin = bytes.NewReader(raw)
	var valid []bool
	if raw, err = check.Output(); err == nil {
		err = json.Unmarshal(raw, &valid)
	}
	if err != nil || len(valid) != len(tests) {
		t.Fatalf("%d answers, want %d: %v", len(valid), len(tests), err)
	}
	for i, test := range tests {
		if valid[i] != test.valid {
			t.Errorf("%s: %s is valid: %v, want %v", test.schema, test.document, valid[i], test.valid)
		}
	}
}
