package pretrained

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/download"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/store"
)

// repository is a model or a data set on the hub.
type repository struct {
	kind string // "models" or "datasets"
	name string // "owner/name", or for old models "name"
}

// hub is where repositories are, and who asks.
type hub struct {
	endpoint string // without a slash at its end
	token    string
	client   download.Client
}

// openHub reads HF_ENDPOINT and HF_TOKEN.
func openHub() hub {
	h := hub{endpoint: strings.TrimSuffix(os.Getenv("HF_ENDPOINT"), "/"), token: os.Getenv("HF_TOKEN")}
	if h.endpoint == "" {
		h.endpoint = "https://huggingface.co"
	}
	return h
}

// maxInfo is the largest description of a repository that is read, in bytes.
const maxInfo = 32 << 20

// info is a repository's description.
type info struct {
	Commit string        `json:"sha"`
	Files  []description `json:"siblings"`
}

// description is what the hub says of a file.
type description struct {
	Name   string `json:"rfilename"`
	Size   int64  `json:"size"`
	BlobID string `json:"blobId"` // its Git object ID; for large files that of a pointer to it
	LFS    *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"` // of large files
}

func (h hub) info(ctx context.Context, repo repository) (info, error) {
	raw, err := h.client.Get(ctx, fmt.Sprintf("%s/api/%s/%s/revision/main?blobs=true", h.endpoint, repo.kind, repo.name), h.token, maxInfo)
	if err != nil {
		return info{}, err
	}
	var i info
	if err := json.Unmarshal(raw, &i); err != nil {
		return info{}, fmt.Errorf("the hub's description of %s is not what was expected: %w", repo.name, err)
	}
	if len(i.Commit) != 40 || strings.Trim(i.Commit, "0123456789abcdef") != "" {
		return info{}, fmt.Errorf("the hub's description of %s names no commit", repo.name)
	}
	return i, nil
}

// file is how to download a file: checked by its SHA-256 where it is a large one, else by its Git object ID.
func (h hub) file(repo repository, commit string, d description) (download.File, error) {
	prefix := ""
	if repo.kind == "datasets" {
		prefix = "datasets/"
	}
	f := download.File{
		URL:   fmt.Sprintf("%s/%s%s/resolve/%s/%s", h.endpoint, prefix, repo.name, commit, (&url.URL{Path: d.Name}).EscapedPath()),
		Token: h.token, Size: d.Size,
	}
	switch {
	case d.LFS != nil && d.LFS.SHA256 != "":
		f.Sum, f.Size = d.LFS.SHA256, d.LFS.Size
		f.NewHash = func(int64) hash.Hash { return sha256.New() }
	case d.BlobID != "":
		f.Sum = d.BlobID
		f.NewHash = func(size int64) hash.Hash {
			h := sha1.New()
			fmt.Fprintf(h, "blob %d\x00", size)
			return h
		}
	default:
		return f, errors.New("the hub gives no checksum for it, so it isn't used")
	}
	return f, nil
}

// DownloadDataset returns where the files of a data set on the hub are, in the order given, and their commit. They are
// downloaded once, as [Find] does with models.
func DownloadDataset(ctx context.Context, name string, files ...string) (paths []string, commit string, err error) {
	folder, err := home.Dir()
	if err != nil {
		return nil, "", err
	}
	cache := filepath.Join(folder, home.Hub)
	got, err := fetch(ctx, cache, repository{"datasets", name}, strings.Join(files, " "),
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
func fetch(ctx context.Context, cache string, repo repository, what string, wanted func(file string) bool) (receipt, error) {
	dir := filepath.Join(cache, repo.kind+"--"+strings.ReplaceAll(repo.name, "/", "--"))
	sum := sha256.Sum256([]byte(what))
	path := filepath.Join(dir, "receipt-"+hex.EncodeToString(sum[:4])+".json")
	if r, ok := readReceipt(path, cache); ok {
		return r, nil
	}
	h := openHub()
	i, err := h.info(ctx, repo)
	if err != nil {
		return receipt{}, err
	}
	r := receipt{Commit: i.Commit, Files: make(map[string]received)}
	for _, d := range i.Files {
		if !wanted(d.Name) {
			continue
		}
		if !filepath.IsLocal(d.Name) {
			return receipt{}, fmt.Errorf("the hub names a file %q, which lies outside of the repository", d.Name)
		}
		f, err := h.file(repo, i.Commit, d)
		if err != nil {
			return receipt{}, fmt.Errorf("%s: %w", d.Name, err)
		}
		to := filepath.Join(dir, i.Commit, filepath.FromSlash(d.Name))
		if err := h.client.Fetch(ctx, f, to); err != nil {
			return receipt{}, err
		}
		below, err := filepath.Rel(cache, to)
		if err != nil {
			return receipt{}, err
		}
		r.Files[d.Name] = received{Path: below, Size: f.Size}
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return receipt{}, err
	}
	if len(r.Files) == 0 {
		return r, nil
	}
	return r, store.WriteFile(path, raw)
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
