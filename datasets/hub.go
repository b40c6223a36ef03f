package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pretrained"
)

// agNewsRepository is where AG News lies on the hub, as Parquet.
const agNewsRepository = "fancyzhx/ag_news"

func agNewsHub(ctx context.Context) (*corpus.Dataset, error) {
	data := &corpus.Dataset{Name: "ag_news", Classes: agNewsClasses, Origin: "AG News from the hub, " + agNewsRepository}
	for split, into := range map[string]*[]corpus.Example{"train": &data.Train, "test": &data.Test} {
		file := fmt.Sprintf("data/%s-00000-of-00001.parquet", split)
		path, err := pretrained.DownloadDataset(ctx, agNewsRepository, file)
		if err == nil {
			*into, err = readAGNewsParquet(path)
		}
		if err != nil {
			return nil, fmt.Errorf("datasets: AG News can't be had from the hub: %w; set ALNB_DATA to a folder that holds "+
				"ag_news/train.csv and ag_news/test.csv, or check the connection", err)
		}
	}
	return data, nil
}

// readAGNewsParquet reads the columns text and label (0-3).
func readAGNewsParquet(path string) ([]corpus.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	type row struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
	}
	reader := parquet.NewGenericReader[row](f)
	defer reader.Close()
	var examples []corpus.Example
	var ids corpus.IDMaker
	rows := make([]row, 1000)
	for {
		n, err := reader.Read(rows)
		for _, r := range rows[:n] {
			if r.Label < 0 || r.Label >= int64(len(agNewsClasses)) {
				return nil, fmt.Errorf("%s, row %d: the label is %d; expected is 0 to %d", filepath.Base(path),
					len(examples)+1, r.Label, len(agNewsClasses)-1)
			}
			text := corpus.Clean(r.Text)
			examples = append(examples, corpus.Example{Document: corpus.Document{ID: ids.ID(text), Text: text}, Label: int(r.Label)})
		}
		if errors.Is(err, io.EOF) {
			return examples, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
}
