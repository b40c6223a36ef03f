package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/gcerrors"

	"github.com/alnb/alnb/alnb/store"
)

// An Object is what is stored under a name.
type Object struct {
	Name     string
	Size     int64     // bytes
	Modified time.Time // when it was last written, in UTC
	Dangling bool      // in a folder: it is a link to what isn't there
}

// Objects yields all objects, in the order of their names, also of what wasn't published: the shards of a pool that others made. In a
// folder, links to files are objects, too, and those to folders are left out; a folder in it that can't be read is an error.
func (b *Bucket) Objects(ctx context.Context) iter.Seq2[Object, error] {
	if b.dir == "" {
		return b.objects(ctx, "")
	}
	return func(yield func(Object, error) bool) {
		// Such folders are left out by fileblob, which tells of links what isn't so of their files.
		err := filepath.WalkDir(b.dir, func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			yield(Object{}, b.explain("list", "", err))
			return
		}
		for object, err := range b.objects(ctx, "") {
			if err == nil {
				name := object.Name
				if object, err = b.Stat(ctx, name); errors.Is(err, fs.ErrNotExist) {
					path := filepath.Join(b.dir, filepath.FromSlash(name))
					if info, err := os.Stat(path); err == nil && info.IsDir() {
						continue
					}
					if _, there := os.Lstat(path); there == nil {
						object, err = Object{Name: name, Dangling: true}, nil
					}
				}
			}
			if !yield(object, err) || err != nil {
				return
			}
		}
	}
}

// Stat tells of an object.
func (b *Bucket) Stat(ctx context.Context, name string) (Object, error) {
	a, err := b.blobs.Attributes(ctx, name)
	if err != nil {
		return Object{}, b.explain("look at", name, err)
	}
	return Object{Name: name, Size: a.Size, Modified: a.ModTime.UTC()}, nil
}

// Content returns what is in a small object.
func (b *Bucket) Content(ctx context.Context, name string) ([]byte, error) {
	content, err := b.blobs.ReadAll(ctx, name)
	if err != nil {
		return nil, b.explain("read", name, err)
	}
	return content, nil
}

// Download writes an object into a file.
func (b *Bucket) Download(ctx context.Context, name, path string) error {
	r, err := b.blobs.NewReader(ctx, name, nil)
	if err != nil {
		return b.explain("read", name, err)
	}
	defer r.Close()
	return store.WriteStream(path, func(w io.Writer) error {
		if _, err := io.Copy(w, r); err != nil {
			return b.explain("read", name, err)
		}
		return nil
	})
}

// Once writes something small under a name, unless there is something, and returns what is there.
func (b *Bucket) Once(ctx context.Context, name string, content []byte) (stands []byte, err error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	for range 2 { // it is read first: not every service that calls itself S3 has writes that are refused
		stands, err = b.blobs.ReadAll(ctx, name)
		if gcerrors.Code(err) != gcerrors.NotFound {
			break
		}
		if _, err := b.write(ctx, name, bytes.NewReader(content)); err != nil {
			return nil, err
		}
	}
	if err != nil {
		err = b.explain("read", name, err)
	}
	return stands, err
}

// Upload writes a file under a name that others read it by, once; won is false where there was an object of the name, which stays.
func (b *Bucket) Upload(ctx context.Context, name, path string) (won bool, err error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("bucket: %w", err)
	}
	defer f.Close()
	return b.write(ctx, name, f)
}
