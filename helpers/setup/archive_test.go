package setup

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func tarball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	w := tar.NewWriter(gz)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// zipFile writes a zip file; names that end in @ are symbolic links.
func zipFile(t *testing.T, files map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, content := range files {
		h := &zip.FileHeader{Name: strings.TrimSuffix(name, "@")}
		if h.Name != name {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.whl")
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnzipTakesOneFileAndNothingElse(t *testing.T) {
	archive := zipFile(t, map[string]string{
		"model/config.json": "{}", "../../evil": "!", "/etc/evil": "!", "model/link@": "/etc/passwd",
	})
	for _, c := range []struct {
		name string
		want file
		says string
	}{
		{"model/config.json", file{Size: 2, SHA256: digest("{}")}, ""},
		{"model/config.json", file{Size: 2, SHA256: digest("[]")}, "refused"},
		{"model/config.json", file{Size: 1, SHA256: digest("{}")}, "refused"},
		{"model/link", file{}, "not a plain file"},
		{"model/none", file{}, "holds no model/none"},
	} {
		outer := t.TempDir()
		dir := filepath.Join(outer, "a", "b")
		err := unzip(archive, c.name, c.want, filepath.Join(dir, "out"))
		if c.says == "" {
			if got, _ := os.ReadFile(filepath.Join(dir, "out")); err != nil || string(got) != "{}" {
				t.Errorf("%s: error %v, content %q", c.name, err, got)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.says)
		}
		if size := folderSize(outer); size != 0 {
			t.Errorf("%s left %d bytes behind", c.name, size)
		}
	}
}

func TestUntarGoesWhereItIsTold(t *testing.T) {
	outer := t.TempDir()
	archive := filepath.Join(outer, "a.tar.gz")
	if err := os.WriteFile(archive, tarball(t, map[string]string{"../../pjrt_c_api_cpu_v9_plugin.so": "elf"}), 0o644); err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(outer, "a", "b", "plugin.so")
	if err := untar(archive, "pjrt_c_api_cpu*_plugin.so", dest); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(dest); string(got) != "elf" {
		t.Errorf("content %q", got)
	}
	if err := untar(archive, "other", dest+"2"); err == nil {
		t.Error("a member that isn't there was found")
	}
	if err := os.WriteFile(archive, []byte("no gzip"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := untar(archive, "other", dest+"2"); err == nil {
		t.Error("a broken archive was read")
	}
}
