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

		minimalXLNet + `,"attn_type":"uni"}`:             `attn_type is "uni"`,
		minimalXLNet + `,"bi_data":true}`:                "bi_data is true",
		minimalXLNet + `,"d_head":3}`:                    "d_head is 3",
		minimalXLNet + `,"summary_proj_to_labels":true}`: "summary_proj_to_labels is true",
		minimalXLNet + `,"summary_first_dropout":1}`:     "summary_first_dropout is 1",
		minimalXLNet + `,"n_head":3}`:                    "d_model 4 is no multiple of n_head 3",
		minimalXLNet + `,"summary_last_dropout":1}`:      "summary_last_dropout is 1",
		minimalXLNet + `,"dropout":-1}`:                  "dropout is -1",
	} {
		if _, err := configOf(t, content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", content, want, err)
		}
	}
}

const minimalXLNet = `{"model_type":"xlnet","vocab_size":9,"d_model":4,"n_layer":1,"n_head":2,"d_inner":8`

func TestXLNetConfig(t *testing.T) {
	got, err := configOf(t, `{"model_type":"xlnet"}`) // what XLNetConfig() gives in transformers
	if err != nil {
		t.Fatal(err)
	}
	if got.HiddenSize != 1024 || got.Layers != 24 || got.Heads != 16 || got.IntermediateSize != 4096 || got.VocabSize != 32000 ||
		got.Activation != "gelu" || got.HiddenDropout != 0.1 || got.AttentionDropout != 0.1 || *got.ClassifierDropout != 0.1 ||
		got.PadTokenID != 5 || got.ClampLength != -1 || got.SummaryType != "last" || !got.SummaryUseProj ||
		got.SummaryActivation != "tanh" || got.MaxPositions != 0 || got.LayerNormEpsilon != 1e-12 {
		t.Errorf("the defaults are %+v", got)
	}
	got, err = configOf(t, minimalXLNet+`,"ff_activation":"relu","dropout":0.2,"summary_last_dropout":0.3,"clamp_len":7,
		"summary_activation":null,"summary_use_proj":false,"summary_type":"mean","mem_len":null,"d_head":2,"same_length":true,
		"max_position_embeddings":5,"pad_token_id":3}`)
	if err != nil {
		t.Fatal(err)
	}
	if got.HiddenSize != 4 || got.Activation != "relu" || got.HiddenDropout != 0.2 || got.AttentionDropout != 0.2 ||
		*got.ClassifierDropout != 0.3 || got.ClampLength != 7 || got.SummaryActivation != "" || got.SummaryUseProj ||
		got.SummaryType != "mean" || got.PadTokenID != 3 || got.Limit(1<<20) != 1<<20 {
		t.Errorf("read as %+v", got)
	}
	if again, err := configOf(t, `{"model_type":"xlnet"}`); err != nil || *again.ClassifierDropout != 0.1 {
		t.Errorf("reading a file changed the defaults: %v, %v", *again.ClassifierDropout, err)
	}
}

func TestTasks(t *testing.T) {
	for model, prefix := range map[string]string{"bert": "Bert", "distilbert": "DistilBert", "electra": "Electra", "xlnet": "XLNet"} {
		for task, class := range map[Task]string{Classification: "ForSequenceClassification", Tagging: "ForTokenClassification"} {
			config, err := configOf(t, `{"model_type":"`+model+`","problem_type":"regression"}`)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := config.forTask(task, []string{"O", "B-X"})
			if err != nil {
				t.Fatal(err)
			}
			saved, err := configOf(t, string(raw))
			if err != nil {
				t.Fatal(err)
			}
			if saved.Task() != task || !reflect.DeepEqual(saved.Architectures, []string{prefix + class}) {
				t.Errorf("%s for %s: saved as %v, read as %s", model, task, saved.Architectures, saved.Task())
			}
			if (saved.ProblemType == singleLabel) != (task == Classification) || (saved.ProblemType == "") != (task == Tagging) {
				t.Errorf("%s for %s: problem_type is %q", model, task, saved.ProblemType)
			}
			if classes, err := saved.Classes(); err != nil || !reflect.DeepEqual(classes, []string{"O", "B-X"}) {
				t.Errorf("%s for %s: %q, %v", model, task, classes, err)
			}
			if _, err := config.forTask("guessing", nil); err == nil {
				t.Error("there is a task \"guessing\"")
			}
		}
	}
	for fields, want := range map[string]Task{
		`}`: Classification, `,"architectures":null}`: Classification, `,"architectures":["BertModel"]}`: Classification,
		`,"architectures":["BertForTokenClassification"],"problem_type":"regression"}`: Tagging, // Python doesn't look at the latter
	} {
		config, err := configOf(t, minimalConfig+fields)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Classes(); err != nil || config.Task() != want {
			t.Errorf("%s: %s, %v", fields, config.Task(), err)
		}
	}
}

func TestMaxTokens(t *testing.T) {
	for _, test := range []struct {
		config, tokenizer string
		want              int
	}{
		{minimalConfig + `,"max_position_embeddings":64}`, `{"model_max_length":32}`, 32},
		{minimalConfig + `,"max_position_embeddings":64}`, `{"model_max_length":128}`, 64},
		{minimalConfig + `,"max_position_embeddings":64}`, `{"model_max_length":1000000000000000019884624838656}`, 64},
		{minimalConfig + `,"max_position_embeddings":1024}`, ``, 1024},
		{minimalXLNet + `}`, ``, 4096},
		{minimalXLNet + `}`, `{"model_max_length":1000000000000000019884624838656}`, 4096},
		{minimalXLNet + `}`, `{"model_max_length":2048}`, 2048},
		{minimalXLNet + `}`, `{"model_max_length":null}`, 4096},
	} {
		config, err := configOf(t, test.config)
		if err != nil {
			t.Fatal(err)
		}
		f := &Folder{Dir: t.TempDir(), Config: config}
		if test.tokenizer != "" {
			if err := os.WriteFile(filepath.Join(f.Dir, tokenizerConfigFile), []byte(test.tokenizer), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.MaxTokens(); got != test.want {
			t.Errorf("%s with %q: %d, want %d", test.config, test.tokenizer, got, test.want)
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
