package datasets

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
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
		for doc, err := range folderTexts(ctx, dir, class.Name(), encoding) {
			if err != nil {
				return nil, err
			}
			out.add(doc, class.Name(), doc.ID+".txt")
		}
	}
	if len(out.documents) == 0 {
		return nil, fmt.Errorf("%s: there are no documents in it; expected are folders named like the classes, with .txt files", dir)
	}
	return out, nil
}

// folderTexts reads the .txt files of a folder in dir, or of dir itself where the folder's name is empty.
func folderTexts(ctx context.Context, dir, folder, encoding string) iter.Seq2[corpus.Document, error] {
	return func(yield func(corpus.Document, error) bool) {
		files, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			yield(corpus.Document{}, err)
			return
		}
		for _, file := range files {
			name, ok := strings.CutSuffix(file.Name(), ".txt")
			if !ok || file.IsDir() || strings.HasPrefix(name, ".") {
				continue
			}
			doc := corpus.Document{ID: path.Join(folder, name)}
			text, err := readText(filepath.Join(dir, folder, file.Name()), encoding)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				err = fmt.Errorf("%s, %s.txt: %w", dir, doc.ID, err)
			}
			doc.Text = corpus.Clean(text)
			if !yield(doc, err) || err != nil {
				return
			}
		}
	}
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
