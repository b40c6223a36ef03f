package setup

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
)

//go:embed pins/versions.json
var versionsJSON string

//go:embed pins/requirements.txt
var requirements string

//go:embed pins/tokenizers.Cargo.lock
var cargoLock string

// pins is pins/versions.json: everything that is downloaded, by version and checksum. Maps are keyed by GOOS/GOARCH.
type pins struct {
	Note       []string `json:"note"`
	Tokenizers struct {
		Releases map[string]asset `json:"releases"`
		Module   module           `json:"module"`
	} `json:"tokenizers"`
	Plugin struct {
		Releases map[string]asset `json:"releases"`
		Wheels   map[string]wheel `json:"wheels"`
		Files    map[string]file  `json:"files"` // what is in the wheel
	} `json:"plugin"`
	Tools   []tool  `json:"tools"`
	Weights weights `json:"weights"`
}

// An asset is a file at an address.
type asset struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"` // empty: nobody verified it yet
}

// A module is a Go module.
type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"` // as in go.sum
}

func (m module) String() string { return m.Path + "@" + m.Version }

// A tool is a program in a Go module.
type tool struct {
	Name    string `json:"name"`
	Package string `json:"package"` // relative to the module, as `go build` takes it
	Module  module `json:"module"`
}

// A wheel is a Python package used as a container of files.
type wheel struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	File    string `json:"file"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Folder  string `json:"folder"` // where in the wheel the files are
}

func (w wheel) String() string { return w.Name + " " + w.Version }

// A file is known by content.
type file struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// weights is a model on the Hugging Face hub, and a wheel that holds the same files.
type weights struct {
	ID       string `json:"id"`
	Revision string `json:"revision"`
	License  string `json:"license"`
	Files    []file `json:"files"`
	Wheel    wheel  `json:"wheel"`
}

func readPins() (pins, error) {
	var p pins
	dec := json.NewDecoder(strings.NewReader(versionsJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return pins{}, fmt.Errorf("setup: pins/versions.json can't be read: %w", err)
	}
	return p, nil
}

// platform is this machine's key in the maps of pins.
const platform = runtime.GOOS + "/" + runtime.GOARCH
