package setup

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestPinsAreWhole(t *testing.T) {
	p, err := readPins()
	if err != nil {
		t.Fatal(err)
	}
	sha := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, releases := range []map[string]asset{p.Tokenizers.Releases, p.Plugin.Releases} {
		for where, a := range releases {
			u, err := url.Parse(a.URL)
			if err != nil || u.Scheme != "https" || u.Host != "github.com" {
				t.Errorf("%s: the address %q", where, a.URL)
			}
			if a.SHA256 != "" && !sha.MatchString(a.SHA256) {
				t.Errorf("%s: the SHA-256 %q of %s", where, a.SHA256, a.URL)
			}
		}
	}
	modules := []module{p.Tokenizers.Module}
	for _, tool := range p.Tools {
		modules = append(modules, tool.Module)
	}
	if len(modules) != 4 {
		t.Errorf("%d Go modules are pinned", len(modules))
	}
	for _, m := range modules {
		if !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(m.Version) || !strings.HasPrefix(m.Sum, "h1:") || len(m.Sum) != 47 {
			t.Errorf("the Go module %s with sum %q", m, m.Sum)
		}
	}
	files := append([]file{p.Plugin.Files["linux/amd64"]}, p.Weights.Files...)
	for _, w := range []wheel{p.Plugin.Wheels["linux/amd64"], p.Weights.Wheel} {
		files = append(files, file{Name: w.File, Size: w.Size, SHA256: w.SHA256})
		if !strings.HasPrefix(w.File, strings.ReplaceAll(w.Name, "-", "_")+"-"+w.Version+"-") {
			t.Errorf("the wheel %s is called %s", w, w.File)
		}
	}
	for _, f := range files {
		if f.Name == "" || f.Name != filepath.Base(f.Name) || f.Size <= 0 || !sha.MatchString(f.SHA256) {
			t.Errorf("the file %+v", f)
		}
	}
}

func TestEveryPythonPackageIsPinned(t *testing.T) {
	text := strings.ReplaceAll(requirements, "\\\n", " ")
	pinned := regexp.MustCompile(`^[a-z0-9.-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}$`)
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !pinned.MatchString(line) {
			t.Errorf("not pinned: %.100s", line)
		}
		name, _, _ := strings.Cut(line, "==")
		names[name] = true
	}
	for _, name := range []string{"jupyterlab", "nbclient", "nbconvert"} {
		if !names[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
}

func TestEveryCrateIsPinned(t *testing.T) {
	if strings.Contains(cargoLock, "git+") {
		t.Error("a crate comes from git")
	}
	sources, sums := strings.Count(cargoLock, "\nsource = "), strings.Count(cargoLock, "\nchecksum = ")
	if sources == 0 || sources != sums {
		t.Errorf("%d crates from elsewhere, %d checksums", sources, sums)
	}
}
