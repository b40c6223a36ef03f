package setup

import (
	"context"
	"path/filepath"
)

// toolPart is a Go program that notebooks need, built in its module's own folder, so that the module's go.mod and
// go.sum settle the versions of all it is made of. It depends on Go's version, as gopls reads what that compiler reads.
func (j *job) toolPart(t tool) part {
	bin := filepath.Join(j.Bin, t.Name)
	return part{
		name:    t.Name,
		outputs: []string{bin},
		key:     jsonKey(t, j.env.GOVERSION),
		make: func(ctx context.Context) (string, error) {
			dir, err := j.downloadModule(ctx, t.Module)
			if err != nil {
				return "", err
			}
			if err := j.goBuild(ctx, dir, t.Package, bin, plainGo[:]); err != nil {
				return "", err
			}
			return "built from " + t.Module.String(), nil
		},
	}
}

// goBuild builds a program and then moves it to its place: one that is running can be replaced, not overwritten.
func (j *job) goBuild(ctx context.Context, dir, pkg, bin string, env []string) error {
	name := filepath.Base(bin)
	defer j.log.doing(func() string { return "go is building " + name })()
	built := filepath.Join(j.temp, name)
	argv := []string{"go", "build", "-ldflags=-s", "-buildvcs=false", "-o", built, pkg}
	if _, err := (command{dir: dir, env: env, argv: argv}).run(ctx); err != nil {
		return err
	}
	return installPath(built, bin)
}
