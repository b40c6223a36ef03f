package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/eval"
)

// The hard case: tags that break their schemes' rules, other columns, a byte order mark, a comment.
const (
	goldColumns = "\ufeff-DOCSTART- -X- O O\n\nAnna NNP x B-PER\nBell NNP x I-PER\nsaw VBD x O\nNew NNP x I-LOC\nYork NNP x I-LOC\n\n\n" +
		"# id=2\nACME NNP x B-ORG-X\nInc NNP x E-ORG-X\n1 CD x S\n. . x O\n\n" + "a NN x I-PER\nb NN x B-PER\nc NN x U-LOC\nd NN x O\ne NN x I"
	predictedColumns = "Anna\tI-PER\r\nBell\tI-PER\r\nsaw\tO\r\nNew\tB-LOC\r\nYork\tI-LOC\r\n \t\r\n" +
		"ACME\tB-ORG-X\r\nInc\tI-ORG-X\r\n1\tB\r\n.\tO\r\n\r\na\tB-PER\r\nb\tI-LOC\r\nc\tX-LOC\r\nd\tO\r\ne\tB-MISC\r\n\r\n"
)

// hardScores is what seqeval 1.2.2's classification_report gives for the hard case.
var hardScores = eval.SpanScores{
	SpanScore: eval.SpanScore{Precision: 0.7142857142857143, Recall: 0.625, F1: 0.6666666666666666, Support: 8},
	PerType: map[string]eval.SpanScore{
		"LOC":   {Precision: 0.5, Recall: 0.5, F1: 0.5, Support: 2},
		"MISC":  {},
		"ORG-X": {Precision: 1, Recall: 1, F1: 1, Support: 1},
		"PER":   {Precision: 1, Recall: 0.6666666666666666, F1: 0.8, Support: 3},
		"_":     {Precision: 1, Recall: 0.5, F1: 0.6666666666666666, Support: 2},
	},
}

// evaluated runs alnb eval on two files with these contents.
func evaluated(t *testing.T, gold, predicted string) (string, error) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"gold": gold, "pred": predicted} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := root()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"eval", "--gold", "gold", "--pred", "pred"})
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestEvalGivesSeqevalsNumbers(t *testing.T) {
	onlyTags := func(columns string) string {
		var tags []string
		for line := range strings.Lines(columns) {
			_, tag, _ := strings.Cut(strings.TrimSpace(line), "\t")
			tags = append(tags, tag)
		}
		return strings.Join(tags, "\n")
	}
	for name, predicted := range map[string]string{"columns": predictedColumns, "only tags": onlyTags(predictedColumns)} {
		t.Run(name, func(t *testing.T) {
			out, err := evaluated(t, goldColumns, predicted)
			if err != nil {
				t.Fatal(err)
			}
			var got eval.SpanScores
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, hardScores) {
				t.Errorf("got %s", out)
			}
			if !strings.HasPrefix(out, "{\n  \"precision\": 0.7142857142857143,\n") || !strings.Contains(out, `"MISC": {`) {
				t.Errorf("got %s", out)
			}
		})
	}
}

func TestEvalReadsStandardInput(t *testing.T) {
	gold := filepath.Join(t.TempDir(), "gold")
	if err := os.WriteFile(gold, []byte(goldColumns), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := program("eval", "--gold", gold, "--pred", "-")
	cmd.Stdin = strings.NewReader(predictedColumns)
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), `"f1": 0.6666666666666666`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestEvalErrorsAreSentences(t *testing.T) {
	for _, test := range []struct{ name, gold, predicted, want string }{
		{"empty", "", "O\n", "eval: gold has no words in it"},
		{"only blank lines", "O\n", "\n \n-DOCSTART- O\n", "eval: pred has no words in it"},
		{"fewer documents", "a O\n\nb O\n\n\nc O\n", "a O\n", "eval: pred ends after 1 documents; gold has 3, the next begins in line 3"},
		{"more documents", "a O\n", "a O\n\nb O\n", "eval: gold ends after 1 documents; pred has 2, the next begins in line 3"},
		{"fewer words", "\na O\nb O\n", "O\n", "eval: pred: the document that begins in line 1 has 1 words; in gold, line 2, it has 2"},
		{"other words", "a O\nb O\n", "a x O\nc x O\nd x O\n", `eval: pred, line 2: the word is "c"; in gold, line 2, it is "b"`},
		{"columns", "a x O\nb O\n", "O\nO\n", "eval: gold, line 2: it has 2 columns, the lines before it have 3"},
		{"empty tag", "a\tO\n\nb\t\n", "O\n", "eval: gold, line 3: the tag, in the last column, is empty"},
		{"not UTF-8", "a B-\xff\n", "O\n", `eval: gold, line 1: the tag "B-\xff" is not valid UTF-8`},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := evaluated(t, test.gold, test.predicted)
			if err == nil || err.Error() != test.want || out != "" {
				t.Errorf("%q, %v, want %s", out, err, test.want)
			}
		})
	}
	for want, paths := range map[string][2]string{
		"eval: open no-such: no such file or directory":             {"no-such", "-"},
		"eval: only one of --gold and --pred can be standard input": {"-", "-"},
		"eval: read " + os.TempDir() + ": is a directory":           {os.TempDir(), "-"},
	} {
		if err := evalFiles(t.Context(), paths[0], paths[1], new(bytes.Buffer)); err == nil || !strings.HasSuffix(err.Error(), want[strings.Index(want, ": ")+2:]) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
