package bucket

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/alnb/alnb/alnb/store"
)

// Objects yields the names of all objects, in order, also of what wasn't published: the shards of a pool that others made.
func (b *Bucket) Objects(ctx context.Context) iter.Seq2[string, error] { return b.names(ctx, "") }

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
