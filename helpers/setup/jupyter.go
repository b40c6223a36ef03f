package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// venvPart is a Python virtual environment with JupyterLab, nbclient and nbconvert, every package pinned by version and
// SHA-256.
func (j *job) venvPart() part {
	return part{
		name:    "venv",
		outputs: []string{j.VenvPython, j.Jupyter},
		key:     jsonKey(digest(requirements), j.Venv), // its scripts hold its path: one that was moved is made anew
		make: func(ctx context.Context) (string, error) {
			python, err := findPython(ctx)
			if err != nil {
				return "", err
			}
			defer j.log.doing(func() string {
				return fmt.Sprintf("pip is installing JupyterLab, %s so far", megabytes(folderSize(j.Venv)))
			})()
			if err := os.RemoveAll(j.Venv); err != nil {
				return "", err
			}
			if _, err := (command{argv: []string{python, "-m", "venv", j.Venv}}).run(ctx); err != nil {
				return "", fmt.Errorf("make a virtual environment: %w", err)
			}
			list := filepath.Join(j.temp, "requirements.txt")
			if err := os.WriteFile(list, []byte(requirements), 0o644); err != nil {
				return "", err
			}
			_, err = command{
				env:  []string{"TMPDIR=" + j.temp, "PIP_USER=0"},
				argv: append(pip(j.VenvPython, "install"), "--only-binary=:all:", "--require-hashes", "-r", list),
			}.run(ctx)
			if err != nil {
				return "", fmt.Errorf("install JupyterLab: %w", err)
			}
			return "JupyterLab, nbclient and nbconvert installed", nil
		},
	}
}

// findPython returns a Python that can make virtual environments: $PYTHON or python3.
func findPython(ctx context.Context) (string, error) {
	name := os.Getenv("PYTHON")
	if name == "" {
		name = "python3"
	}
	python, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("there is no %s on the PATH; install Python 3.10 or later (Debian: apt-get install python3 "+
			"python3-venv), or name one in PYTHON", name)
	}
	out, err := command{argv: []string{python, "-c", "import sys; print(sys.version_info >= (3, 10))"}}.run(ctx)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(out) != "True" {
		return "", fmt.Errorf("%s is older than Python 3.10; install a newer one, or name one in PYTHON", python)
	}
	if _, err := (command{argv: []string{python, "-c", "import venv, ensurepip"}}).run(ctx); err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return "", errors.New(python + " can't make virtual environments; install that part of it (Debian: apt-get " +
			"install python3-venv)")
	}
	return python, nil
}
