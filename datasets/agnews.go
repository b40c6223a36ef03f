// Package datasets reads the corpora of the experiments.
package datasets

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// agNewsClasses are AG News' classes in the order of its labels.
var agNewsClasses = []string{"World", "Sports", "Business", "Sci/Tech"}

type agNews struct{}

// AGNews is the AG News topic classification corpus (Zhang, Zhao and LeCun, "Character-level Convolutional Networks for
// Text Classification", NIPS 2015): 4 classes of news. Where ALNB_DATA is set it is read from the folder
// $ALNB_DATA/ag_news: train.csv, else train_5000.csv (5,000 of the training texts), and test.csv. Otherwise it comes
// from the hub, fancyzhx/ag_news, and is kept in $ALNB_HOME.
//
// These forms of CSV are read: class (1-4), title, description, without a header or with "Class
// Index,Title,Description"; and text, label (0-3) with the header "text,label". A line break within a text is one \n,
// however the file writes it.
func AGNews() corpus.Source { return agNews{} }

// Name implements corpus.Source.
func (agNews) Name() string { return "ag_news" }

// Load implements corpus.Source.
func (agNews) Load(ctx context.Context) (*corpus.Dataset, error) {
	dir, err := dataFolder("ag_news")
	switch {
	case err != nil:
		return nil, err
	case dir != "":
		return agNewsFolder(dir)
	}
	return agNewsHub(ctx)
}

func agNewsFolder(dir string) (*corpus.Dataset, error) {
	train := filepath.Join(dir, "train.csv")
	if _, err := os.Stat(train); errors.Is(err, os.ErrNotExist) {
		train = filepath.Join(dir, "train_5000.csv")
	}
	test := filepath.Join(dir, "test.csv")
	data := &corpus.Dataset{Name: "ag_news", Origin: fmt.Sprintf("AG News from %s and %s", train, test), Classes: agNewsClasses}
	var err error
	if data.Train, err = readAGNews(train); err != nil {
		return nil, fmt.Errorf("datasets: AG News, as ALNB_DATA says: %w", err)
	}
	if data.Test, err = readAGNews(test); err != nil {
		return nil, fmt.Errorf("datasets: AG News, as ALNB_DATA says: %w", err)
	}
	if n, m := len(data.Train), len(data.Test); n != 120_000 || m != 7_600 {
		data.Origin += fmt.Sprintf(" (%d and %d texts of its 120,000 and 7,600)", n, m)
	}
	return data, nil
}

func readAGNews(path string) ([]corpus.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	examples, err := parseAGNews(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return examples, nil
}

// parseAGNews reads any of the forms of CSV.
func parseAGNews(r io.Reader) ([]corpus.Example, error) {
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		buffered.Discard(len(mark))
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1
	var examples []corpus.Example
	var ids corpus.IDMaker
	header := false
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvMistake(err)
		}
		line, _ := reader.FieldPos(0)
		if err := checkUTF8(fields...); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if line == 1 && len(fields) == 2 && fields[0] == "text" && fields[1] == "label" {
			header = true
			continue
		}
		if line == 1 && slices.Equal(fields, []string{"Class Index", "Title", "Description"}) {
			continue
		}
		var text, label string
		var first int
		switch {
		case header && len(fields) == 2:
			text, label, first = fields[0], fields[1], 0
		case !header && len(fields) == 3:
			text, label, first = fields[1]+" "+fields[2], fields[0], 1
		case header:
			return nil, fmt.Errorf("line %d has %d fields; after the header \"text,label\" each has 2", line, len(fields))
		default:
			return nil, fmt.Errorf("line %d has %d fields; expected are class, title and description, or the header "+
				"\"text,label\" in line 1", line, len(fields))
		}
		class, err := strconv.Atoi(strings.TrimSuffix(label, ".0")) // pandas may write 3.0
		class -= first
		if err != nil || class < 0 || class >= len(agNewsClasses) {
			return nil, fmt.Errorf("line %d: the label is %q; expected is a whole number from %d to %d",
				line, label, first, first+len(agNewsClasses)-1)
		}
		text = corpus.Clean(text)
		examples = append(examples, corpus.Example{Document: corpus.Document{ID: ids.ID(text), Text: text}, Label: class})
	}
	if len(examples) == 0 {
		return nil, errors.New("there are no documents in it")
	}
	return examples, nil
}
