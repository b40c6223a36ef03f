// Package bucket keeps what units of work make where every machine reaches it: in a folder, in S3, Google Cloud Storage or Azure,
// through gocloud.dev/blob. What is published there is written once under its name, by whoever is first, and never changes: work
// that is done twice is the same as once.
package bucket

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/fileblob"    // file://
	_ "gocloud.dev/blob/s3blob"    // s3://
	"gocloud.dev/gcerrors"

	"github.com/alnb/alnb/fleet/internal/redact"
)

// A Bucket holds objects by names such as "experiments/3fa9/arms/00-lc/seed-1/round-00": letters, digits, dots, hyphens, underscores
// and slashes.
type Bucket struct {
	blobs *blob.Bucket
	dir   string // of a folder, else ""
	where string // for sentences: without what may be secret
}

// Open opens the bucket of a URL: file:///path or a folder's path, s3://bucket/prefix, gs://bucket/prefix or azblob://container/prefix.
// Options of the service follow as ?region=… and the like, credentials come from its usual environment. A folder is made where
// missing; that another bucket is there and may be read is checked.
func Open(ctx context.Context, address string) (*Bucket, error) {
	if dir, ok, err := Folder(address); err != nil {
		return nil, err
	} else if ok {
		return openFolder(dir)
	}
	scheme, _, _ := strings.Cut(address, "://")
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("bucket: the store's URL can't be read; it is to be such as s3://bucket/prefix?region=eu-central-1")
	}
	b := &Bucket{where: Plain(address)}
	if u.User != nil {
		return nil, fmt.Errorf("bucket: the URL of the store %s has a user in it; credentials belong into the environment, as the service's own "+
			"programs read them", b.where)
	}
	if !blob.DefaultURLMux().ValidBucketScheme(scheme) {
		return nil, fmt.Errorf("bucket: the store %s: there is no service %q; there are file, s3, gs and azblob", b.where, scheme)
	}
	if options := u.Query(); scheme == "s3" && !options.Has("response_checksum_validation") {
		// Checksums of our own are verified. Of objects that have none of S3's, such as most shards, its SDK else warns, a line each.
		options.Set("response_checksum_validation", "when_required")
		u.RawQuery = options.Encode()
	}
	prefix := strings.Trim(u.Path, "/")
	u.Path = ""
	open := blob.DefaultURLMux().OpenBucketURL
	if scheme == "gs" {
		open = openGoogle
	}
	if b.blobs, err = open(ctx, u); err != nil {
		return nil, b.explain("open", "", err)
	}
	if prefix != "" {
		b.blobs = blob.PrefixedBucket(b.blobs, prefix+"/")
	}
	for _, err := range b.objects(ctx, "") {
		if err != nil {
			b.blobs.Close()
			return nil, err
		}
		break
	}
	return b, nil
}

// OpenExisting opens a bucket to read what is there: a folder isn't made.
func OpenExisting(ctx context.Context, address string) (*Bucket, error) {
	dir, ok, err := Folder(address)
	if err != nil {
		return nil, err
	}
	if ok {
		switch info, err := os.Stat(dir); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, redact.Error(fmt.Sprintf("bucket: there is no folder %s; mend the path, or make it", dir), err)
		case err != nil:
			return nil, fmt.Errorf("bucket: %w", err)
		case !info.IsDir():
			return nil, fmt.Errorf("bucket: %s is a file, and is to be a folder; a single file is given by its path", dir)
		}
	}
	return Open(ctx, address)
}

// Folder is the path of the folder that a URL, or a path, names; ok is false where it is the URL of a service.
func Folder(address string) (dir string, ok bool, err error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case address == "":
		return "", false, errors.New("bucket: the store's URL is empty; give a folder, or a URL such as s3://bucket/prefix")
	case !isURL:
		return address, true, nil
	case scheme != "file":
		return "", false, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "":
		return "", false, fmt.Errorf("bucket: the URL %s can't be read; in the path write %%25 for a %%, %%3F for a ?, %%23 for a #", Plain(address))
	case u.Host != "" && u.Host != "localhost" || u.Path == "":
		return "", false, fmt.Errorf("bucket: the URL %s names no folder of this machine, which is to be such as file:///path", Plain(address))
	}
	return u.Path, true, nil
}

