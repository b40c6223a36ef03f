package bucket

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alnb/alnb/fleet/bucket/buckettest"
)

var stores = flag.String("stores", "", "URLs of buckets of real services, or of their makers' emulators, separated by spaces, to be tested, too; see docs/scale.md")

// alsoIn adds the buckets of -stores, below a prefix of the test's own.
func alsoIn(t *testing.T, addresses map[string]string) map[string]string {
	for _, address := range strings.Fields(*stores) {
		address, options, _ := strings.Cut(address, "?")
		addresses[address] = fmt.Sprintf("%s/%s-%d?%s", strings.TrimSuffix(address, "/"), t.Name(), time.Now().UnixNano(), options)
	}
	return addresses
}

// What a bucket promises holds in a folder as in a service.
func TestBuckets(t *testing.T) {
	service := buckettest.NewS3(t)
	for kind, address := range alsoIn(t, map[string]string{
		"folder": t.TempDir(), "file URL": "file://" + filepath.Join(t.TempDir(), "made"), "S3": service.URL("bucket/some/prefix"),
	}) {
		t.Run(kind, func(t *testing.T) {
			b, err := Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			content := fstest.MapFS{
				"labeled.json": {Data: []byte(`["a"]`)}, "big.bin": {Data: bytes.Repeat([]byte("0123456789abcdef"), 1<<17)},
				"empty": {}, ".lock": {}, "folder/other": {Data: []byte("x")},
			}
			const name = "experiments/3f/arms/00-lc/seed-1/round-00"
			if has, err := b.Has(t.Context(), name); has || err != nil {
				t.Fatal(has, err)
			}
			won, err := b.Publish(t.Context(), name, content)
			if err != nil || !won {
				t.Fatal(won, err)
			}
			content["labeled.json"] = &fstest.MapFile{Data: []byte(`["b"]`)}
			if won, err := b.Publish(t.Context(), name, content); won || err != nil {
				t.Error("published twice", won, err)
			}
			if _, err := b.Publish(t.Context(), "experiments/3f/config", fstest.MapFS{"config.json": {Data: []byte("{}")}}); err != nil {
				t.Error(err)
			}
			if _, err := b.Publish(t.Context(), "experiments/3f0/config", fstest.MapFS{"config.json": {Data: []byte("{}")}}); err != nil {
				t.Error(err)
			}
			var names []string
			for name, err := range b.Published(t.Context(), "experiments/3f") {
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
			if want := []string{name, "experiments/3f/config"}; !slices.Equal(names, want) {
				t.Errorf("%q is published, want %q", names, want)
			}
			dir := filepath.Join(t.TempDir(), "round-00")
			if err := b.Fetch(t.Context(), name, dir); err != nil {
				t.Fatal(err)
			}
			for file, want := range map[string]string{"labeled.json": `["a"]`, "empty": "", "big.bin": string(content["big.bin"].Data)} {
				if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
					t.Errorf("%s: %.20q, %v", file, got, err)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
				t.Error(entries, err)
			}
			if raw, err := b.Read(t.Context(), name, "labeled.json"); err != nil || string(raw) != `["a"]` {
				t.Errorf("%q, %v", raw, err)
			}
			if _, err := b.Read(t.Context(), "experiments/3f/nothing", "a"); !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			for _, bad := range []string{"../a", "a//b", "/a", "a/.tmp-1", "a b", ""} {
				if _, err := b.Publish(t.Context(), bad, content); err == nil {
					t.Errorf("published as %q", bad)
				}
			}
		})
	}
}

// Of many who publish the same name at once one wins, and all files are its own.
func TestPublishedOnce(t *testing.T) {
	service := buckettest.NewS3(t)
	for kind, address := range alsoIn(t, map[string]string{"folder": t.TempDir(), "S3": service.URL("bucket")}) {
		t.Run(kind, func(t *testing.T) {
			var winners atomic.Int32
			var all sync.WaitGroup
			for i := range 16 {
				all.Go(func() {
					b, err := Open(t.Context(), address)
					if err != nil {
						t.Error(err)
						return
					}
					defer b.Close()
					mine := []byte(fmt.Sprint(i))
					won, err := b.Publish(t.Context(), "unit", fstest.MapFS{"same": {Data: []byte("same")}, "timings": {Data: mine}, "who": {Data: mine}})
					if err != nil {
						t.Error(err)
					}
					if won {
						winners.Add(1)
					}
				})
			}
			all.Wait()
			if winners.Load() != 1 {
				t.Errorf("%d won", winners.Load())
			}
			b, err := Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			timings, err1 := b.Read(t.Context(), "unit", "timings")
			who, err2 := b.Read(t.Context(), "unit", "who")
			if err1 != nil || err2 != nil || !bytes.Equal(timings, who) {
				t.Errorf("files of two workers: %q and %q, %v, %v", timings, who, err1, err2)
			}
		})
	}
}

// What was changed in the bucket is found when it is read.
func TestChangedContentIsFound(t *testing.T) {
	for changed, change := range map[string]func(path string, content []byte) error{
		"another byte":   func(path string, content []byte) error { content[3] ^= 1; return os.WriteFile(path, content, 0o644) },
		"cut short":      func(path string, content []byte) error { return os.WriteFile(path, content[:len(content)-4], 0o644) },
		"gone":           func(path string, _ []byte) error { return os.Remove(path) },
		"something else": func(path string, _ []byte) error { return os.WriteFile(path, []byte(`{"files":{"../x":{}}}`), 0o644) },
	} {
		dir := t.TempDir()
		b, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if _, err := b.Publish(t.Context(), "unit", fstest.MapFS{"a.json": {Data: []byte("[1, 2, 3]")}}); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "unit", "*"))
		if err != nil || len(files) != 2 {
			t.Fatal(files, err)
		}
		for _, path := range files {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(path, slices.Clone(content)); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "out")
			if err := b.Fetch(t.Context(), "unit", out); err == nil || !strings.Contains(err.Error(), "bucket: ") {
				t.Errorf("%s, %s: %v", changed, filepath.Base(path), err)
			}
			if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %s: a folder was made of it", changed, filepath.Base(path))
			}
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestMistakesAreSentences(t *testing.T) {
	service := buckettest.NewS3(t)
	for address, want := range map[string]string{
		"":                             "the store's URL is empty",
		"ftp://host/x":                 `there is no service "ftp"; there are file, s3, gs and azblob`,
		service.URL("nowhere"):         "there is no store s3://nowhere: make the bucket, or mend the URL",
		service.URL("forbidden"):       "no permission; the credentials of this machine must allow to list, read and write there",
		"s3://key:secret@host:bad/%zz": "the store's URL can't be read",
		"s3://key:secret@host/x":       "has a user in it; credentials belong into the environment",
	} {
		_, err := Open(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), buckettest.SecretKey)) {
			t.Errorf("it tells secrets: %v", err)
		}
	}
	if file := filepath.Join(t.TempDir(), "file"); os.WriteFile(file, nil, 0o644) == nil {
		if _, err := Open(t.Context(), filepath.Join(file, "below")); err == nil || !strings.Contains(err.Error(), "make the store's folder") {
			t.Error(err)
		}
	}
	read, err := Open(t.Context(), service.URL("readonly"))
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if _, err := read.Publish(t.Context(), "unit", fstest.MapFS{"a": {}}); err == nil || !strings.Contains(err.Error(), "no permission") {
		t.Error(err)
	}
}

