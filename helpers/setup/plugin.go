package setup

import (
	"context"
	"fmt"
)

// pluginPart is the PJRT plugin: XLA for this machine's CPU. Without it GoMLX's own Go backend does the work.
func (j *job) pluginPart() part {
	pin := j.pins.Plugin
	want, w := pin.Files[platform], pin.Wheels[platform]
	return part{
		name:    "plugin",
		outputs: []string{j.Plugin},
		key:     jsonKey(pin.Releases[platform], w, want),
		make: func(ctx context.Context) (string, error) {
			if want.SHA256 != "" && fileIs(j.Plugin, want) {
				return "found, its SHA-256 is the pinned one", nil
			}
			how, err := j.first(ctx, "plugin",
				j.release("plugin", pin.Releases, "pjrt_c_api_cpu*_plugin.so", j.Plugin),
				source{name: "PyPI", get: func(ctx context.Context) (string, error) {
					if w.Name == "" {
						return "", fmt.Errorf("no wheel is known for %s", platform)
					}
					archive, err := j.downloadWheel(ctx, w)
					if err != nil {
						return "", err
					}
					return "from the wheel " + w.String(), unzip(archive, w.Folder+"/"+want.Name, want, j.Plugin)
				}})
			if err != nil {
				return "", fmt.Errorf("%w; there is no XLA then, and models run on GoMLX's Go backend, some 20 times "+
					"slower: %w", errGoOn, err)
			}
			return how, nil
		},
	}
}

// backend is GoMLX's name for what models run on: XLA where its plugin is there.
func (j *job) backend() string {
	if _, err := fileSize(j.Plugin); err != nil {
		return "go"
	}
	return "xla:" + j.Plugin
}
