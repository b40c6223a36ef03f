package pretrained

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-huggingface/hub"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/store"
)

// DownloadDataset returns where the files of a data set on the hub are, in the order given, and their commit. They are
// downloaded once, as [Find] does with models.
func DownloadDataset(ctx context.Context, name string, files ...string) (paths []string, commit string, err error) {
	folder, err := home.Dir()
	if err != nil {
		return nil, "", err
	}
	cache := filepath.Join(folder, home.Hub)
	got, err := fetch(ctx, cache, hub.New(name).WithType(hub.RepoTypeDataset), strings.Join(files, " "),
		func(file string) bool { return slices.Contains(files, file) })
	if err != nil {
		return nil, "", fmt.Errorf("pretrained: data set %s: %w", name, err)
	}
	for _, file := range files {
		f, ok := got.Files[file]
		if !ok {
			return nil, "", fmt.Errorf("pretrained: data set %s has no file %s", name, file)
		}
		paths = append(paths, filepath.Join(cache, f.Path))
	}
	return paths, got.Commit, nil
}

// A receipt says that all wanted files of a repository are here, whole and checked: then the hub isn't asked again. So
// a run that goes on needs no network, and has the weights it had.
type receipt struct {
	Commit string              `json:"commit"`
	Files  map[string]received `json:"files"` // by their names in the repository
}

type received struct {
	Path string `json:"path"` // below the cache
	Size int64  `json:"size"`
}

// fetch downloads the wanted files of a repository into the cache, unless the receipt for what says that they are
// there.
func fetch(ctx context.Context, cache string, repo *hub.Repo, what string, wanted func(file string) bool) (receipt, error) {
	dir, err := repo.WithCacheDir(cache).CacheDir()
	if err != nil {
		return receipt{}, err
	}
	sum := sha256.Sum256([]byte(what))
	path := filepath.Join(dir, "receipt-"+hex.EncodeToString(sum[:4])+".json")
	if r, ok := readReceipt(path, cache); ok {
		return r, nil
	}
	type result struct {
		receipt receipt
		err     error
	}
	done := make(chan result, 1)
	go func() { // the library asks for the list of files without a context
		r, err := downloadAll(ctx, cache, repo, wanted)
		done <- result{r, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
		return receipt{}, ctx.Err()
	}
	if r.err != nil {
		return receipt{}, r.err
	}
	raw, err := json.MarshalIndent(r.receipt, "", "  ")
	if err != nil {
		return receipt{}, err
	}
	return r.receipt, store.WriteFile(path, raw)
}

// readReceipt returns a receipt whose files are still there.
func readReceipt(path, cache string) (receipt, bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return receipt{}, false
	}
	var r receipt
	if err := json.Unmarshal(raw, &r); err != nil {
		return receipt{}, false
	}
	for _, f := range r.Files {
		info, err := os.Stat(filepath.Join(cache, f.Path))
		if err != nil || info.Size() != f.Size || !filepath.IsLocal(f.Path) {
			return receipt{}, false
		}
	}
	return r, len(r.Files) > 0
}

func downloadAll(ctx context.Context, cache string, repo *hub.Repo, wanted func(file string) bool) (receipt, error) {
	repo = repo.WithProgressBar(false)
	if token := os.Getenv("HF_TOKEN"); token != "" {
		repo = repo.WithAuth(token)
	}
	if err := repo.DownloadInfo(true); err != nil {
		return receipt{}, err
	}
	r := receipt{Commit: repo.Info().CommitHash, Files: make(map[string]received)}
	for file, err := range repo.IterFileInfos() {
		if err != nil {
			return receipt{}, err
		}
		if !wanted(file.Name) {
			continue
		}
		path, err := repo.DownloadFileCtx(ctx, file.Name)
		if err != nil {
			return receipt{}, fmt.Errorf("%s: %w", file.Name, err)
		}
		size, err := verify(path, file)
		if err != nil {
			return receipt{}, err
		}
		below, err := filepath.Rel(cache, path)
		if err != nil {
			return receipt{}, err
		}
		r.Files[file.Name] = received{Path: below, Size: size}
	}
	return r, nil
}

// verify holds a file against what the hub says of it: its SHA-256 where it is a large file, else its Git object ID.
// One that differs is removed.
func verify(path string, file *hub.FileInfo) (size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	var h hash.Hash
	var name, want string
	switch {
	case file.LFS != nil && file.LFS.SHA256 != "":
		h, name, want = sha256.New(), "SHA-256", file.LFS.SHA256
	case file.BlobID != "":
		h, name, want = sha1.New(), "Git object ID", file.BlobID
		fmt.Fprintf(h, "blob %d\x00", info.Size())
	default:
		return 0, fmt.Errorf("the hub gives no checksum for %s, so it isn't used", file.Name)
	}
	if _, err := io.Copy(h, f); err != nil {
		return 0, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		if blob, err := filepath.EvalSymlinks(path); err == nil {
			os.Remove(blob) // the cache links snapshots to blobs; both go
		}
		os.Remove(path)
		return 0, fmt.Errorf("%s has the %s %s, the hub names %s; it was removed, try again", path, name, got, want)
	}
	return info.Size(), nil
}
