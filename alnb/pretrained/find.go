package pretrained

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/go-huggingface/hub"

	"github.com/alnb/alnb/alnb/home"
)

// The files of a model's folder.
const (
	configFile    = "config.json"
	weightsFile   = "model.safetensors"
	tokenizerFile = "tokenizer.json"
)

// companions are carried along when a fine-tuned model is saved; Python needs them for its tokenizer.
var companions = [...]string{tokenizerFile, "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"}

// Find returns the folder of a pretrained model: name itself where it is a folder, else $ALNB_HOME/models/name, else
// the files of that repository on the hub (HF_ENDPOINT, else https://huggingface.co; HF_TOKEN where it is set),
// downloaded once into $ALNB_HOME/hub and checked against the hub's SHA-256. The second result says which it was.
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
	if dir := filepath.Join(folder, "models", filepath.FromSlash(name)); isModel(dir) {
		return dir, dir, nil
	}
	dir, err = download(ctx, name, filepath.Join(folder, "hub"))
	if err != nil {
		return "", "", fmt.Errorf("pretrained: the model %q is neither a folder here nor in %s, and can't be had from "+
			"the hub: %w; check the name and the connection, or put the folder there", name, filepath.Join(folder, "models"), err)
	}
	return dir, "the hub", nil
}

func isModel(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, configFile))
	return err == nil && info.Mode().IsRegular()
}

// download fetches a repository's model files and returns the folder they are in.
func download(ctx context.Context, name, cache string) (string, error) {
	paths, err := fetch(ctx, hub.New(name).WithCacheDir(cache), wanted)
	if err != nil {
		return "", err
	}
	config, ok := paths[configFile]
	dir := filepath.Dir(config)
	if !ok || !isModel(dir) {
		return "", fmt.Errorf("the repository has no %s", configFile)
	}
	if _, err := os.Stat(filepath.Join(dir, weightsFile)); err != nil {
		return "", fmt.Errorf("the repository has no %s (weights in other formats are not read)", weightsFile)
	}
	return dir, nil
}

// DownloadDataset returns the path of one file of a data set on the hub, downloaded once as [Find] does with models.
func DownloadDataset(ctx context.Context, name, file string) (string, error) {
	folder, err := home.Dir()
	if err != nil {
		return "", err
	}
	repo := hub.New(name).WithType(hub.RepoTypeDataset).WithCacheDir(filepath.Join(folder, "hub"))
	paths, err := fetch(ctx, repo, func(name string) bool { return name == file })
	if err != nil {
		return "", fmt.Errorf("pretrained: data set %s: %w", name, err)
	}
	path, ok := paths[file]
	if !ok {
		return "", fmt.Errorf("pretrained: data set %s has no file %s", name, file)
	}
	return path, nil
}

// fetch downloads the wanted files of a repository and returns their paths here, by name.
func fetch(ctx context.Context, repo *hub.Repo, wanted func(file string) bool) (map[string]string, error) {
	repo = repo.WithProgressBar(false)
	if token := os.Getenv("HF_TOKEN"); token != "" {
		repo = repo.WithAuth(token)
	}
	if err := repo.DownloadInfo(false); err != nil {
		return nil, err
	}
	paths := make(map[string]string)
	for file, err := range repo.IterFileInfos() {
		if err != nil {
			return nil, err
		}
		if !wanted(file.Name) {
			continue
		}
		path, err := repo.DownloadFileCtx(ctx, file.Name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
		if file.LFS != nil && file.LFS.SHA256 != "" {
			if err := verify(path, file.LFS.SHA256); err != nil {
				return nil, err
			}
		}
		paths[file.Name] = path
	}
	return paths, nil
}

func wanted(file string) bool {
	if file == configFile || file == weightsFile {
		return true
	}
	for _, c := range companions {
		if file == c {
			return true
		}
	}
	return false
}

// verify compares a file's SHA-256 with the one it should have; a file that differs is removed.
func verify(path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		if blob, err := filepath.EvalSymlinks(path); err == nil {
			os.Remove(blob) // the cache links snapshots to blobs; both go
		}
		os.Remove(path)
		return fmt.Errorf("%s has the SHA-256 %s, the hub names %s; it was removed, try again", path, got, want)
	}
	return nil
}
