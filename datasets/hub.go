package datasets

import (
	"context"
	"fmt"

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
		if *into, err = readAGNewsParquet(ctx, paths[i]); err != nil {
			return nil, fmt.Errorf("datasets: AG News from the hub: %w", err)
		}
	}
	return data, nil
}

// readAGNewsParquet reads the columns text and label (0-3).
func readAGNewsParquet(ctx context.Context, path string) ([]corpus.Example, error) {
	rows, err := Files{Text: "text", Label: "label"}.read(ctx, path)
	if err != nil {
		return nil, err
	}
	examples, err := rows.examples([]string{"0", "1", "2", "3"})
	if err != nil {
		return nil, fmt.Errorf("%s, %w", path, err)
	}
	return examples, nil
}
