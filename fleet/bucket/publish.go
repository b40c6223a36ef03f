package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/alnb/alnb/alnb/store"
)

// A manifest says what is published under a name. It is written last, and once: with it, all is there.
type manifest struct {
	Files  map[string]entry `json:"files"`
	SHA256 string           `json:"sha256"` // of Files as JSON
}

// An entry is one file. Its object's name holds the beginning of its checksum, so that two workers who do the same unit, each with
// times of its own, don't mix their files.
type entry struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const manifestFile = "manifest.json"

func (e entry) object(name, file string) string { return name + "/" + e.SHA256[:16] + "-" + file }

// Publish publishes the files of a folder, and those that links in it name, without those in folders of it, under a name. won is false
// where something was published under the name before, which then stays.
func (b *Bucket) Publish(ctx context.Context, name string, files fs.FS) (won bool, err error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	if has, err := b.Has(ctx, name); has || err != nil {
		return false, err
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return false, fmt.Errorf("bucket: publish %s: %w", name, err)
	}
	m := manifest{Files: make(map[string]entry)}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := fs.Stat(files, e.Name()); err != nil {
			return false, fmt.Errorf("bucket: publish %s: %w", name, err)
		} else if !info.Mode().IsRegular() {
			continue
		}
		if m.Files[e.Name()], err = b.upload(ctx, name, files, e.Name()); err != nil {
			return false, err
		}
	}
	if len(m.Files) == 0 {
		return false, fmt.Errorf("bucket: publish %s: there are no files", name)
	}
	if m.SHA256, err = m.sum(); err != nil {
		return false, err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return false, err
	}
	return b.write(ctx, name+"/"+manifestFile, bytes.NewReader(append(raw, '\n')))
}

// upload reads the file twice: its checksum is part of its object's name.
func (b *Bucket) upload(ctx context.Context, name string, files fs.FS, file string) (entry, error) {
	if err := checkName(name + "/" + file); err != nil {
		return entry{}, err
	}
	var e entry
	for _, into := range []func(io.Reader) error{
		func(r io.Reader) (err error) {
			hash := sha256.New()
			e.Size, err = io.Copy(hash, r)
			e.SHA256 = hex.EncodeToString(hash.Sum(nil))
			return err
		},
		func(r io.Reader) error {
			_, err := b.write(ctx, e.object(name, file), r)
			return err
		},
	} {
		f, err := files.Open(file)
		if err != nil {
			return e, fmt.Errorf("bucket: publish %s: %w", name, err)
		}
		err = into(f)
		f.Close()
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// write writes an object once; won is false where there was one of the name.
func (b *Bucket) write(ctx context.Context, name string, content io.Reader) (won bool, err error) {
	if b.dir != "" {
		if won, err = writeFile(b.dir, name, content); err != nil {
			err = b.explain("write", name, err)
		}
		return won, err
	}
	err = b.blobs.Upload(ctx, name, content, &blob.WriterOptions{IfNotExist: true, ContentType: "application/octet-stream"})
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return false, nil
	}
	if err != nil {
		return false, b.explain("write", name, err)
	}
	return true, nil
}

// Has tells whether something is published under the name.
func (b *Bucket) Has(ctx context.Context, name string) (bool, error) {
	has, err := b.blobs.Exists(ctx, name+"/"+manifestFile)
	if err != nil {
		return false, b.explain("look for", name, err)
	}
	return has, nil
}

// Published yields the names below a prefix, which ends where a part of a name does, under which something is published.
func (b *Bucket) Published(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for object, err := range b.objects(ctx, strings.TrimSuffix(prefix, "/")+"/") {
			name, ok := strings.CutSuffix(object.Name, "/"+manifestFile)
			if ok && err == nil {
				err = checkName(name)
			}
			if (ok || err != nil) && !yield(name, err) || err != nil {
				return
			}
		}
	}
}

// Fetch makes a folder of what is published under the name, unless the folder is there. Checksums are verified; the folder appears
// whole or not at all.
func (b *Bucket) Fetch(ctx context.Context, name, dir string) error {
	m, err := b.manifest(ctx, name)
	if err != nil {
		return err
	}
	return store.WriteDir(dir, func(tmp string) error {
		for _, file := range slices.Sorted(maps.Keys(m.Files)) {
			err := store.WriteStream(filepath.Join(tmp, file), func(w io.Writer) error { return b.download(ctx, name, file, m.Files[file], w) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Read returns one small file of what is published under the name.
func (b *Bucket) Read(ctx context.Context, name, file string) ([]byte, error) {
	m, err := b.manifest(ctx, name)
	if err != nil {
		return nil, err
	}
	e, ok := m.Files[file]
	if !ok {
		return nil, fmt.Errorf("bucket: %s in %s has no %s", name, b.where, file)
	}
	var content bytes.Buffer
	err = b.download(ctx, name, file, e, &content)
	return content.Bytes(), err
}

func (b *Bucket) download(ctx context.Context, name, file string, e entry, into io.Writer) error {
	object := e.object(name, file)
	r, err := b.blobs.NewReader(ctx, object, nil)
	if err != nil {
		return b.explain("read", object, err)
	}
	defer r.Close()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(into, hash), r)
	if err != nil {
		return b.explain("read", object, err)
	}
	if size != e.Size || hex.EncodeToString(hash.Sum(nil)) != e.SHA256 {
		return fmt.Errorf("bucket: %s in %s isn't what was written there: its checksum is another (%d bytes, %d were written); remove "+
			"all below %s, and submit again what made it", object, b.where, size, e.Size, name)
	}
	return nil
}

func (b *Bucket) manifest(ctx context.Context, name string) (manifest, error) {
	var m manifest
	if err := checkName(name); err != nil {
		return m, err
	}
	raw, err := b.blobs.ReadAll(ctx, name+"/"+manifestFile)
	if err != nil {
		return m, b.explain("read", name, err)
	}
	err = json.Unmarshal(raw, &m)
	if err == nil {
		var sum string
		if sum, err = m.sum(); err == nil && sum != m.SHA256 {
			err = errors.New("its checksum is another")
		}
	}
	for file, e := range m.Files {
		if err == nil && (checkName(file) != nil || strings.Contains(file, "/") || len(e.SHA256) != sha256.Size*2) {
			err = fmt.Errorf("it names a file %q", file)
		}
	}
	if err != nil {
		return m, fmt.Errorf("bucket: %s/%s in %s isn't what was written there: %w; remove all below %s, and submit again what made it", name,
			manifestFile, b.where, err, name)
	}
	return m, nil
}

func (m manifest) sum() (string, error) {
	raw, err := json.Marshal(m.Files)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), err
}
