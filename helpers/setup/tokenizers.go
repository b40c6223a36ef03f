package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const libraryName = "libtokenizers.a"

// tokenizersPart is the Rust library behind github.com/daulet/tokenizers, which cgo links.
func (j *job) tokenizersPart() part {
	pin := j.pins.Tokenizers
	return part{
		name:    "tokenizers",
		outputs: []string{j.Library},
		key:     jsonKey(pin.Releases[platform], pin.Module, digest(cargoLock)),
		make: func(ctx context.Context) (string, error) {
			if _, err := exec.LookPath(j.compiler()[0]); err != nil {
				return "", fmt.Errorf("there is no C compiler (%s), which Go needs to link it; install one "+
					"(Debian: apt-get install gcc)", j.env.CC)
			}
			if err := j.checkLinker(ctx); err != nil {
				return "", err
			}
			return j.first(ctx, "tokenizers",
				j.release("tokenizers", pin.Releases, libraryName, j.Library),
				source{name: "Rust source", get: j.buildTokenizers})
		},
	}
}

// compiler is the C compiler as Go calls it.
func (j *job) compiler() []string {
	if words := strings.Fields(j.env.CC); len(words) > 0 {
		return words
	}
	return []string{"cc"}
}

// checkLinker finds out whether the C++ library, which the tokenizers' library needs, can be linked.
func (j *job) checkLinker(ctx context.Context) error {
	source, program := filepath.Join(j.temp, "empty.c"), filepath.Join(j.temp, "empty")
	if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
		return err
	}
	argv := append(j.compiler(), source, "-o", program, "-lstdc++")
	if _, err := (command{argv: argv}).run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the C++ library can't be linked; install a C++ compiler (Debian: apt-get install g++): %w", err)
	}
	return ctx.Err()
}

// tiktoken is the one dependency that the module takes from git instead of crates.io.
var tiktoken = regexp.MustCompile(`(?m)^tiktoken-rs = \{ git = .*$`)

// buildTokenizers builds the library from the Rust source in the Go module. The crates are those of our own lock file:
// the module's, with tiktoken-rs taken from crates.io.
func (j *job) buildTokenizers(ctx context.Context) (how string, err error) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		return "", errors.New("there is no cargo to build it with; install Rust 1.78 or later from https://rustup.rs, or put a " +
			"verified SHA-256 of the official release into helpers/setup/pins/versions.json")
	}
	m := j.pins.Tokenizers.Module
	src, err := j.downloadModule(ctx, m)
	if err != nil {
		return "", err
	}
	dir, target := filepath.Join(j.temp, "tokenizers"), filepath.Join(j.temp, "target")
	for _, part := range []string{"crates", "Cargo.toml"} {
		if err := copyTree(filepath.Join(src, part), filepath.Join(dir, part)); err != nil {
			return "", fmt.Errorf("copy the source of %s: %w", m, err)
		}
	}
	manifest := filepath.Join(dir, "crates", "tokenizers", "Cargo.toml")
	toml, err := os.ReadFile(manifest)
	if err != nil {
		return "", err
	}
	toml = tiktoken.ReplaceAll(toml, []byte(`tiktoken-rs = "=0.9.1"`))
	if err := os.WriteFile(manifest, toml, 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "Cargo.lock"), []byte(cargoLock), 0o644); err != nil {
		return "", err
	}
	undo := j.log.doing(func() string {
		return fmt.Sprintf("cargo is building, takes 2 to 4 minutes, %s so far", megabytes(folderSize(target)))
	})
	_, err = command{dir: dir, unset: []string{"CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"}, argv: []string{
		cargo, "build", "--locked", "--release", "-p", "tokenizers-ffi", "--target-dir", target,
		"--config", "profile.release.lto=true", "--config", "profile.release.codegen-units=1"}}.run(ctx)
	undo()
	if err != nil {
		return "", err
	}
	built := filepath.Join(target, "release", "libtokenizers_ffi.a")
	if strip, err := exec.LookPath("strip"); err == nil { // else it stays larger
		if _, err := (command{argv: []string{strip, "-S", built}}).run(ctx); err != nil {
			return "", err
		}
	}
	return "built from the Rust source in " + m.String(), copyFile(built, j.Library)
}

// libraryCopyPart puts the library where #cgo in alnb/tokenize looks for it.
func (j *job) libraryCopyPart() part {
	dest := filepath.Join(j.checkout, "alnb", "tokenize", "lib", libraryName)
	return part{
		name:    "library",
		outputs: []string{dest},
		key: func() (string, error) {
			info, err := os.Stat(j.Library)
			if err != nil {
				return "", fmt.Errorf("there is no library to copy into the checkout: %w", err)
			}
			return fmt.Sprint(dest, info.Size(), info.ModTime().UnixNano()), nil
		},
		make: func(context.Context) (string, error) {
			return "copied to " + dest, copyFile(j.Library, dest)
		},
	}
}

// copyTree copies files and folders so that they can be written, which a module in Go's cache can't.
func copyTree(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	return copyFile(from, to)
}

// copyFile copies a file through a temporary one.
func copyFile(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return save(f, file{Name: from}, to)
}
