package spec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// separators are lines that begin another document; one at the very beginning is none.
var separators = regexp.MustCompile(`\n---(\s|$)`)

// ReadFile returns a file's content as JSON: that of a YAML file (.yaml, .yml) is converted, any other must be JSON. In
// YAML, a key that stands twice and a second document are errors.
func ReadFile(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".yaml" && ext != ".yml" {
		return raw, nil
	}
	if len(separators.FindAllIndex(bytes.TrimSpace(raw), 2)) > 0 {
		return nil, fmt.Errorf("spec: %s holds more than one YAML document (a line ---); give each a file of its own", path)
	}
	json, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		return nil, fmt.Errorf("spec: %s: %w", path, err)
	}
	return json, nil
}
