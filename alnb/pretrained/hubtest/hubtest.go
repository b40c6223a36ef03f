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
}

// A Hub is a running server.
type Hub struct {
	server   *httptest.Server
	requests atomic.Int64
}

// Requests is how many requests it has answered so far.
func (h *Hub) Requests() int { return int(h.requests.Load()) }

// Close makes the hub unreachable.
func (h *Hub) Close() { h.server.Close() }

// Serve starts a hub with these repositories, and none besides. Until the test ends, HF_ENDPOINT names it and ALNB_HOME
// is an empty folder.
func Serve(t *testing.T, repos ...Repo) *Hub {
	t.Helper()
	mux := http.NewServeMux()
	for _, repo := range repos {
		kind, files := "models/", "/"+repo.ID+"/resolve/"
		if repo.Dataset {
			kind, files = "datasets/", "/datasets/"+repo.ID+"/resolve/"
		}
		mux.HandleFunc("/api/"+kind+repo.ID+"/", repo.info)
		mux.HandleFunc(files, func(w http.ResponseWriter, r *http.Request) {
			_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, files), "/") // after the revision
			repo.file(w, r, name)
		})
	}
	h := &Hub{}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	t.Setenv("HF_ENDPOINT", h.server.URL)
	t.Setenv("HF_TOKEN", "")
	t.Setenv("ALNB_HOME", t.TempDir())
	return h
}

const commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

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
