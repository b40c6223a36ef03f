package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// downloadWheel gets a wheel through the virtual environment's pip, which knows the user's index and proxies, and
// returns its path in the folder for temporary files.
func (j *job) downloadWheel(ctx context.Context, w wheel) (path string, err error) {
	if _, err := fileSize(j.VenvPython); err != nil {
		return "", errors.New("needs pip of the virtual environment (the part venv), which isn't there")
	}
	dir := filepath.Join(j.temp, "wheel")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	list := filepath.Join(dir, "requirements.txt")
	line := fmt.Sprintf("%s==%s --hash=sha256:%s\n", w.Name, w.Version, w.SHA256)
	if err := os.WriteFile(list, []byte(line), 0o644); err != nil {
		return "", err
	}
	defer j.log.doing(func() string {
		return fmt.Sprintf("downloading the Python package %s, %s of %s", w, megabytes(folderSize(dir)), megabytes(w.Size))
	})()
	_, err = command{
		env: []string{"TMPDIR=" + dir, "PIP_USER=0"}, // pip downloads into it, so progress can be seen and nothing stays elsewhere
		argv: append(pip(j.VenvPython, "download"),
			"--no-deps", "--only-binary=:all:", "--require-hashes", "-r", list, "-d", dir),
	}.run(ctx)
	if err != nil {
		return "", fmt.Errorf("download the Python package %s: %w", w, err)
	}
	path = filepath.Join(dir, w.File)
	if !fileIs(path, file{Size: w.Size, SHA256: w.SHA256}) {
		return "", fmt.Errorf("pip brought another file than the %s that is pinned; it is refused", w.File)
	}
	return path, nil
}

// pip starts a pip command that asks nothing, keeps nothing, and sees the virtual environment's packages only (-I): not
// those of PYTHONPATH, which notebook runs don't see either.
func pip(python, verb string) []string {
	return []string{python, "-I", "-m", "pip", verb, "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--quiet"}
}

func folderSize(dir string) (size int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}
