package datasets

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// readFolder reads a folder that holds a folder for each class, with a .txt file for each document: DIR/CLASS/FILE.txt.
// A document's ID is CLASS/FILE. Other files, and names that begin with a dot, are passed over.
func readFolder(ctx context.Context, dir, encoding string) (*labeled, error) {
	classes, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := &labeled{}
	for _, class := range classes {
		if !class.IsDir() || strings.HasPrefix(class.Name(), ".") {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, class.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name, ok := strings.CutSuffix(file.Name(), ".txt")
			if !ok || file.IsDir() || strings.HasPrefix(name, ".") {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			place := class.Name() + "/" + file.Name()
			text, err := readText(filepath.Join(dir, class.Name(), file.Name()), encoding)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", dir, place, err)
			}
			out.add(corpus.Document{ID: class.Name() + "/" + name, Text: corpus.Clean(text)}, class.Name(), place)
		}
	}
	if len(out.documents) == 0 {
		return nil, fmt.Errorf("%s: there are no documents in it; expected are folders named like the classes, with .txt files", dir)
	}
	return out, nil
}

func readText(path, encoding string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	reader, err := decoded(f, encoding)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return "", err
	}
	return string(raw), checkUTF8(string(raw))
}
