package pretrained

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/home"
)

// The files of a model's folder.
const (
	configFile    = "config.json"
	weightsFile   = "model.safetensors"
	tokenizerFile = "tokenizer.json"

	tokenizerConfigFile = "tokenizer_config.json"
)

// companions are carried along when a fine-tuned model is saved; Python needs them for its tokenizer.
var companions = [...]string{tokenizerFile, tokenizerConfigFile, "special_tokens_map.json", "vocab.txt", "spiece.model", "added_tokens.json"}

// Find returns the folder of a pretrained model: name itself where it is a folder, else $ALNB_HOME/models/name, else
// the files of that repository on the hub (HF_ENDPOINT, else https://huggingface.co; HF_TOKEN where it is set),
// downloaded once into $ALNB_HOME/hub and checked against the hub's hashes: from then on the hub isn't asked again, and
// the model stays at that commit. The second result says which it was.
func Find(ctx context.Context, name string) (dir, origin string, err error) {
	if isModel(name) {
		return name, "the folder " + name, nil
	}
	if filepath.IsAbs(name) || strings.HasPrefix(name, ".") || strings.Count(name, "/") > 1 || name == "" {
		return "", "", fmt.Errorf("pretrained: the model folder %q has no %s; give a folder in Hugging Face's form, "+
			"or a model's name on the hub such as distilbert-base-uncased", name, configFile)
	}
	folder, err := home.Dir()
	if err != nil {
		return "", "", err
	}
	if dir := filepath.Join(folder, home.Models, filepath.FromSlash(name)); isModel(dir) {
		return dir, dir, nil
	}
	dir, commit, err := downloadModel(ctx, name, filepath.Join(folder, home.Hub))
	if err != nil {
		return "", "", fmt.Errorf("pretrained: the model %q is neither a folder here nor in %s, and can't be had from "+
			"the hub: %w; check the name and the connection, or put the folder there", name, filepath.Join(folder, home.Models), err)
	}
	return dir, "the hub, commit " + commit, nil
}

func isModel(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, configFile))
	return err == nil && info.Mode().IsRegular()
}

// downloadModel fetches a repository's model files and returns the folder they are in.
func downloadModel(ctx context.Context, name, cache string) (dir, commit string, err error) {
	got, err := fetch(ctx, cache, repository{"models", name}, "model", wanted)
	if err != nil {
		return "", "", err
	}
	config, ok := got.Files[configFile]
	if !ok {
		return "", "", fmt.Errorf("the repository has no %s", configFile)
	}
	if _, ok := got.Files[weightsFile]; !ok {
		return "", "", fmt.Errorf("the repository has no %s; weights in other formats or in several files are not read (in Python, "+
			"AutoModel.from_pretrained(%q).save_pretrained(dir, max_shard_size=\"50GB\") writes one, and AutoTokenizer the tokenizer: "+
			"give that folder)", weightsFile, name)
	}
	return filepath.Join(cache, filepath.Dir(config.Path)), got.Commit, nil
}

func wanted(file string) bool {
	return file == configFile || file == weightsFile || slices.Contains(companions[:], file)
}
