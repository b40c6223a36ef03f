// Package hubtest is a local server that answers as the Hugging Face hub does, for tests of downloads: the real one is
// out of their reach.
package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A Repo is one repository on the hub.
type Repo struct {
	Dataset bool   // else a model
	ID      string // such as "fancyzhx/ag_news"
	Files   map[string][]byte
	SHA256  map[string]string // what the hub says of a file, where it isn't the file's own
}

// Serve starts a hub with these repositories, and none besides. Until the test ends, HF_ENDPOINT names it and ALNB_HOME
// is an empty folder. requests tells how many files it has sent.
func Serve(t *testing.T, repos ...Repo) (requests func() int) {
	t.Helper()
	sent := 0
	mux := http.NewServeMux()
	for _, repo := range repos {
		kind, files := "models/", "/"+repo.ID+"/resolve/"
		if repo.Dataset {
			kind, files = "datasets/", "/datasets/"+repo.ID+"/resolve/"
		}
		mux.HandleFunc("/api/"+kind+repo.ID+"/", repo.info)
		mux.HandleFunc(files, func(w http.ResponseWriter, r *http.Request) {
			_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, files), "/") // after the revision
			if r.Method == http.MethodGet {
				sent++
			}
			repo.file(w, r, name)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_TOKEN", "")
	t.Setenv("ALNB_HOME", t.TempDir())
	return func() int { return sent }
}

const commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// info is the repository's description: its commit and its files.
func (repo Repo) info(w http.ResponseWriter, _ *http.Request) {
	type object map[string]any
	siblings := []object{}
	for name, content := range repo.Files {
		siblings = append(siblings, object{
			"rfilename": name, "size": len(content), "blobId": "x",
			"lfs": object{"sha256": repo.sum(name), "size": len(content), "pointerSize": 130},
		})
	}
	json.NewEncoder(w).Encode(object{"id": repo.ID, "sha": commit, "siblings": siblings})
}

func (repo Repo) file(w http.ResponseWriter, r *http.Request, name string) {
	content, ok := repo.Files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	tag := fmt.Sprintf("%q", repo.sum(name))
	for key, value := range map[string]string{
		"X-Repo-Commit": commit, "X-Linked-Size": fmt.Sprint(len(content)), "X-Linked-Etag": tag, "ETag": tag,
	} {
		w.Header().Set(key, value)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (repo Repo) sum(name string) string {
	if said, ok := repo.SHA256[name]; ok {
		return said
	}
	return fmt.Sprintf("%x", sha256.Sum256(repo.Files[name]))
}
