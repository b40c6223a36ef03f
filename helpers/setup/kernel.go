package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// kernelSpec is what Jupyter reads of a kernel.
type kernelSpec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
}

// kernelPart is our own kernel spec beside whatever others there are. Its cells import alnb from the checkout, find the
// tools and the plugin, and need no set-up cell.
func (j *job) kernelPart() part {
	content := func() (string, error) {
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err := enc.Encode(j.kernelSpec())
		return out.String(), err
	}
	return part{
		name:    "kernel",
		outputs: []string{j.Kernel},
		key:     content,
		make: func(context.Context) (string, error) {
			data, err := content()
			if err != nil {
				return "", err
			}
			return `"Go (alnb)" for the checkout ` + j.checkout, j.write(j.Kernel, []byte(data))
		},
	}
}

func (j *job) kernelSpec() kernelSpec {
	return kernelSpec{
		Argv: []string{j.GoNB, "--kernel", "{connection_file}", "-logtostderr=true", goWork + j.checkout},

		DisplayName:   "Go (alnb)",
		Language:      "go",
		InterruptMode: "message",
		Env: map[string]string{
			"PATH":                  literal(j.Bin+":"+filepath.Join(j.env.GOROOT, "bin")) + ":${PATH}",
			"GOFLAGS":               literal(cellFlags(j.env.GOFLAGS)),
			"GOMLX_NO_AUTO_INSTALL": "1",
			"GOMLX_BACKEND":         literal(j.backend()),
			"ALNB_HOME":             literal(j.Home),
		},
	}
}

// cellFlags are the Go flags of cells: the user's, as setting GOFLAGS hides those of `go env -w`, and no symbol tables,
// which makes linking a cell faster. The flag concerns linking only, so packages compiled elsewhere are reused. A
// user's
// -mod is dropped: Go refuses it in a workspace, which is what cells are built in.
func cellFlags(user string) string {
	flags, linker := []string{}, false
	for _, f := range strings.Fields(user) {
		name := "-" + strings.TrimLeft(f, "-")
		if strings.HasPrefix(name, "-mod=") {
			continue
		}
		linker = linker || strings.HasPrefix(name, "-ldflags=")
		flags = append(flags, f)
	}
	if !linker {
		flags = append(flags, "-ldflags=-s")
	}
	return strings.Join(flags, " ")
}

// KernelCheckout returns the checkout that the kernel's cells import alnb from: the one that make setup last ran in.
func (l Layout) KernelCheckout() (string, error) {
	data, err := os.ReadFile(l.Kernel)
	if err != nil {
		return "", fmt.Errorf("setup: the kernel is not set up: %w; run make setup in alnb's checkout", err)
	}
	var spec kernelSpec
	if err := json.Unmarshal(data, &spec); err != nil {
		return "", fmt.Errorf("setup: %s is damaged: %w; remove it and run make setup in alnb's checkout", l.Kernel, err)
	}
	for _, arg := range spec.Argv {
		if checkout, ok := strings.CutPrefix(arg, goWork); ok {
			return checkout, nil
		}
	}
	return "", fmt.Errorf("setup: %s names no checkout; remove it and run make setup in alnb's checkout", l.Kernel)
}

// goWork is GoNB's flag for the modules that cells import without a go get.
const goWork = "-go_work="

// literal protects s from Jupyter, which replaces $NAME in a kernel's env.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }
