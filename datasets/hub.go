package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pretrained"
)

// agNewsRepository is where AG News lies on the hub, as Parquet.
const agNewsRepository = "fancyzhx/ag_news"

func agNewsHub(ctx context.Context) (*corpus.Dataset, error) {
	paths, commit, err := pretrained.DownloadDataset(ctx, agNewsRepository,
		"data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet")
	if err != nil {
		return nil, fmt.Errorf("datasets: AG News can't be had from the hub: %w; set ALNB_DATA to a folder that holds "+
			"ag_news/train.csv and ag_news/test.csv, or check the connection", err)
	}
	data := &corpus.Dataset{
		Name: "ag_news", Classes: agNewsClasses,
		Origin: fmt.Sprintf("AG News from the hub, %s, commit %s", agNewsRepository, commit),
	}
	for i, into := range []*[]corpus.Example{&data.Train, &data.Test} {
		if *into, err = readAGNewsParquet(paths[i]); err != nil {
			return nil, fmt.Errorf("datasets: AG News from the hub: %s: %w", paths[i], err)
		}
	}
	return data, nil
}

// readAGNewsParquet reads the columns text and label (0-3).
func readAGNewsParquet(path string) (examples []corpus.Example, err error) {
	defer func() { // the library panics on files that are damaged
		if r := recover(); r != nil {
			examples, err = nil, fmt.Errorf("it is not a usable Parquet file: %v", r)
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	type row struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("it is not a usable Parquet file: %w", err)
	}
	for _, column := range []string{"text", "label"} {
		if _, ok := file.Schema().Lookup(column); !ok {
			return nil, fmt.Errorf("it has no column %q", column)
		}
	}
	reader := parquet.NewGenericReader[row](file)
	defer reader.Close()
	var ids corpus.IDMaker
	rows := make([]row, 1000)
	for {
		n, err := reader.Read(rows)
		for _, r := range rows[:n] {
			if r.Label < 0 || r.Label >= int64(len(agNewsClasses)) {
				return nil, fmt.Errorf("row %d: the label is %d; expected is 0 to %d", len(examples)+1, r.Label, len(agNewsClasses)-1)
			}
			text := corpus.Clean(r.Text)
			examples = append(examples, corpus.Example{Document: corpus.Document{ID: ids.ID(text), Text: text}, Label: int(r.Label)})
		}
		switch {
		case errors.Is(err, io.EOF) && len(examples) == 0:
			return nil, errors.New("there are no documents in it")
		case errors.Is(err, io.EOF):
			return examples, nil
		case err != nil:
			return nil, err
		}
	}
}