func openFolder(dir string) (*Bucket, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	real := dir // of a link: below one nothing is listed
	if err == nil {
		real, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("bucket: make the store's folder: %w", err)
	}
	// fileblob reads; what is written is written by link and fsync, see folder.go.
	blobs, err := fileblob.OpenBucket(real, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("bucket: open the store's folder %s: %w", dir, err)
	}
	return &Bucket{blobs: blobs, dir: real, where: dir}, nil
}

// Close ends the use of the bucket.
func (b *Bucket) Close() error { return b.blobs.Close() }

// String names the bucket, without what may be secret in its URL.
func (b *Bucket) String() string { return b.where }

// Plain is a bucket's URL, or a folder's path, without what may be secret in it: a user, and options.
func Plain(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	plain, options, _ := strings.Cut(rest, "?")
	if at := strings.LastIndex(options, "@"); at >= 0 && strings.Contains(plain, ":") && !strings.Contains(plain, "@") { // the ? was one of the password
		plain, _, _ = strings.Cut(options[at+1:], "?")
	}
	host, path, slash := strings.Cut(plain, "/")
	if at := strings.LastIndex(path, "@"); at >= 0 && strings.ContainsAny(host, ":@") { // the slash was one of the password
		host, path, slash = strings.Cut(path[at+1:], "/")
	}
	if at := strings.LastIndex(host, "@"); at >= 0 {
		host = host[at+1:]
	}
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host + path
}

var urls = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)

// clean takes users and options out of the URLs in what a service says.
func clean(said string) string { return urls.ReplaceAllStringFunc(said, Plain) }

// Identity is what tells this store from all others, whatever path or URL it is reached by: eight hexadecimal digits, which are drawn when
// it is first asked for.
func (b *Bucket) Identity(ctx context.Context) (string, error) {
	drawn := make([]byte, 4)
	rand.Read(drawn)
	id, err := b.Once(ctx, "store-id", []byte(hex.EncodeToString(drawn)))
	return string(id), err
}

var goodName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)

func checkName(name string) error {
	if !goodName.MatchString(name) {
		return fmt.Errorf("bucket: %q is no name of an object: it may have letters, digits, dots, hyphens, underscores and slashes, and no "+
			"part of it begins with a dot", name)
	}
	return nil
}

// objects yields all objects below a prefix, in the order of their names.
func (b *Bucket) objects(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		objects := b.blobs.List(&blob.ListOptions{Prefix: prefix})
		for {
			object, err := objects.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Object{}, b.explain("list", prefix, err))
				return
			}
			if strings.Contains(object.Key, "/"+temporary) || strings.HasPrefix(object.Key, temporary) {
				continue // of a write that is under way, or was killed
			}
			if !yield(Object{Name: object.Key, Size: object.Size, Modified: object.ModTime.UTC()}, nil) {
				return
			}
		}
	}
}

// explain makes a sentence of what went wrong, without what may be secret in URLs.
func (b *Bucket) explain(doing, name string, err error) error {
	what := strings.TrimSpace(doing+" "+name) + " in " + b.where
	why := clean(err.Error())
	if azure := (*azcore.ResponseError)(nil); errors.As(err, &azure) { // whose text is many lines, with the whole answer
		why = fmt.Sprintf("the service answers %d %s", azure.StatusCode, azure.ErrorCode)
	}
	switch code := gcerrors.Code(err); {
	case code == gcerrors.NotFound && name == "":
		return redact.Error(fmt.Sprintf("bucket: there is no store %s: make the bucket, or mend the URL: %s", b.where, why), err)
	case code == gcerrors.NotFound:
		return redact.Error(fmt.Sprintf("bucket: %s: it isn't there", what), fs.ErrNotExist)
	case code == gcerrors.PermissionDenied, status(err) == http.StatusForbidden, status(err) == http.StatusUnauthorized:
		why = "no permission; the credentials of this machine must allow to list, read and write there: " + why
	case errors.Is(err, fs.ErrPermission):
		why = "no permission; the folder must be one that this user may read and write: " + why
	}
	return redact.Error(fmt.Sprintf("bucket: %s: %s", what, why), err)
}

// status is the HTTP status of an answer of S3 or Azure, whose refusals gocloud.dev has no code for; 0 where there was none.
func status(err error) int {
	if s3 := (interface{ HTTPStatusCode() int })(nil); errors.As(err, &s3) {
		return s3.HTTPStatusCode()
	}
	if azure := (*azcore.ResponseError)(nil); errors.As(err, &azure) {
		return azure.StatusCode
	}
	return 0
}
