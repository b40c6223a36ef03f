package setup

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Archives are never unpacked as a whole: one member is copied to a path that we choose. A member's own name decides
// nothing but whether it is the one.

// unzip copies the member called name of a zip file to path. Its content must be want's.
func unzip(archive, name string, want file, path string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("open %s: %w", archive, err)
	}
	defer z.Close()
	for _, member := range z.File {
		if member.Name != name {
			continue
		}
		if !member.Mode().IsRegular() {
			return fmt.Errorf("%s in %s is not a plain file; it is refused", name, filepath.Base(archive))
		}
		r, err := member.Open()
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		defer r.Close()
		return save(r, want, path)
	}
	return fmt.Errorf("%s holds no %s", filepath.Base(archive), name)
}

// untar copies the first member of a .tar.gz file whose base name matches pattern to path.
func untar(archive, pattern, dest string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", archive, err)
	}
	for r := tar.NewReader(gz); ; {
		member, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s holds no %s", filepath.Base(archive), pattern)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", archive, err)
		}
		if ok, _ := path.Match(pattern, path.Base(member.Name)); ok && member.Typeflag == tar.TypeReg {
			return save(r, file{Name: member.Name}, dest)
		}
	}
}

// save writes r to path through a temporary file beside it. A want without SHA-256 accepts anything of bearable size.
func save(r io.Reader, want file, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".unpack-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	limit := int64(maxUnpinned)
	if want.Size > 0 {
		limit = want.Size
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, hash), io.LimitReader(r, limit+1))
	if err != nil {
		return fmt.Errorf("unpack %s: %w", want.Name, err)
	}
	if n > limit {
		return fmt.Errorf("%s is longer than the %d bytes it should have; it is refused", want.Name, limit)
	}
	if sha := hex.EncodeToString(hash.Sum(nil)); want.SHA256 != "" && sha != want.SHA256 {
		return fmt.Errorf("%s has the SHA-256 %s, not %s as pinned; it is refused", want.Name, sha, want.SHA256)
	}
	return install(out, path, 0o644)
}
