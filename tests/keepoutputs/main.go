// Command keepoutputs puts executed notebooks where they are committed: with tables, and charts as pictures, without the scripts that make
// charts move, which are large and which pages of repositories don't run, and without where this machine keeps data and models.
//
//	make paper PRESET=small
//	go run ./tests/keepoutputs out/paper-small notebooks/paper
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/store"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "keepoutputs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("give the folder of executed notebooks, and that of the committed ones")
	}
	paths, err := filepath.Glob(filepath.Join(args[0], "*.ipynb"))
	if err != nil {
		return err
	}
	folder, err := home.Dir()
	if err != nil {
		return err
	}
	places := []string{folder, "$ALNB_HOME"}
	if data := os.Getenv("ALNB_DATA"); data != "" {
		places = append(places, data, "$ALNB_DATA")
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		kept, err := keep(raw, strings.NewReplacer(places...))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		into := filepath.Join(args[1], filepath.Base(path))
		if err := store.WriteFile(into, kept); err != nil {
			return err
		}
		fmt.Printf("%s: %d kB\n", into, len(kept)/1000)
	}
	return nil
}

var script = regexp.MustCompile(`(?s)<script\b.*?</script>`)

// keep returns a notebook without the scripts in its outputs, and with other names for places.
func keep(raw []byte, places *strings.Replacer) ([]byte, error) {
	var notebook map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&notebook); err != nil {
		return nil, err
	}
	cells, _ := notebook["cells"].([]any)
	for _, cell := range cells {
		cell, _ := cell.(map[string]any)
		if metadata, ok := cell["metadata"].(map[string]any); ok {
			delete(metadata, "execution") // when it ran
		}
		outputs, _ := cell["outputs"].([]any)
		for _, output := range outputs {
			output, _ := output.(map[string]any)
			if output["output_type"] == "error" {
				return nil, fmt.Errorf("a cell failed: %v", output["evalue"])
			}
			if data, ok := output["data"].(map[string]any); ok && data["text/html"] != nil {
				data["text/html"] = script.ReplaceAllString(text(data["text/html"]), "")
			}
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(notebook)
	return []byte(places.Replace(out.String())), err
}

// text joins what a notebook may have as one string, or as its lines.
func text(v any) string {
	lines, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var all string
	for _, line := range lines {
		all += fmt.Sprint(line)
	}
	return all
}