func TestFolder(t *testing.T) {
	for _, c := range []struct {
		address, want string
		ok            bool
		error         string
	}{
		{"a b/c%20d", "a b/c%20d", true, ""},
		{"file:///a/b", "/a/b", true, ""},
		{"file://localhost/a/b", "/a/b", true, ""},
		{"file:///a%20b/100%25", "/a b/100%", true, ""},
		{"s3://bucket/a", "", false, ""},
		{"", "", false, "the store's URL is empty"},
		{"file://a/b", "", false, "file://a/b names no folder of this machine, which is to be such as file:///path"},
		{"file://", "", false, "names no folder of this machine"},
		{"file:///100%", "", false, "file:///100% can't be read; in the path write %25 for a %"},
		{"file:///a?b", "", false, "write %25 for a %, %3F for a ?"},
		{"file:///a#b", "", false, "%23 for a #"},
	} {
		dir, ok, err := Folder(c.address)
		if dir != c.want || ok != c.ok || (err == nil) != (c.error == "") || err != nil && !strings.Contains(err.Error(), c.error) {
			t.Errorf("%q: %q, %v, %v", c.address, dir, ok, err)
		}
	}
}

// What is to be read isn't made.
func TestOpenExisting(t *testing.T) {
	dir := t.TempDir()
	file, none := filepath.Join(dir, "small.jsonl"), filepath.Join(dir, "nope", "deep")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{none: "there is no folder " + none, "file://" + none: "there is no folder " + none, "file://" + file: file + " is a file"} {
		if _, err := OpenExisting(t.Context(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := OpenExisting(t.Context(), none); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("it was made: %v, %v", entries, err)
	}
	b, err := OpenExisting(t.Context(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}

// What a service says may quote the URL it was asked by, with what signs it.
func TestErrorsTellNoOptions(t *testing.T) {
	for said, want := range map[string]string{
		`Get "https://a.blob.core.windows.net/c?sv=2024&sig=s3cret": dial tcp: no route`: `Get "https://a.blob.core.windows.net/c": dial tcp: no route`,
		`Get "https://u:s3cret@host/c": EOF`:                                             `Get "https://host/c": EOF`,
		"in s3://key:12/s3cret@bucket/pool, in s3://key:p@s3cret/x@bucket":               "in s3://bucket/pool, in s3://bucket",
		"in s3://key:12?s3cret@bucket/pool?region=x now":                                 "in s3://bucket/pool now",
		"in s3://bucket/pool?role=a@b":                                                   "in s3://bucket/pool",
		"s3://bucket/mail@2024/pool":                                                     "s3://bucket/mail@2024/pool",
		"nothing to hide?":                                                               "nothing to hide?",
	} {
		if got := clean(said); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	b := &Bucket{where: "azblob://c"}
	err := b.explain("read", "a", &url.Error{Op: "Get", URL: "https://h/c/a?sig=s3cret", Err: fs.ErrPermission})
	if err == nil || strings.Contains(err.Error(), "s3cret") || !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

// Standard output has what a command gives, such as an ID; that there are no credentials for Google's store is an error.
func TestNothingIsPrintedOfCredentials(t *testing.T) {
	t.Setenv("STORAGE_EMULATOR_HOST", "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	printed, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	defer printed.Close()
	stdout := os.Stdout
	os.Stdout = printed
	defer func() { os.Stdout = stdout }()
	if _, err := Open(t.Context(), "gs://bucket/alnb"); err == nil || !strings.Contains(err.Error(), "gs://bucket/alnb: no credentials; name their file") {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Open(ended, "gs://bucket/alnb?anonymous=true"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if said, err := os.ReadFile(printed.Name()); err != nil || len(said) > 0 {
		t.Errorf("%q, %v", said, err)
	}
}

// A model's folder may be one of links, as in Hugging Face's cache; and one with nothing in it is a mistake.
func TestLinksArePublished(t *testing.T) {
	b, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	blobs, snapshot := t.TempDir(), t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(blobs, "3f"), []byte("{}"), 0o644), os.Symlink(filepath.Join(blobs, "3f"), filepath.Join(snapshot, "config.json"))); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Publish(t.Context(), "models/3f", os.DirFS(snapshot)); err != nil {
		t.Fatal(err)
	}
	if raw, err := b.Read(t.Context(), "models/3f", "config.json"); err != nil || string(raw) != "{}" {
		t.Errorf("%q, %v", raw, err)
	}
	if _, err := b.Publish(t.Context(), "models/none", os.DirFS(t.TempDir())); err == nil || !strings.Contains(err.Error(), "there are no files") {
		t.Error(err)
	}
}

// A store is known by an ID of its own, whatever path or URL it is reached by.
func TestIdentity(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, address := range []string{dir, link, t.TempDir()} {
		b, err := Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		id, err := b.Identity(t.Context())
		if err != nil || len(id) != 8 {
			t.Fatal(id, err)
		}
		ids = append(ids, id)
	}
	if ids[0] != ids[1] || ids[0] == ids[2] {
		t.Error(ids)
	}
}

// What lists a bucket may name anything; none of it becomes a path outside.
func TestNamesThatAreListedAreChecked(t *testing.T) {
	service := buckettest.NewS3(t)
	b, err := Open(t.Context(), service.URL("bucket"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.blobs.WriteAll(t.Context(), "experiments/a/../../../etc/manifest.json", []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}
	found := false
	for name, err := range b.Published(t.Context(), "experiments/a") {
		if found = true; err == nil {
			t.Error("it yields", name)
		}
	}
	if !found {
		t.Error("it isn't told")
	}
	if err := b.Fetch(t.Context(), "experiments/a/../../../etc", t.TempDir()); err == nil || !strings.Contains(err.Error(), "is no name of an object") {
		t.Error(err)
	}
}

type half struct{}

func (half) Read(p []byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A write that ends early leaves nothing under the name, and nothing that is listed.
func TestInterruptedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if won, err := writeFile(dir, "a/b", io.MultiReader(strings.NewReader("some"), half{})); won || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(won, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", temporary+"killed"), []byte("some"), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for name, err := range b.objects(t.Context(), "") {
		t.Error("listed:", name, err)
	}
}
