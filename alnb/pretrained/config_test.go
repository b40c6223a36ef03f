package pretrained

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const minimalConfig = `{"model_type":"bert","vocab_size":9,"hidden_size":4,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":8`

// What transformers' AutoConfig gives for the same files.
func TestClasses(t *testing.T) {
	for fields, want := range map[string][]string{
		`}`:                            {"LABEL_0", "LABEL_1"}, // transformers leaves its default out of the file
		`,"id2label":{"0":7,"1":"b"}}`: {"7", "b"},
		`,"num_labels":3}`:             {"LABEL_0", "LABEL_1", "LABEL_2"},
		`,"id2label":{"10":"k","0":"a","1":"b","2":"c","3":"d","4":"e","5":"f","6":"g","7":"h","8":"i","9":"j"}}`: {
			"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
		},
	} {
		got, err := configOf(t, minimalConfig+fields)
		if err != nil {
			t.Errorf("%s: %v", fields, err)
			continue
		}
		if classes, err := got.Classes(); err != nil || !reflect.DeepEqual(classes, want) {
			t.Errorf("%s: %q, %v", fields, classes, err)
		}
	}
	for _, fields := range []string{`,"id2label":{"1":"a"}}`, `,"problem_type":"multi_label_classification"}`, `,"id2label":{"x":"a"}}`, `,"num_labels":-1}`} {
		config, err := configOf(t, minimalConfig+fields)
		if err != nil {
			t.Fatal(err)
		}
		if classes, err := config.Classes(); err == nil {
			t.Errorf("%s: %q", fields, classes)
		}
	}
}

func TestConfigsThatAreRefused(t *testing.T) {
	for content, want := range map[string]string{
		`[]`:                                 "is not a model configuration",
		`{"model_type":"t5"}`:                `model_type is "t5"`,
		minimalConfig + `,"hidden_size":-4}`: "hidden_size is -4",
		minimalConfig + `,"num_attention_heads":3}`:              "no multiple of num_attention_heads 3",
		minimalConfig + `,"position_embedding_type":"relative"}`: `position_embedding_type is "relative"`,
		minimalConfig + `,"num_hidden_layers":16777216}`:         "between 1 and 1000",
		minimalConfig + `,"hidden_dropout_prob":1}`:              "hidden_dropout_prob is 1",
		minimalConfig + `,"is_decoder":true}`:                    "only encoders",
		minimalConfig + `,"max_position_embeddings":1000000000}`: "max_position_embeddings is 1000000000",
	} {
		if _, err := configOf(t, content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", content, want, err)
		}
	}
}

func configOf(t *testing.T, content string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), configFile)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return ReadConfig(path)
}
