package setup

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Finding is what a check has found of one part.
type Finding struct {
	Part    string
	OK      bool
	Needed  bool   // the main job, running notebooks, can't be done without it
	Version string // empty where there is none to tell
	Where   string // a path, or what was looked for
	Remedy  string // what to do, where it isn't OK
}

const runSetup = "run make setup in alnb's checkout"

// Check looks at every part that notebooks need, without changing anything.
func Check(ctx context.Context, layout Layout) ([]Finding, error) {
	p, err := readPins()
	if err != nil {
		return nil, err
	}
	findings := []Finding{
		checkGo(ctx), checkCompiler(ctx), checkFile("tokenizer library", layout.Library), checkPlugin(layout, p),
	}
	for _, tool := range p.Tools {
		findings = append(findings, checkTool(tool, layout))
	}
	findings = append(findings, checkPython(ctx, layout)...)
	findings = append(findings, checkKernel(layout), checkFile("alnb", layout.Alnb), checkWeights(layout, p), checkBrowser())
	return findings, nil
}

// leastGo is the oldest Go that go.mod takes.
const leastGo = "go1.26.5"

func checkGo(ctx context.Context) Finding {
	f := Finding{Part: "Go", Needed: true, Where: "go on the PATH", Remedy: "install Go 1.26.5 or newer from https://go.dev/dl"}
	path, err := exec.LookPath("go")
	if err != nil {
		return f
	}
	f.Where = path
	env, err := readGoEnv(ctx)
	if err != nil {
		return f
	}
	f.Version = strings.TrimPrefix(env.GOVERSION, "go")
	f.OK = version.Compare(env.GOVERSION, leastGo) >= 0
	return f
}

func checkCompiler(ctx context.Context) Finding {
	f := Finding{Part: "C compiler", Needed: true, Where: "cc on the PATH", Remedy: "install gcc and g++ (Debian: apt-get install g++)"}
	name := "cc"
	if env, err := readGoEnv(ctx); err == nil {
		if words := strings.Fields(env.CC); len(words) > 0 {
			name = words[0]
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		f.Where = name + " on the PATH"
		return f
	}
	out, err := command{argv: []string{path, "-dumpfullversion"}}.run(ctx)
	f.OK, f.Where, f.Version = err == nil, path, strings.TrimSpace(out)
	return f
}

func checkFile(part, path string) Finding {
	size, err := fileSize(path)
	return Finding{Part: part, Needed: true, OK: err == nil && size > 1<<16, Where: path, Remedy: runSetup} // all are megabytes
}

func checkPlugin(layout Layout, p pins) Finding {
	f := checkFile("XLA plugin", layout.Plugin)
	f.Needed = false // GoMLX's own backend does the work, slowly
	if f.OK {
		f.Version = p.Plugin.Wheels[platform].Version
		if want := p.Plugin.Files[platform]; want.Size > 0 {
			if size, err := fileSize(layout.Plugin); err == nil && size != want.Size {
				f.Version = "" // from elsewhere
			}
		}
	}
	f.Remedy = "without it models run some 20 times slower; " + runSetup
	return f
}

func checkTool(t tool, layout Layout) Finding {
	f := Finding{Part: t.Name, Needed: true, Where: filepath.Join(layout.Bin, t.Name), Remedy: runSetup}
	info, err := buildinfo.ReadFile(f.Where)
	if err != nil || info.Main.Path != t.Module.Path {
		return f
	}
	f.OK = true
	// Setup builds tools in their modules' folders, so the program itself doesn't know its version.
	if raw, err := os.ReadFile(filepath.Join(layout.stamps, t.Name+".json")); err == nil {
		var made stampFile
		if json.Unmarshal(raw, &made) == nil {
			_, f.Version, _ = strings.Cut(made.How, "@v")
		}
	}
	return f
}

// pythonPackages are the packages that notebooks are run with.
var pythonPackages = []string{"jupyterlab", "nbclient", "nbconvert"}

func checkPython(ctx context.Context, layout Layout) []Finding {
	findings := []Finding{{Part: "Python", Needed: true, Where: layout.VenvPython, Remedy: runSetup}}
	for _, name := range pythonPackages {
		findings = append(findings, Finding{Part: name, Needed: true, Where: layout.Venv, Remedy: runSetup})
	}
	const script = `
import importlib.metadata, json, platform, sys
found = {"Python": platform.python_version()}
for name in sys.argv[1:]:
    try: found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError: pass
print(json.dumps(found))`
	out, err := command{argv: append([]string{layout.VenvPython, "-I", "-c", script}, pythonPackages...)}.run(ctx)
	if err != nil {
		return findings
	}
	var versions map[string]string
	if json.Unmarshal([]byte(out), &versions) != nil {
		return findings
	}
	for i, f := range findings {
		findings[i].Version = versions[f.Part]
		findings[i].OK = findings[i].Version != ""
	}
	return findings
}

func checkKernel(layout Layout) Finding {
	f := Finding{Part: "kernel Go (alnb)", Needed: true, Where: layout.Kernel, Remedy: runSetup}
	checkout, err := layout.KernelCheckout()
	if err != nil {
		return f
	}
	if _, err := os.Stat(filepath.Join(checkout, "go.mod")); err != nil {
		f.Remedy = fmt.Sprintf("its checkout %s is gone; %s", checkout, runSetup)
		return f
	}
	f.OK, f.Where = true, "imports alnb from "+checkout
	return f
}

func checkWeights(layout Layout, p pins) Finding {
	f := Finding{
		Part: "quickstart's model", Where: filepath.Join(layout.Models, filepath.FromSlash(p.Weights.ID)),
		Remedy: "it is downloaded when first needed, or " + runSetup,
	}
	f.OK = !slices.ContainsFunc(p.Weights.Files, func(w file) bool {
		size, err := fileSize(filepath.Join(f.Where, w.Name))
		return err != nil || size != w.Size
	})
	if f.OK {
		f.Version = p.Weights.Revision[:min(12, len(p.Weights.Revision))]
	}
	return f
}

func checkBrowser() Finding {
	f := Finding{Part: "Chromium", Where: "chromium on the PATH", Remedy: "only tests need it (Debian: apt-get install chromium)"}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			f.OK, f.Where = true, path
			break
		}
	}
	return f
}

// Exports are the lines a shell needs where alnb is used as a module of another program, not in its checkout: cgo finds
// the tokenizer's library by them.
func (l Layout) Exports() []string {
	return []string{
		`export PATH="` + l.Bin + `:$PATH"`,
		`export CGO_LDFLAGS="-L` + filepath.Dir(l.Library) + `"`,
		`export JUPYTER_PATH="` + l.JupyterData + `"`,
	}
}
