// Package hubtest is a local server that answers as the Hugging Face hub does, for tests of downloads: the real one is
// out of their reach.
package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A Repo is one repository on the hub.
type Repo struct {
	Dataset bool   // else a model
	ID      string // such as "fancyzhx/ag_news"
	Files   map[string][]byte
	Claims  map[string]string // the hash the hub gives of a file, where it isn't the file's own
	Token   string            // who asks must have it; empty lets everybody in
}

// A Hub is a running server, and one of another host that large files come from, as they do from the real one's storage.
type Hub struct {
	server   *httptest.Server
	storage  *httptest.Server
	requests atomic.Int64
}

// Requests is how many requests it has answered so far.
func (h *Hub) Requests() int { return int(h.requests.Load()) }

// Close makes the hub unreachable.
func (h *Hub) Close() {
	h.server.Close()
	h.storage.Close()
}

// Serve starts a hub with these repositories, and none besides. Until the test ends, HF_ENDPOINT names it and ALNB_HOME
// is an empty folder.
func Serve(t *testing.T, repos ...Repo) *Hub {
	t.Helper()
	mux, stored := http.NewServeMux(), http.NewServeMux()
	h := &Hub{storage: httptest.NewServer(stored)}
	for n, repo := range repos {
		kind, files := "models/", "/"+repo.ID+"/resolve/"
		if repo.Dataset {
			kind, files = "datasets/", "/datasets/"+repo.ID+"/resolve/"
		}
		shelf := fmt.Sprintf("/%d/", n)
		mux.HandleFunc("/api/"+kind+repo.ID+"/", repo.guarded(repo.info))
		mux.HandleFunc(files, repo.guarded(func(w http.ResponseWriter, r *http.Request) {
			_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, files), "/") // after the revision
			if _, ok := repo.Files[name]; ok && large(name) {
				http.Redirect(w, r, h.storage.URL+shelf+name, http.StatusFound)
				return
			}
			repo.file(w, r, name)
		}))
		stored.HandleFunc(shelf, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				http.Error(w, "the token of the hub came along", http.StatusBadRequest)
				return
			}
			repo.file(w, r, strings.TrimPrefix(r.URL.Path, shelf))
		})
	}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	t.Setenv("HF_ENDPOINT", h.server.URL)
	t.Setenv("HF_TOKEN", "")
	t.Setenv("ALNB_HOME", t.TempDir())
	return h
}

const commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// guarded lets only those in who have the token. To others a repository that is private looks like one that isn't there.
func (repo Repo) guarded(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if repo.Token != "" && r.Header.Get("Authorization") != "Bearer "+repo.Token {
			http.Error(w, "Invalid username or password.", http.StatusUnauthorized)
			return
		}
		serve(w, r)
	}
}

// info is the repository's description: its commit and its files.
func (repo Repo) info(w http.ResponseWriter, _ *http.Request) {
	type object map[string]any
	siblings := []object{}
	for name, content := range repo.Files {
		sibling := object{"rfilename": name, "size": len(content), "blobId": repo.hash(name)}
		if large(name) {
			sibling["blobId"] = strings.Repeat("b", 40) // that of a pointer file
			sibling["lfs"] = object{"sha256": repo.hash(name), "size": len(content), "pointerSize": 130}
		}
		siblings = append(siblings, sibling)
	}
	json.NewEncoder(w).Encode(object{"id": repo.ID, "sha": commit, "siblings": siblings})
}

func (repo Repo) file(w http.ResponseWriter, r *http.Request, name string) {
	content, ok := repo.Files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	tag := fmt.Sprintf("%q", repo.hash(name))
	for key, value := range map[string]string{
		"X-Repo-Commit": commit, "X-Linked-Size": fmt.Sprint(len(content)), "X-Linked-Etag": tag, "ETag": tag,
	} {
		w.Header().Set(key, value)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// large tells whether the hub keeps a file in its large file storage: then it gives its SHA-256, else its Git object
// ID.
func large(name string) bool {
	return strings.HasSuffix(name, ".safetensors") || strings.HasSuffix(name, ".parquet")
}

func (repo Repo) hash(name string) string {
	content := repo.Files[name]
	if claimed, ok := repo.Claims[name]; ok {
		return claimed
	}
	if large(name) {
		return fmt.Sprintf("%x", sha256.Sum256(content))
	}
	return fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...)))
}
